import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { runLimited } from '../../../src/engine/limited/limited-process.ts'
import { summarizeHostile } from '../../../src/engine/restore/hostile/summarize-hostile.ts'
import { describeHostileCheck, type Said } from './describe-check.ts'
import { made, sound } from './make.ts'

const together = new URL('./summarize-many.ts', import.meta.url)
const calm = new AbortController().signal
const task = (path: string) => ({ path, now: Date.parse('2026-03-01'), rowCounts: {}, patienceMs: 4_000 })

async function check(path: string): Promise<Said> {
  try {
    await summarizeHostile({ ...task(path), patienceMs: 500 }, { signal: calm })
    return 'taken'
  } catch (error) {
    return (error as { code?: string }).code === 'look-stopped' ? 'limits' : 'refused'
  }
}

/** As many as can be in one process, which is quicker; the long run gives each a process of its own, as a preview has. */
async function checkTogether(paths: readonly string[]): Promise<readonly Said[]> {
  if (process.env.HOSTILE === 'full') return each(paths)
  const end = await runLimited<Said[]>(
    together,
    paths,
    { memoryMib: 192, withinMs: 120_000 },
    { signal: calm },
  )
  return end.why === 'answer' ? end.answer : each(paths)
}

async function each(paths: readonly string[]): Promise<Said[]> {
  const said: Said[] = []
  for (const path of paths) said.push(await check(path))
  return said
}

describeHostileCheck('the preview of a restore', { check, checkTogether }, () => 'either')

function fileOf(bytes: Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'hostile-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'file.sqlite')
  writeFileSync(path, bytes)
  return path
}

it('counts rows and finds the newest time in a process with limits', async () => {
  const path = fileOf(made("CREATE TABLE t (created_at TEXT); INSERT INTO t VALUES ('2026-02-03T04:05:06Z')"))
  const tables = await summarizeHostile(task(path), { signal: calm })
  expect([...tables]).toEqual([
    ['t', { rows: 1, newest: { column: 'created_at', at: '2026-02-03T04:05:06.000Z' } }],
  ])
})

it('says of what is no database that it is none', async () => {
  const path = fileOf(Buffer.alloc(8_192, 'no database '))
  await expect(summarizeHostile(task(path), { signal: calm })).rejects.toMatchObject({
    code: 'SQLITE_NOTADB',
  })
})

it('takes more names than fit into the arguments of a process', async () => {
  const path = fileOf(sound())
  const rowCounts = Object.fromEntries(
    Array.from({ length: 4_000 }, (_, at) => [`t${at}`.padEnd(100, 'x'), at]),
  )
  const tables = await summarizeHostile({ ...task(path), rowCounts }, { signal: calm })
  expect(tables.get('t')).toMatchObject({ rows: 201 })
})

it('finds a table behind thousands of views', async () => {
  const views = Array.from({ length: 3_100 }, (_, at) => `CREATE VIEW v${at} AS SELECT 1;`)
  const path = fileOf(made(`${views.join('')} CREATE TABLE last (x); INSERT INTO last VALUES (1)`))
  const tables = await summarizeHostile(task(path), { signal: calm })
  expect([...tables]).toEqual([['last', { rows: 1, newest: null }]])
})
