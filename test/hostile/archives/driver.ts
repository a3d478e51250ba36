/** A process that unpacks mutated archives one after the other. Arguments: a folder, the first number, how many. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mutated } from './mutate.ts'
import { takeArchive } from './take.ts'

export interface DriverReport {
  readonly outcomes: Readonly<Record<string, number>>
  readonly slowest: { readonly number: number; readonly ms: number }
  readonly peakMiB: number
}

/** Milliseconds for one archive, after which it counts as hanging. */
const deadlineMs = 10_000

const [folder = '', first = '0', count = '0'] = process.argv.slice(2)
const path = join(folder, 'hostile.zip')
const outcomes: Record<string, number> = {}
let slowest = { number: -1, ms: 0 }

for (let number = Number(first); number < Number(first) + Number(count); number++) {
  writeFileSync(path, mutated(number))
  const target = join(folder, 'a/b/target')
  const hanging = setTimeout(() => {
    throw new Error(`Number ${number} hangs`)
  }, deadlineMs)
  const began = performance.now()
  const { refused } = await takeArchive(path, target).catch((error) => {
    throw new Error(`Number ${number}`, { cause: error })
  })
  const ms = performance.now() - began
  clearTimeout(hanging)
  if (ms > slowest.ms) slowest = { number, ms }
  const outcome = refused ?? 'taken'
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  rmSync(target, { recursive: true, force: true })
}
const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0)
process.send?.({ outcomes, slowest, peakMiB: peak / 1024 } satisfies DriverReport)
process.disconnect()
