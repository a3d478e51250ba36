import { execFileSync } from 'node:child_process'
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest'
import type { Backup } from '../../src/engine/backup.ts'
import type { Vault } from '../../src/engine/engine.ts'
import type { BackupError } from '../../src/engine/errors.ts'
import { expectInvariants, remember } from '../support/invariants.ts'
import {
  back,
  createRequest,
  keepAll,
  operation,
  quietly,
  sharedEngine,
  tenantWithRows,
  verifyRequest,
} from '../support/tenant.ts'

const engine = sharedEngine()

/** Mounts a small disk of its own over the backups folder, or says that this machine doesn't allow it. */
function mountDisk(context: TestContext, vault: Vault, size: string): void {
  mkdirSync(vault.folder, { recursive: true })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', vault.folder], { stdio: 'pipe' })
  } catch (error) {
    context.skip(`NOT RUN: a file system can't be mounted here: ${error}`)
  }
  onTestFinished(() => void execFileSync('umount', ['-l', vault.folder]))
}

function remount(vault: Vault, option: 'ro' | 'rw'): void {
  execFileSync('mount', ['-o', `remount,${option}`, vault.folder])
}

function fillDisk(vault: Vault, leave: number): void {
  const { bavail, bsize } = statfsSync(vault.folder)
  writeFileSync(join(vault.folder, '.filler'), Buffer.alloc(Math.max(0, bavail * bsize - leave)))
}

/** While the process that holds the lock stands still, so that it can't take what is being filled. */
function fillDiskUnder(vault: Vault): void {
  const { pid } = JSON.parse(readFileSync(join(vault.folder, '.lock-holder.json'), 'utf8'))
  process.kill(pid, 'SIGSTOP')
  fillDisk(vault, 0)
  process.kill(pid, 'SIGCONT')
}

async function fiveBackups(vault: Vault): Promise<readonly Backup[]> {
  const made: Backup[] = []
  for (let count = 0; count < 5; count++) made.push((await back(engine, vault)).backups[0]!)
  return made
}

/** Names, oldest first. */
const listed = async (vault: Vault) =>
  (await engine.inspect(vault)).backups.map(({ backup }) => backup.name).reverse()

