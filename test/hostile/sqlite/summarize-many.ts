/** Counts what is in many files one after the other, as the process behind the preview of a restore does with one. */
import { answerOnce } from '../../../src/engine/limited/answering.ts'
import { summarizeFile } from '../../../src/engine/restore/summarize-file.ts'

answerOnce((paths: readonly string[]) => paths.map(summarized))

function summarized(path: string): string {
  try {
    summarizeFile({ path, now: 0, rowCounts: {}, patienceMs: 500 })
    return 'taken'
  } catch {
    return 'refused'
  }
}
