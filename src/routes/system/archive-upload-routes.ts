import { refused } from '../body.ts'
import type { Route } from '../route.ts'
import { uploadDesk } from '../upload-desk.ts'
import { answerDone } from './answer-done.ts'
import { chosenProfile } from './chosen-profile.ts'
import type { SystemParts } from './parts.ts'

/** Archives from elsewhere. The profile stands in the address, so that it is known before the first byte. */
export function archiveUploadRoutes(parts: SystemParts): readonly Route[] {
  const { uploads, pages, profiles, base } = parts
  return uploadDesk({
    uploads,
    permission: 'backup.operate',
    placeOf: (exchange) => chosenProfile(profiles, exchange),
    expectMeant(told, profile) {
      const meant = told.get('profile')
      if (meant !== undefined && meant !== profile)
        throw refused('The profile in the address is another one.', { field: 'profile' })
    },
    addressOf: (profile, id) => `${base}/upload/${id}?profile=${encodeURIComponent(profile)}`,
    modelOf: async (exchange, { site }) => ({
      ...(await pages.frame(exchange, site.id)),
      databases: [],
      maxUploadBytes: site.maxUploadBytes,
    }),
    answerDone: (exchange, profile, answer) =>
      answerDone(parts, exchange, { done: 'uploaded', profile }, answer),
  })
}