describe('a disk without space', () => {
  it('is noticed beforehand, with the bytes that are needed and free', async (context) => {
    const { vault } = await tenantWithRows(200)
    mountDisk(context, vault, '4m')
    const good = (await back(engine, vault)).backups[0]!
    const before = await remember(engine, vault)
    fillDisk(vault, 300_000)
    await expect(back(engine, vault)).rejects.toMatchObject({
      code: 'disk-full',
      message: /needs \d+ bytes, but only \d+ are free/,
      details: { neededBytes: expect.any(Number), freeBytes: expect.any(Number) },
    })
    await expectInvariants(engine, vault, before, { nextRunSucceeds: false })
    expect((await engine.inspect(vault)).runs[0]).toMatchObject({
      status: 'failed',
      error: { code: 'disk-full' },
    })
    expect((await engine.inspect(vault)).backups[0]?.backup.name).toBe(good.name)
  })

  it('makes room by what the rules release, leaving the two newest proven ones', async (context) => {
    const { vault } = await tenantWithRows(200)
    mountDisk(context, vault, '6m')
    const names: string[] = []
    for (let count = 0; count < 5; count++) names.push((await back(engine, vault)).backups[0]!.name)
    fillDisk(vault, 1_200_000)
    const result = await back(engine, vault, { retention: { ...keepAll, maxCount: 1 } })
    expect(result.removed.map(({ name }) => name)).toEqual(names)
    expect((await engine.inspect(vault)).backups).toHaveLength(1)
  })

  it('is made by removing no more than it takes, the oldest first', async (context) => {
    const { vault } = await tenantWithRows(200)
    mountDisk(context, vault, '6m')
    const made = await fiveBackups(vault)
    fillDisk(vault, (await engine.inspect(vault)).storage.neededBytes - made[0]!.sizeBytes / 2)
    const cancel = new AbortController()
    const run = engine.create(
      createRequest(vault, { retention: { ...keepAll, maxCount: 1 } }),
      quietly({
        signal: cancel.signal,
        // Before the run's own retention removes the rest.
        onProgress: ({ stage }) => void (stage === 'snapshot' && cancel.abort()),
      }),
    )
    await expect(run).rejects.toMatchObject({ code: 'cancelled' })
    expect(await listed(vault)).toEqual(made.slice(1).map(({ name }) => name))
  })

  it('is not made at the cost of old backups when all that may go would not do', async (context) => {
    const { vault } = await tenantWithRows(200)
    mountDisk(context, vault, '6m')
    const made = await fiveBackups(vault)
    // Three of the five may go: the two newest stay.
    fillDisk(vault, (await engine.inspect(vault)).storage.neededBytes - made[0]!.sizeBytes * 3.5)
    const retention = { ...keepAll, maxCount: 1 }
    await expect(back(engine, vault, { retention })).rejects.toMatchObject({ code: 'disk-full' })
    expect(await listed(vault)).toEqual(made.map(({ name }) => name))
  })

  it('is told with each backup counted once when the limit is what is reached, and nothing is removed', async () => {
    const { vault } = await tenantWithRows(200)
    const made = await fiveBackups(vault)
    const { usedBytes } = (await engine.inspect(vault)).storage
    const path = vault.databases[0]!.path
    const after = usedBytes + statSync(path).size + statSync(`${path}-wal`).size - made[0]!.sizeBytes * 5
    const retention = { ...keepAll, maxCount: 1 }
    const error = await back(engine, vault, { maxBytes: 1_000, retention }).catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'limit-reached', details: { limit: 1_000 } })
    const told = Number((error as BackupError).details.after)
    // The log grows a little meanwhile.
    expect(Math.abs(told - after)).toBeLessThan(made[0]!.sizeBytes / 4)
    expect(await listed(vault)).toEqual(made.map(({ name }) => name))
  })

  it('is named when it fills up in the middle of a copy, and nothing of the copy stays', async (context) => {
    const { vault } = await tenantWithRows(12_000)
    mountDisk(context, vault, '96m')
    const good = (await back(engine, vault)).backups[0]!
    const before = await remember(engine, vault)
    let filled = false
    const run = engine.create(
      createRequest(vault),
      quietly({
        onProgress({ stage, progress }) {
          if (filled || stage !== 'snapshot' || !progress?.done) return
          filled = true
          fillDiskUnder(vault)
        },
      }),
    )
    await expect(run).rejects.toMatchObject({ code: 'disk-full' })
    expect(readdirSync(join(vault.folder, '.partial'))).toEqual([])
    rmSync(join(vault.folder, '.filler'))
    expect((await engine.inspect(vault)).backups[0]?.backup.name).toBe(good.name)
    await expectInvariants(engine, vault, before)
  })

  it('lets one delete, list and verify all the same', async (context) => {
    const { vault } = await tenantWithRows(50)
    mountDisk(context, vault, '3m')
    const [first, second] = [(await back(engine, vault)).backups[0]!, (await back(engine, vault)).backups[0]!]
    fillDisk(vault, 0)
    await expect(back(engine, vault)).rejects.toMatchObject({ code: 'disk-full' })
    expect((await engine.inspect(vault)).backups).toHaveLength(2)
    await engine.remove(vault, first.name, operation())
    expect((await engine.inspect(vault)).backups.map(({ backup }) => backup.name)).toEqual([second.name])
    expect((await engine.verify(verifyRequest(vault, second.name), quietly())).proven?.outcome).toBe('passed')
  })

  it('doesn’t keep one from hearing that a backup is damaged', async (context) => {
    const { vault } = await tenantWithRows(50)
    mountDisk(context, vault, '3m')
    const { name } = (await back(engine, vault)).backups[0]!
    const file = openSync(join(vault.folder, name), 'r+')
    writeSync(file, Buffer.from([0xff]), 0, 1, 3 * 4096 + 1000)
    closeSync(file)
    fillDisk(vault, 0)
    await expect(engine.verify(verifyRequest(vault, name), quietly())).rejects.toMatchObject({
      code: 'proof-failed',
    })
    rmSync(join(vault.folder, '.filler'))
    await expect(engine.verify(verifyRequest(vault, name), quietly())).rejects.toMatchObject({
      code: 'proof-failed',
    })
    expect((await engine.inspect(vault)).backups[0]?.backup.proven?.outcome).toBe('failed')
  })
})

describe('a folder that can not be written', () => {
  it('is named, the list still works, and the next run after it can be written succeeds', async (context) => {
    const { vault } = await tenantWithRows()
    mountDisk(context, vault, '8m')
    await back(engine, vault)
    const before = await remember(engine, vault)
    remount(vault, 'ro')
    await expect(back(engine, vault)).rejects.toMatchObject({
      code: 'folder-not-writable',
      hint: /right to write/,
    })
    const inspection = await engine.inspect(vault)
    expect(inspection.folder).toMatchObject({ exists: true, writable: false, sameDisk: false })
    expect(inspection.backups).toEqual(before.inspection.backups)
    await expect(engine.remove(vault, inspection.backups[0]!.backup.name, operation())).rejects.toMatchObject(
      {
        code: 'folder-not-writable',
      },
    )
    remount(vault, 'rw')
    await expectInvariants(engine, vault, before)
  })

  it('is named when it can not even be made', async (context) => {
    const { vault } = await tenantWithRows()
    const outer = { ...vault, folder: join(vault.root, 'outer') }
    mountDisk(context, outer, '1m')
    remount(outer, 'ro')
    const inner = { ...vault, folder: join(outer.folder, 'backups') }
    await expect(back(engine, inner)).rejects.toMatchObject({ code: 'folder-not-writable' })
    expect((await engine.inspect(inner)).folder).toMatchObject({ exists: false, writable: false })
    expect(readdirSync(outer.folder)).toEqual([])
  })
})

describe('a disk of its own', () => {
  it('is told apart from the disk of the databases', async (context) => {
    const { vault } = await tenantWithRows()
    expect((await engine.inspect(vault)).folder.sameDisk).toBe(true)
    mountDisk(context, vault, '8m')
    expect((await engine.inspect(vault)).folder).toMatchObject({ sameDisk: false, networkFileSystem: null })
    const { backups } = await back(engine, vault)
    expect(readFileSync(join(vault.folder, `${backups[0]!.name}.json`), 'utf8')).toContain('"proven"')
  })
})
