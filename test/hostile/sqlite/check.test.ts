import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { runLimited } from '../../../src/engine/limited/limited-process.ts'
import { checkHostile } from '../../../src/engine/proof/hostile/check-hostile.ts'
import { hostileCases } from './cases.ts'
import { describeHostileCheck, type Said } from './describe-check.ts'
import { stateOf } from './folder-state.ts'
import { sound } from './make.ts'
import { mutated } from './mutations.ts'

const together = new URL('./check-many.ts', import.meta.url)
const calm = new AbortController().signal

async function check(path: string, leastMs: number): Promise<Said> {
  const { damage, atLimit } = await checkHostile({ path, sizeBytes: 0 }, { signal: calm, leastMs })
  if (damage.length === 0) return 'taken'
  return atLimit ? 'limits' : 'refused'
}

/** As many as can be in one process, which is quicker; the long run gives each a process of its own, as an upload has. */
async function checkTogether(paths: readonly string[]): Promise<readonly Said[]> {
  if (process.env.HOSTILE === 'full') return each(paths)
  const limits = { memoryMib: 192, withinMs: 120_000 }
  const end = await runLimited<Said[]>(together, paths, limits, { signal: calm })
  return end.why === 'answer' ? end.answer : each(paths)
}

describeHostileCheck('the check of uploads', { check, checkTogether })

it('has a name of its own for each of at least 35 cases', () => {
  const names = hostileCases.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(names.length).toBeGreaterThan(35)
})

/** More in the long run: `npm run test:hostile`. HOSTILE_SEED chooses others. */
const mutations = process.env.HOSTILE === 'full' ? 5_000 : 200
const firstSeed = Number(process.env.HOSTILE_SEED ?? 1)
const batch = 50
/** Every so many a mutation is checked alone, the way uploads are. */
const alone = 40

it(`survives ${mutations} databases with seeded changes, writes nothing, and ends in time`, async () => {
  const base = sound()
  const counts: Record<string, number> = {}
  const count = (said: string) => {
    counts[said] = (counts[said] ?? 0) + 1
  }
  for (let from = 0; from < mutations; from += batch) {
    const folder = mkdtempSync(join(tmpdir(), 'hostile-'))
    const seeds = Array.from(
      { length: Math.min(batch, mutations - from) },
      (_, index) => firstSeed + from + index,
    )
    const paths = seeds.map((seed) => join(folder, `${seed}.sqlite`))
    for (const [index, path] of paths.entries()) writeFileSync(path, mutated(base, seeds[index]!))
    const before = stateOf(folder)
    try {
      const limits = { memoryMib: 192, withinMs: 60_000 }
      const end = await runLimited<Said[]>(together, paths, limits, { signal: calm })
      // One of them ended the process: which one is found by looking at each alone.
      const said = end.why === 'answer' ? end.answer : await each(paths)
      expect(said, `seeds ${seeds[0]} to ${seeds.at(-1)}`).toHaveLength(paths.length)
      expect(said as readonly string[]).not.toContain('error')
      said.forEach(count)
      for (const [index, path] of paths.entries()) {
        if ((from + index) % alone !== 0) continue
        const verdict = await check(path, 60_000)
        expect([path, verdict]).toEqual([path, said[index]])
      }
      expect(stateOf(folder)).toEqual(before)
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
  // Changes that do nothing, or hit free space, are no damage; most are.
  expect(counts.refused ?? 0).toBeGreaterThan(mutations * 0.6)
  expect(counts.taken ?? 0).toBeGreaterThan(0)
}, 3_600_000)

async function each(paths: readonly string[]): Promise<Said[]> {
  const said: Said[] = []
  for (const path of paths) said.push(await check(path, 60_000))
  return said
}

it('ends a check whose reader has gone away at once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hostile-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'slow.sqlite')
  writeFileSync(
    path,
    hostileCases.find(({ name }) => name === 'an index on an expression that takes for ever')!.bytes(),
  )
  const leaving = new AbortController()
  setTimeout(() => leaving.abort(), 500)
  const began = performance.now()
  await expect(
    checkHostile({ path, sizeBytes: 0 }, { signal: leaving.signal, leastMs: 60_000 }),
  ).rejects.toMatchObject({
    code: 'cancelled',
  })
  expect(performance.now() - began).toBeLessThan(10_000)
})
