import type { Done } from '../../views/index.ts'
import { seeOther } from '../answer.ts'
import type { Exchange } from '../exchange.ts'

/** Sends a browser back to the profile's page, and anybody else the JSON. */
export function answerDone(
  { base }: { readonly base: string },
  { wantsHtml }: Exchange,
  { done, profile }: { readonly done: Done; readonly profile: string | null },
  answer: () => Response,
): Response {
  const about = profile === null ? '' : `&profile=${encodeURIComponent(profile)}`
  return wantsHtml ? seeOther(`${base}?done=${done}${about}`) : answer()
}
