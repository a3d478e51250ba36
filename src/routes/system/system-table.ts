import { assetRoutes } from '../asset-routes.ts'
import type { Route } from '../route.ts'
import { archiveUploadRoutes } from './archive-upload-routes.ts'
import type { SystemParts } from './parts.ts'
import { profileRoutes } from './profile-routes.ts'
import { archiveRestoreRoutes } from './restore-routes.ts'
import { systemCatalogRoutes, systemRunRoutes } from './system-routes.ts'

/** Every route of the system page. The access tests are generated from it: a new one without a row there fails. */
export function systemTable(parts: SystemParts): readonly Route[] {
  return [
    ...systemRunRoutes(parts),
    ...systemCatalogRoutes(parts),
    ...profileRoutes(parts),
    ...archiveRestoreRoutes(parts),
    ...archiveUploadRoutes(parts),
    ...assetRoutes('backup.operate'),
  ]
}
