import type { ArchiveEngine } from '../../engine/archiving.ts'
import type { Intake } from '../upload-service.ts'
import type { ProfileSite } from './profile-sites.ts'

/** Archives of a profile. */
export function archiveIntake(archives: Pick<ArchiveEngine, 'importUpload'>): Intake<ProfileSite> {
  return {
    // The operator's other limits are about tenants.
    limitsOf: ({ maxUploadBytes }) => ({ maxUploadBytes, maxBytes: null, maxCount: null }),
    expect() {},
    takeIn: (site, request, options) => archives.importUpload({ ...request, profileId: site.id }, options),
  }
}
