import { tenantChanged } from './body.ts'
import { answerDone, type Route, type RouteParts } from './route.ts'
import { uploadDesk } from './upload-desk.ts'

/** Databases from elsewhere, for the tenant of the session. */
export function uploadRoutes(parts: RouteParts): readonly Route[] {
  const { uploads, pages, base } = parts
  return uploadDesk({
    uploads,
    permission: 'backup.write',
    placeOf: async ({ tenant }) => tenant,
    expectMeant(told, tenant) {
      const meant = told.get('tenant')
      if (meant !== undefined && meant !== tenant) throw tenantChanged()
    },
    addressOf: (_tenant, id) => `${base}/upload/${id}`,
    modelOf: async (exchange, { site: { tenant, maxUploadBytes } }) => ({
      ...(await pages.frame(exchange, tenant)),
      databases: tenant.databases.map(({ name }) => name),
      maxUploadBytes,
    }),
    answerDone: (exchange, _tenant, answer) => answerDone(parts, exchange, 'uploaded', answer),
  })
}
