import type { FrameModel } from './model.ts'
import type { Reader } from './reader.ts'
import { type Texts, texts } from './text/index.ts'

/** What every part of a page needs to speak to its reader. */
export interface View extends Reader {
  readonly text: Texts
  /** What people call the host's scheduler. */
  readonly scheduler: string
  /** Path of the overview, without a trailing slash. */
  readonly base: string
  /** Address of the page that everything else leads back to. */
  readonly home: string
  /** What every other address with a query needs at its end: nothing, or which profile it is about. */
  readonly and: string
  /** For whom the page was opened. */
  readonly tenantId: string
  /** The profile of system backups that the page is about; null on a tenant's page. */
  readonly profile: string | null
}

export function viewOf(model: FrameModel): View {
  const { language, timeZone, now, scheduler, base, tenantId, profile = null } = model
  const query = profile === null ? '' : `profile=${encodeURIComponent(profile)}`
  return {
    language,
    timeZone,
    now,
    scheduler,
    base,
    home: query ? `${base}?${query}` : base,
    and: query && `&${query}`,
    tenantId,
    profile,
    text: texts[language],
  }
}
