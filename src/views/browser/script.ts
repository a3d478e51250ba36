import { formatBytes, formatCount } from '../format/numbers.ts'
import { closeMenus } from './close-menus.ts'
import { foldSchedule } from './fold-schedule.ts'
import { forgetNotice } from './forget-notice.ts'
import { guardSubmits } from './guard-submits.ts'
import { previewSettings } from './preview-settings.ts'
import { sendUpload } from './send-upload.ts'
import { watchRun } from './watch-run.ts'

type Source = { toString(): string }

/**
 * The source text of a function, called. Each function here is sent to the browser as it stands: it may use what it
 * is given and what the browser offers, nothing else of this program.
 */
const called = (source: Source, ...given: readonly Source[]) => `(${source})(${given.join(', ')})`

/** What the browser runs on the page. Everything works without it; it adds live progress and comfort. */
export const script = [
  `'use strict'`,
  called(forgetNotice),
  called(watchRun, formatBytes, formatCount),
  called(foldSchedule),
  called(previewSettings),
  called(sendUpload, formatBytes),
  called(guardSubmits),
  called(closeMenus),
  '',
].join(';\n')
