/**
 * The process that counts what is in a backup that came from elsewhere, for the preview of a restore. Its parent kills it
 * at the deadline, and the system when it takes more memory or time than it was given.
 */
import { codeOf } from '../../failure.ts'
import { answerOnce } from '../../limited/answering.ts'
import { type SummaryTask, summarizeFile } from '../summarize-file.ts'
import type { SummaryAnswer } from './summarize-hostile.ts'

answerOnce((task: SummaryTask): SummaryAnswer => {
  try {
    return { tables: [...summarizeFile(task)] }
  } catch (error) {
    return { code: codeOf(error), message: error instanceof Error ? error.message : 'unknown' }
  }
})
