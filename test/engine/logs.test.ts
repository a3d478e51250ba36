import {
  appendFileSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import type { Run } from '../../src/engine/backup.ts'
import type { OutboxEntry, Vault } from '../../src/engine/engine.ts'
import {
  admin,
  back,
  keepAll,
  operation,
  quietly,
  sharedEngine,
  tenantWithRows,
  verifyRequest,
} from '../support/tenant.ts'

const engine = sharedEngine({ changeWaitMs: 300 })
const at = (vault: Vault, name: string) => join(vault.folder, name)
const now = '2030-01-01T00:00:00.000Z'
const runsOf = async (vault: Vault) => (await engine.inspect(vault)).runs

async function oneBackup() {
  const { vault } = await tenantWithRows()
  const { backups } = await back(engine, vault, { runId: 'first' })
  return { vault, name: backups[0]!.name }
}

/** A run as it stands in the log when its process was killed. */
function logOpenRun(vault: Vault, id: string, expected = 1): void {
  const run: Run = {
    id,
    kind: 'create',
    status: 'running',
    stage: null,
    progress: null,
    trigger: 'scheduled',
    backups: [],
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: null,
    error: null,
  }
  appendFileSync(
    at(vault, '.runs.jsonl'),
    `${JSON.stringify({ kind: 'start', run, actor: admin, expected })}\n`,
  )
}

const entry = (id: string, action: string, target: string): OutboxEntry => ({
  id,
  at: now,
  action,
  actor: admin,
  target,
  outcome: 'success',
  details: {},
})

const intend = (vault: Vault, one: OutboxEntry) =>
  appendFileSync(at(vault, '.audit.jsonl'), `${JSON.stringify({ kind: 'intent', entry: one })}\n`)

describe('the log of runs', () => {
  it('shows finished runs, newest first, with what they made and why they failed', async () => {
    const { vault, name } = await oneBackup()
    rmSync(vault.databases[0]!.path)
    await expect(back(engine, vault, { runId: 'second' })).rejects.toMatchObject({ code: 'source-missing' })
    expect(await runsOf(vault)).toMatchObject([
      { id: 'second', kind: 'create', status: 'failed', backups: [], error: { code: 'source-missing' } },
      { id: 'first', kind: 'create', status: 'completed', backups: [name], error: null },
    ])
  })

  it('passes over lines that a kill or a disk has torn, and goes on after them', async () => {
    const { vault } = await oneBackup()
    appendFileSync(at(vault, '.runs.jsonl'), '{"kind":"end","run":{"id":"to')
    await back(engine, vault, { runId: 'second' })
    expect((await runsOf(vault)).map(({ id }) => id)).toEqual(['second', 'first'])
    writeFileSync(at(vault, '.runs.jsonl'), 'garbage\n\0\0\0\n{}\n[]\n')
    await back(engine, vault, { runId: 'third' })
    expect((await runsOf(vault)).map(({ id }) => id)).toEqual(['third'])
  })

  it('keeps 400 runs and 100 notes of schedules, and says since when it is complete', async () => {
    const { vault } = await oneBackup()
    const [line] = readFileSync(at(vault, '.runs.jsonl'), 'utf8')
      .split('\n')
      .filter((one) => one.includes('"end"'))
    const { run } = JSON.parse(line!)
    const lines = Array.from({ length: 1_000 }, (_, index) => {
      const startedAt = new Date(Date.UTC(2026, 0, 1) + index * 60_000).toISOString()
      return JSON.stringify({ kind: 'end', run: { ...run, id: `r${index}`, startedAt } })
    })
    writeFileSync(at(vault, '.runs.jsonl'), `${lines.join('\n')}\n`)
    expect((await engine.inspect(vault)).loggedSince).toBe('2026-01-01T00:00:00.000Z')
    for (let count = 0; count < 3; count++)
      await engine.noteSchedule(vault, { at: now, enabled: true, schedule: count })
    const inspection = await engine.inspect(vault)
    expect(inspection.runs).toHaveLength(400)
    expect(inspection.runs[0]?.id).toBe('r999')
    expect(inspection.loggedSince).toBe(inspection.runs.at(-1)?.startedAt)
    expect(inspection.schedules.map(({ schedule }) => schedule)).toEqual([0, 1, 2])
    expect(readFileSync(at(vault, '.runs.jsonl'), 'utf8').split('\n').length).toBeLessThan(500)
  })

  it('says nothing was ever logged where there is no folder', async () => {
    const { vault } = await tenantWithRows()
    expect(await engine.inspect(vault)).toMatchObject({ runs: [], schedules: [], loggedSince: null })
  })
})

describe('reconciling', () => {
  it('closes a run whose process is gone as interrupted, once, with its entry', async () => {
    const { vault } = await oneBackup()
    logOpenRun(vault, 'gone')
    expect((await runsOf(vault)).map(({ id }) => id)).toEqual(['first'])
    const closed = await engine.reconcile(vault, { now })
    expect(closed).toMatchObject([
      { id: 'gone', status: 'failed', endedAt: now, error: { code: 'interrupted', hint: /\w/ } },
    ])
    expect(await engine.reconcile(vault, { now })).toEqual([])
    expect((await engine.outbox(vault)).filter(({ id }) => id === 'gone')).toMatchObject([
      { action: 'backup.create', outcome: 'failure', actor: admin },
    ])
  })

  it('closes a run as completed when all its backups were published', async () => {
    const { vault, name } = await oneBackup()
    const sidecar = JSON.parse(readFileSync(at(vault, `${name}.json`), 'utf8'))
    logOpenRun(vault, 'nearly')
    writeFileSync(at(vault, `${name}.json`), JSON.stringify({ ...sidecar, runId: 'nearly' }))
    expect(await engine.reconcile(vault, { now })).toMatchObject([
      { id: 'nearly', status: 'completed', backups: [name], error: null },
    ])
    logOpenRun(vault, 'half', 2)
    writeFileSync(at(vault, `${name}.json`), JSON.stringify({ ...sidecar, runId: 'half' }))
    expect(await engine.reconcile(vault, { now })).toMatchObject([
      { id: 'half', status: 'failed', backups: [name] },
    ])
  })

  it('sweeps what was prepared and not published, sidecars without data, and nothing else', async () => {
    const { vault, name } = await oneBackup()
    mkdirSync(at(vault, '.partial/dead'), { recursive: true })
    writeFileSync(at(vault, '.partial/dead/0.copy'), 'half')
    const orphan = 'main_20200101_000000Z.sqlite'
    const sidecar = JSON.parse(readFileSync(at(vault, `${name}.json`), 'utf8'))
    writeFileSync(at(vault, `${orphan}.json`), JSON.stringify({ ...sidecar, name: orphan }))
    writeFileSync(at(vault, 'notes.sqlite.json'), '{"mine":true}')
    writeFileSync(at(vault, 'readme.txt'), 'hello')
    await engine.reconcile(vault, { now })
    expect(readdirSync(at(vault, '.partial'))).toEqual([])
    const left = readdirSync(vault.folder).filter((one) => !one.startsWith('.'))
    expect(left.sort()).toEqual([name, `${name}.json`, 'notes.sqlite.json', 'readme.txt'].sort())
  })

  it('leaves a log that somebody is writing anew, and sweeps one that a kill left', async () => {
    const { vault } = await oneBackup()
    const rewritten = ['.runs.jsonl.new', '.audit.jsonl.new']
    for (const name of rewritten) writeFileSync(at(vault, name), '{}\n')
    const writer = new Database(at(vault, '.log-lock'), { timeout: 0 })
    writer.pragma('journal_mode = MEMORY')
    writer.exec('BEGIN EXCLUSIVE')
    await engine.reconcile(vault, { now })
    expect(readdirSync(vault.folder)).toEqual(expect.arrayContaining(rewritten))
    writer.close()
    await engine.reconcile(vault, { now })
    for (const name of rewritten) expect(readdirSync(vault.folder)).not.toContain(name)
  })

  it('finds a backup that was killed between its two names', async () => {
    const { vault, name } = await oneBackup()
    mkdirSync(at(vault, '.partial/first'), { recursive: true })
    linkSync(at(vault, name), at(vault, '.partial/first/0.copy'))
    expect((await engine.inspect(vault)).backups).toEqual([])
    await engine.reconcile(vault, { now })
    expect((await engine.inspect(vault)).backups.map(({ backup }) => backup.name)).toEqual([name])
  })

  it('settles deletions and protections that were announced, by looking', async () => {
    const { vault, name } = await oneBackup()
    await engine.acknowledge(vault, ['first'])
    intend(vault, entry('deleted', 'backup.delete', 'main_20200101_000000Z.sqlite'))
    intend(vault, entry('not-deleted', 'backup.delete', name))
    intend(vault, entry('not-protected', 'backup.protect', name))
    intend(vault, entry('unprotected', 'backup.unprotect', name))
    intend(vault, entry('hostile', 'backup.delete', '../../nothing.sqlite'))
    await engine.reconcile(vault, { now })
    expect((await engine.outbox(vault)).map(({ id }) => id)).toEqual(['deleted', 'unprotected'])
  })

  it('waits for another holder of the lock and says busy in the end', async () => {
    const { vault } = await oneBackup()
    const holder = new Database(at(vault, '.lock'))
    holder.exec('BEGIN EXCLUSIVE')
    const started = Date.now()
    await expect(
      engine.remove(vault, (await engine.inspect(vault)).backups[0]!.backup.name, operation()),
    ).rejects.toMatchObject({
      code: 'busy',
    })
    expect(Date.now() - started).toBeGreaterThanOrEqual(290)
    const reconciled = engine.reconcile(vault, { now })
    holder.close()
    expect(await reconciled).toEqual([])
  })
})

describe('the outbox', () => {
  it('holds one entry for each change until it is acknowledged', async () => {
    const { vault, name } = await oneBackup()
    const change = { ...operation(), protected: true }
    await engine.protect(vault, name, change)
    await engine.verify(verifyRequest(vault, name, { runId: 'looked' }), quietly())
    const entries = await engine.outbox(vault)
    expect(entries.map(({ id, action, target, outcome }) => [id, action, target, outcome])).toEqual([
      ['first', 'backup.create', name, 'success'],
      [change.id, 'backup.protect', name, 'success'],
      ['looked', 'backup.verify', name, 'success'],
    ])
    await engine.acknowledge(vault, ['first', change.id, 'unknown'])
    expect((await engine.outbox(vault)).map(({ id }) => id)).toEqual(['looked'])
    await engine.acknowledge(vault, ['looked'])
    expect(await engine.outbox(vault)).toEqual([])
  })

  it('never tells an acknowledged event a second time', async () => {
    const { vault } = await oneBackup()
    await engine.acknowledge(vault, ['first'])
    logOpenRun(vault, 'first')
    await engine.reconcile(vault, { now })
    expect(await engine.outbox(vault)).toEqual([])
  })

  it('records a failed run with its cause', async () => {
    const { vault, name } = await oneBackup()
    renameSync(vault.databases[0]!.path, `${vault.databases[0]!.path}.away`)
    await expect(
      back(engine, vault, { runId: 'second', retention: { ...keepAll, maxCount: 1 } }),
    ).rejects.toThrow()
    expect((await engine.outbox(vault)).at(-1)).toMatchObject({
      id: 'second',
      action: 'backup.create',
      outcome: 'failure',
      details: { code: 'source-missing', message: /not found/ },
    })
    copyFileSync(at(vault, name), vault.databases[0]!.path)
    expect(existsSync(at(vault, name))).toBe(true)
  })
})
