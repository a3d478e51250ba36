/** Checks many files one after the other, as the checking process does with one. */

import { answerOnce } from '../../../src/engine/limited/answering.ts'
import { checkIntegrity } from '../../../src/engine/proof/integrity.ts'

answerOnce((paths: readonly string[]) => paths.map(check))

function check(path: string): string {
  try {
    return checkIntegrity({ path, hostile: true }).damage.length === 0 ? 'taken' : 'refused'
  } catch {
    return 'error'
  }
}
