import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type HostileCase, hostileCases } from './cases.ts'
import { stateOf } from './folder-state.ts'

/** What a check says of a file. */
export type Said = 'taken' | 'refused' | 'limits'

/** Milliseconds that are granted to what has to be ended by the clock. */
const limitMs = 3_000

export interface HostileChecks {
  check(path: string, withinMs: number): Promise<Said>
  /** What it says of many, one after the other. */
  checkTogether(paths: readonly string[]): Promise<readonly Said[]>
}

/**
 * The suite for everything that opens databases from elsewhere: whatever is in them, nothing is written, and each look
 * ends within its time.
 */
export function describeHostileCheck(
  what: string,
  { check, checkTogether }: HostileChecks,
  expectedOf: (hostile: HostileCase) => HostileCase['expected'] = ({ expected }) => expected,
): void {
  describe(`${what}, given a hostile database`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'hostile-'))
    const before = new Map<string, readonly string[]>()
    const said = new Map<string, Said>()
    const placeOf = ({ name }: HostileCase) => join(folder, name.replaceAll(/\W+/g, '-'))
    const pathOf = (hostile: HostileCase) => join(placeOf(hostile), 'hostile.sqlite')

    beforeAll(async () => {
      for (const hostile of hostileCases) {
        mkdirSync(placeOf(hostile))
        writeFileSync(pathOf(hostile), hostile.bytes())
        for (const [end, bytes] of Object.entries(hostile.beside ?? {}))
          writeFileSync(pathOf(hostile) + end, bytes)
        before.set(hostile.name, stateOf(placeOf(hostile)))
      }
      const quick = hostileCases.filter((hostile) => expectedOf(hostile) !== 'limits')
      const answers = await checkTogether(quick.map(pathOf))
      for (const [index, { name }] of quick.entries()) said.set(name, answers[index]!)
    }, 600_000)
    afterAll(() => rmSync(folder, { recursive: true }))

    it.each(hostileCases.map((hostile) => [hostile.name, hostile] as const))('%s', async (name, hostile) => {
      const expected = expectedOf(hostile)
      const began = performance.now()
      const answer = said.get(name) ?? (await check(pathOf(hostile), limitMs))
      expect(performance.now() - began).toBeLessThan(limitMs + 20_000)
      expect(stateOf(placeOf(hostile))).toEqual(before.get(name))
      if (expected === 'either') expect(['taken', 'refused', 'limits']).toContain(answer)
      else expect(answer).toBe(expected)
    })
  })
}
