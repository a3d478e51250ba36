import { BackupError } from '../../engine/errors.ts'
import { noSuchProfile, type ProfileSites } from '../../service/system/profile-sites.ts'
import { type Body, field, refused } from '../body.ts'
import type { Exchange } from '../exchange.ts'

/**
 * The profile that a request is about: the one that it names, or the only one that there is. Throws `not-found`, or
 * `invalid-request` where it has to be named.
 */
export async function chosenProfile(
  profiles: ProfileSites,
  { url }: Pick<Exchange, 'url'>,
  body?: Body,
): Promise<string> {
  const named = (body && field(body, 'profile')) ?? url.searchParams.get('profile')
  const ids = await profiles.ids()
  if (typeof named === 'string') {
    if (ids.includes(named)) return named
    // One that can't be used says why.
    await profiles.site(named)
  }
  const [only, second] = ids
  if (only === undefined) throw noSuchProfile()
  if (named !== null && named !== undefined)
    throw refused('The profile must be a text.', { field: 'profile' })
  if (second === undefined) return only
  throw new BackupError('invalid-request', 'There are several profiles: name the one that is meant.', {
    hint: `Send "profile" with one of: ${ids.join(', ')}. Nothing was changed.`,
    details: { field: 'profile', choices: ids.join(', ') },
  })
}
