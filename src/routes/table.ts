import { assetRoutes } from './asset-routes.ts'
import { browseRoutes } from './browse-routes.ts'
import { catalogRoutes } from './catalog-routes.ts'
import { overviewRoutes } from './overview-routes.ts'
import { restoreRoutes } from './restore-routes.ts'
import type { Route, RouteParts } from './route.ts'
import { runRoutes } from './run-routes.ts'
import { settingsRoutes } from './settings-routes.ts'
import { uploadRoutes } from './upload-routes.ts'

/** Every route there is. The access tests are generated from it: a new one without a row there fails. */
export function routeTable(parts: RouteParts): readonly Route[] {
  return [
    ...overviewRoutes(parts),
    ...runRoutes(parts),
    ...catalogRoutes(parts),
    ...settingsRoutes(parts),
    ...restoreRoutes(parts),
    ...browseRoutes(parts),
    ...uploadRoutes(parts),
    ...assetRoutes(),
  ]
}
