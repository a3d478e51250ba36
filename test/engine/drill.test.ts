import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest'
import type { DrillRequest } from '../../src/engine/drilling.ts'
import type { Vault } from '../../src/engine/engine.ts'
import { admin, back, fill, openLive, quietly, sharedEngine, tenant } from '../support/tenant.ts'

const engine = sharedEngine()
const day = 24 * 60 * 60 * 1000

function drillRequest(vault: Vault, more: Partial<DrillRequest> = {}): DrillRequest {
  return {
    vault,
    runId: randomUUID(),
    startedAt: new Date().toISOString(),
    trigger: 'scheduled',
    actor: null,
    patient: true,
    dueBefore: new Date(Date.now() - 30 * day).toISOString(),
    withinMs: 60_000,
    ...more,
  }
}

const drill = (vault: Vault, more: Partial<DrillRequest> = {}, signal = new AbortController().signal) =>
  engine.drill(drillRequest(vault, more), quietly({ signal }))

/** A tenant with backups that were made so many days ago, the oldest first. */
async function tenantWith(...ages: readonly number[]) {
  const vault = await tenant()
  const live = openLive(vault.databases[0]!.path)
  fill(live, 20)
  const names: string[] = []
  for (const age of ages) {
    const startedAt = new Date(Date.now() - age * day).toISOString()
    names.push((await back(engine, vault, { startedAt })).backups[0]!.name)
    fill(live, 1)
  }
  return { vault, live, names }
}

function mountDisk(context: TestContext, folder: string, size: string): void {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'pipe' })
  } catch (error) {
    context.skip(`NOT RUN: a file system can't be mounted here: ${error}`)
  }
  onTestFinished(() => void execFileSync('umount', ['-l', folder]))
}

function flipBit(vault: Vault, name: string): void {
  const fd = openSync(join(vault.folder, name), 'r+')
  const byte = Buffer.alloc(1)
  readSync(fd, byte, 0, 1, 9_000)
  byte[0]! ^= 4
  writeSync(fd, byte, 0, 1, 9_000)
  closeSync(fd)
}

const listed = async (vault: Vault) =>
  new Map((await engine.inspect(vault)).backups.map(({ backup }) => [backup.name, backup]))

describe('a drill', () => {
  it('restores the newest for trial and proves again what nobody has looked at for long', async () => {
    const { vault, names } = await tenantWith(60, 40, 1)
    const before = readdirSync(vault.folder).filter((name) => !name.startsWith('.'))
    expect(await drill(vault)).toEqual({ restored: [names[2]], proven: [names[0], names[1]], left: 0 })
    const [first] = names
    expect(Date.parse((await listed(vault)).get(first!)?.proven?.at ?? '')).toBeGreaterThan(Date.now() - day)
    expect(readdirSync(vault.folder).filter((name) => !name.startsWith('.'))).toEqual(before)
    expect(readdirSync(join(vault.folder, '.partial'))).toEqual([])
    expect(await drill(vault)).toEqual({ restored: [names[2]], proven: [], left: 0 })
    const { runs } = await engine.inspect(vault)
    expect(runs[1]).toMatchObject({ kind: 'drill', status: 'completed', backups: names })
    const entries = await engine.outbox(vault)
    expect(entries.filter(({ action }) => action === 'backup.verify').map(({ target }) => target)).toEqual([
      first,
      names[1],
    ])
    expect(entries.filter(({ action }) => action === 'backup.drill')).toHaveLength(2)
  })

  it('begins nothing new once its time is up, and goes on there the next time', async () => {
    const { vault, names } = await tenantWith(70, 60, 50, 40)
    const newest = names[3]
    for (const [index, name] of names.entries())
      expect(await drill(vault, { withinMs: 0 })).toEqual({
        restored: [newest],
        proven: [name],
        left: names.length - 1 - index,
      })
    expect(await drill(vault, { withinMs: 0 })).toMatchObject({ proven: [], left: 0 })
  })

  it('finds a flipped bit in an old backup, marks it, and looks at the others all the same', async () => {
    const { vault, names } = await tenantWith(60, 50, 40, 1)
    flipBit(vault, names[1]!)
    await expect(drill(vault)).rejects.toMatchObject({
      code: 'proof-failed',
      message: expect.stringContaining(names[1]!),
    })
    const backups = await listed(vault)
    expect(names.map((name) => backups.get(name)?.proven?.outcome)).toEqual([
      'passed',
      'failed',
      'passed',
      'passed',
    ])
    const { runs } = await engine.inspect(vault)
    expect(runs[0]).toMatchObject({ kind: 'drill', status: 'failed', error: { code: 'proof-failed' } })
    const told = (await engine.outbox(vault)).filter(({ outcome }) => outcome === 'failure')
    expect(told.map(({ action, target }) => [action, target])).toEqual([
      ['backup.verify', names[1]],
      ['backup.drill', names.join(', ')],
    ])
  })

  it('finds one in the newest backup by restoring it, though it is not due', async () => {
    const { vault, names } = await tenantWith(2, 1)
    flipBit(vault, names[1]!)
    await expect(drill(vault)).rejects.toMatchObject({ code: 'proof-failed' })
    expect((await listed(vault)).get(names[1]!)?.proven?.outcome).toBe('failed')
    expect((await engine.inspect(vault)).runs[0]?.backups).toEqual([names[1]])
    expect(await drill(vault)).toMatchObject({ restored: [names[0]] })
  })

  it('says that there is no room to try one out, and proves the others all the same', async (context) => {
    const { vault, live } = await tenantWith()
    mkdirSync(vault.folder)
    mountDisk(context, vault.folder, '4m')
    fill(live, 1_500)
    const startedAt = new Date(Date.now() - 60 * day).toISOString()
    const [backup] = (await back(engine, vault, { startedAt })).backups
    await expect(drill(vault)).rejects.toMatchObject({
      code: 'disk-full',
      details: { neededBytes: expect.any(Number), freeBytes: expect.any(Number) },
    })
    const at = Date.parse((await listed(vault)).get(backup!.name)?.proven?.at ?? '')
    expect(at).toBeGreaterThan(Date.now() - day)
  })

  it('takes a date of the future for none', async () => {
    const { vault, names } = await tenantWith(-400)
    expect((await drill(vault)).proven).toEqual(names)
    expect((await drill(vault)).proven).toEqual([])
  })

  it('has nothing to do where there is no backup', async () => {
    const { vault } = await tenantWith()
    expect(await drill(vault)).toEqual({ restored: [], proven: [], left: 0 })
  })

  it('can be cancelled, and leaves nothing', async () => {
    const { vault } = await tenantWith(60)
    const abort = new AbortController()
    const options = { ...quietly({ signal: abort.signal }), onProgress: () => abort.abort() }
    await expect(engine.drill(drillRequest(vault), options)).rejects.toMatchObject({ code: 'cancelled' })
    const partial = join(vault.folder, '.partial')
    expect(existsSync(partial) ? readdirSync(partial) : []).toEqual([])
  })

  it('tries out the newest of every database', async () => {
    const vault = await tenant('main', 'archive')
    for (const { path } of vault.databases) fill(openLive(path), 5)
    const { backups } = await back(engine, vault, { actor: admin })
    expect((await drill(vault)).restored).toEqual(backups.map(({ name }) => name))
  })
})
