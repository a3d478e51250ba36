import { fork } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { DriverReport } from './driver.ts'

/** `npm run test:hostile` tries many more than `npm test`; HOSTILE_SEED chooses others. */
const count = process.env.HOSTILE === 'full' ? 5000 : 200
const first = Number(process.env.HOSTILE_SEED ?? 1) * 1_000_000
const heapMiB = 128
const maxMiB = 200
const driver = fileURLToPath(new URL('./driver.ts', import.meta.url))

describe('an archive that was changed at random', () => {
  it(`does no harm in any of ${count} ways: nothing outside, no hang, bounded memory, no crash`, async () => {
    const root = mkdtempSync(join(tmpdir(), 'backup-mutations-'))
    onTestFinished(() => rmSync(root, { recursive: true, force: true }))
    mkdirSync(join(root, 'a/b'), { recursive: true })
    writeFileSync(join(root, 'outside.txt'), 'untouched')
    const report = await run(root)
    const { refused, taken } = sums(report)
    expect(refused + taken).toBe(count)
    expect(refused).toBeGreaterThan(count / 3)
    expect(report.peakMiB).toBeLessThan(maxMiB)
    expect(readFileSync(join(root, 'outside.txt'), 'utf8')).toBe('untouched')
    const left = readdirSync(root, { recursive: true, encoding: 'utf8' })
    expect(left.sort()).toEqual(['a', 'a/b', 'hostile.zip', 'outside.txt'])
  }, 600_000)
})

function sums({ outcomes }: DriverReport) {
  return { refused: (outcomes.open ?? 0) + (outcomes.read ?? 0), taken: outcomes.taken ?? 0 }
}

/** Rejects with what the process said when it crashed. */
function run(root: string): Promise<DriverReport> {
  const child = fork(driver, [root, String(first), String(count)], {
    execArgv: [`--max-old-space-size=${heapMiB}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let said = ''
  child.stderr?.on('data', (text) => {
    said += text
  })
  return new Promise((resolve, reject) => {
    let report: DriverReport | null = null
    child.on('message', (message: DriverReport) => {
      report = message
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (report !== null && code === 0) resolve(report)
      else reject(new Error(`The process ended with ${code ?? signal}: ${said}`))
    })
  })
}
