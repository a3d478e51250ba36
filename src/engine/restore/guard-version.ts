import type { RestoreRequest, VersionMatch } from '../restoring.ts'
import { matchSchemas, matchVersions, newerApplication } from '../version-match.ts'
import type { ChosenBackup } from './chosen-backup.ts'
import type { Target } from './target.ts'

/** An older application can't be trusted with what a newer one has written; the other way round it migrates. */
export function guardVersion(
  request: Pick<RestoreRequest, 'appVersion' | 'acceptNewer'>,
  chosen: ChosenBackup,
  target: Target,
): VersionMatch {
  const schemas = matchSchemas(chosen.snapshot?.original ?? null, target.schema)
  const version = matchVersions(chosen.backup.appVersion, request.appVersion, schemas)
  if (version.relation === 'newer' && !request.acceptNewer)
    throw newerApplication(chosen.name, version.backup, version.running)
  return version
}
