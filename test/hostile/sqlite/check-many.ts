/** Checks many files one after the other, as the checking process does with one: a line for each, as soon as it is known. */
import { writeSync } from 'node:fs'
import { checkIntegrity } from '../../../src/engine/proof/integrity.ts'

const results: string[] = []
for (const path of JSON.parse(process.argv[2] ?? '[]') as string[]) {
  try {
    const { damage } = checkIntegrity({ path, hostile: true })
    results.push(damage.length === 0 ? 'taken' : 'refused')
  } catch {
    results.push('error')
  }
}
writeSync(1, JSON.stringify(results))
