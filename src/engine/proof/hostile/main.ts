/**
 * The checking process for files that came from elsewhere: looks at one file in full, says what it found, and ends. Its
 * parent kills it at the deadline, and the system when it takes more memory or time than it was given.
 */
import { writeSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { codeOf } from '../../failure.ts'
import type { IntegrityAnswer } from '../findings.ts'
import { checkIntegrity } from '../integrity.ts'

try {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
} catch {
  // Where the system doesn't allow it the work is done all the same.
}
say(check(String(JSON.parse(process.argv[2] ?? '""'))))

function check(path: string): IntegrityAnswer {
  try {
    return { findings: checkIntegrity({ path, hostile: true }) }
  } catch (error) {
    return { code: codeOf(error), message: error instanceof Error ? error.message : 'unknown' }
  }
}

/** The pipe takes no more than its reader does: a short write goes on. */
function say(answer: IntegrityAnswer): void {
  const bytes = Buffer.from(JSON.stringify(answer))
  for (let done = 0; done < bytes.length; ) done += writeSync(1, bytes, done)
}
