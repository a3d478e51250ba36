/**
 * The checking process for files that came from elsewhere: looks at one file in full, says what it found, and ends. Its
 * parent kills it at the deadline, and the system when it takes more memory or time than it was given.
 */
import { codeOf } from '../../failure.ts'
import { answerOnce } from '../../limited/answering.ts'
import type { IntegrityAnswer } from '../findings.ts'
import { checkIntegrity } from '../integrity.ts'

answerOnce((path: string): IntegrityAnswer => {
  try {
    return { findings: checkIntegrity({ path, hostile: true }) }
  } catch (error) {
    return { code: codeOf(error), message: error instanceof Error ? error.message : 'unknown' }
  }
})
