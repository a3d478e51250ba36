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
  /** For whom the page was opened. */
  readonly tenantId: string
}

export const viewOf = ({ language, timeZone, now, scheduler, base, tenantId }: FrameModel): View => ({
  language,
  timeZone,
  now,
  scheduler,
  base,
  tenantId,
  text: texts[language],
})
