import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ArchiveEngine } from '../../src/engine/archiving.ts'
import type { Stage } from '../../src/engine/backup.ts'
import { deferred } from '../../src/engine/deferred.ts'
import {
  archivally,
  archive,
  archiveRequest,
  archiveRestoreRequest,
  holderOf,
  type Profile,
  profile,
  sharedArchiveEngine,
  staged,
  unpack,
} from '../support/archives.ts'
import { isAlive, startWatch, until } from '../support/processes.ts'
import { operation, sharedEngine } from '../support/tenant.ts'
import { pathsBelow, treeOf } from '../support/tree.ts'

const engine = sharedArchiveEngine({ sourceTimeoutMs: 20_000 })
const backups = sharedEngine()

/** Small files and a large one that packs quickly, so that there is time to interfere. */
async function sizable(): Promise<Profile> {
  const bytes = Buffer.from(Array.from({ length: 20_000 }, (_, index) => (index * index * 31) >> 3))
  const files = Object.fromEntries(Array.from({ length: 25 }, (_, count) => [`many/${count}.bin`, bytes]))
  return profile({ ...files, 'one.bin': Buffer.alloc(largeBytes) })
}

const largeBytes = 4 * 1024 * 1024

/** The same with a database for which the archive waits as long as somebody keeps it locked. */
async function locked(): Promise<Profile & { unlock(): void }> {
  const from = await sizable()
  const live = new Database(from.at('many/z.sqlite'))
  onTestFinished(() => void live.close())
  live.exec('CREATE TABLE notes (text TEXT); BEGIN EXCLUSIVE')
  return { ...from, unlock: () => void live.exec('COMMIT') }
}

/** What lies in the archives' folder besides our own records. */
const kept = ({ vault }: Profile) => readdirSync(vault.folder).filter((name) => !name.startsWith('.'))

/** Makes an archive and calls `act` once, as soon as something is being done at that stage. */
function makeUntil(
  from: Profile,
  stage: Stage,
  act: () => void,
  signal?: AbortSignal,
  by: ArchiveEngine = engine,
) {
  let acted = false
  return by.create(archiveRequest(from, { runId: 'interrupted' }), {
    ...archivally(signal && { signal }),
    onProgress(seen) {
      const measured = stage === 'archive' || stage === 'proof'
      if (acted || seen.stage !== stage || (measured && !seen.progress?.done)) return
      acted = true
      act()
    },
  })
}

describe('cancelling an archive', () => {
  it.each<Stage>(['waiting', 'checking', 'archive', 'proof'])(
    'at the stage %s ends within a second, with nothing left',
    async (stage) => {
      const from = await locked()
      if (stage !== 'archive') from.unlock()
      const before = pathsBelow(from.root)
      const controller = new AbortController()
      let sinceAbort = () => 0
      const made = makeUntil(
        from,
        stage,
        () => {
          sinceAbort = startWatch()
          controller.abort()
        },
        controller.signal,
      )
      await expect(made).rejects.toMatchObject({ code: 'cancelled' })
      expect(sinceAbort()).toBeLessThan(1_000)
      if (stage !== 'waiting') {
        expect(kept(from)).toEqual([])
        expect(staged(from.vault)).toEqual([])
        expect((await backups.inspect(from.vault)).runs[0]).toMatchObject({ status: 'cancelled' })
      }
      expect(pathsBelow(from.root)).toEqual(before)
      if (stage === 'archive') from.unlock()
      expect((await archive(engine, from)).backup.proven).toMatchObject({ outcome: 'passed' })
    },
  )

  it('kills a process that does not answer, and takes back what it had begun', async () => {
    const from = await sizable()
    const controller = new AbortController()
    let sinceAbort = () => 0
    let pid = 0
    const made = makeUntil(
      from,
      'archive',
      () => {
        pid = holderOf(from.vault)
        process.kill(pid, 'SIGSTOP')
        sinceAbort = startWatch()
        controller.abort()
      },
      controller.signal,
    )
    await expect(made).rejects.toMatchObject({ code: 'cancelled' })
    expect(sinceAbort()).toBeLessThan(1_200)
    await until(() => !isAlive(pid))
    await backups.reconcile(from.vault, { now: operation().now })
    expect(kept(from)).toEqual([])
    expect(staged(from.vault)).toEqual([])
  })
})

describe('a process that is killed', () => {
  /** The archive waits for it. */
  function holdDatabase(from: Profile): Database.Database {
    const live = new Database(from.at('many/z.sqlite'))
    live.exec('CREATE TABLE notes (text TEXT); BEGIN EXCLUSIVE')
    return live
  }

  it.each<Stage>(['archive', 'proof', 'publish', 'retention'])(
    'at the stage %s leaves whole archives and a run that says how it ended',
    async (stage) => {
      const from = await sizable()
      const { name } = (await archive(engine, from)).backup
      const held = stage === 'archive' ? holdDatabase(from) : null
      const outcome = await makeUntil(from, stage, () => process.kill(holderOf(from.vault), 'SIGKILL')).then(
        () => 'completed',
        ({ code }) => code,
      )
      held?.close()
      // On a crowded machine taking back may be left to whoever comes next.
      await backups.reconcile(from.vault, { now: operation().now })
      const early = stage === 'archive' || stage === 'proof'
      expect(early ? ['worker-crashed'] : ['worker-crashed', 'completed']).toContain(outcome)
      const { runs, backups: listed } = await backups.inspect(from.vault)
      expect(runs.find(({ id }) => id === 'interrupted')?.status).toBe(
        outcome === 'completed' ? 'completed' : 'failed',
      )
      expect(listed).toHaveLength(outcome === 'completed' ? 2 : 1)
      for (const { backup } of listed) expect(backup.proven).toMatchObject({ outcome: 'passed' })
      expect(listed.at(-1)?.backup.name).toBe(name)
      expect(staged(from.vault)).toEqual([])
    },
  )

  it('while it restores leaves every file wholly old or wholly new, and the next call finishes', async () => {
    const from = await sizable()
    const restored = treeOf(from.root)
    const { name } = (await archive(engine, from)).backup
    for (const path of pathsBelow(from.root)) if (path.endsWith('.bin')) writeFileSync(from.at(path), 'old')
    let killed = false
    const run = engine.restore(archiveRestoreRequest(from, { listed: name }), {
      ...archivally(),
      onProgress({ stage, progress }) {
        if (killed || stage !== 'unpack' || (progress?.done ?? 0) < 1_000_000) return
        killed = true
        process.kill(holderOf(from.vault), 'SIGKILL')
      },
    })
    await expect(run).rejects.toMatchObject({ code: 'worker-crashed' })
    expect(pathsBelow(from.root).filter((path) => path.includes('.restoring'))).toEqual([])
    for (const path of pathsBelow(from.root)) {
      if (!path.endsWith('.bin')) continue
      const { length } = readFileSync(from.at(path))
      expect([3, path === 'one.bin' ? largeBytes : 20_000]).toContain(length)
    }
    await unpack(engine, from, { listed: name })
    expect(treeOf(from.root)).toEqual(restored)
    expect(readdirSync(from.vault.folder).filter((one) => one.startsWith('.unpack'))).toEqual([])
  })

  it('is put in order by the next run when nobody else did', async () => {
    const from = await sizable()
    const { name } = (await archive(engine, from)).backup
    mkdirSync(from.at('.restoring-0000dead/deep'), { recursive: true })
    writeFileSync(from.at('.restoring-0000dead/1'), 'half')
    const staging = [from.at('.restoring-0000dead')]
    writeFileSync(
      join(from.vault.folder, '.unpack-files.json'),
      JSON.stringify({ formatVersion: 1, kind: 'directory', staging }),
    )
    await unpack(engine, from, { listed: name })
    expect(pathsBelow(from.root).filter((path) => path.includes('.restoring'))).toEqual([])
  })

  it('takes no folder for its own that a journal names and that is none of ours', async () => {
    const from = await profile({ 'a.txt': 'a', 'precious/b.txt': 'b' })
    mkdirSync(from.vault.folder)
    writeFileSync(
      join(from.vault.folder, '.unpack-files.json'),
      JSON.stringify({ formatVersion: 1, kind: 'directory', staging: [from.at('precious')] }),
    )
    await expect(archive(engine, from)).rejects.toMatchObject({ code: 'folder-unsafe' })
    expect(readFileSync(from.at('precious/b.txt'), 'utf8')).toBe('b')
  })
})

it('lets one archive run work in a folder at a time, and a patient one wait', async () => {
  const from = await locked()
  const begun = deferred<void>()
  const first = makeUntil(from, 'archive', begun.resolve)
  await begun.promise
  await expect(archive(engine, from)).rejects.toMatchObject({ code: 'busy' })
  const patient = archive(engine, from, { patient: true })
  from.unlock()
  await Promise.all([first, patient])
  expect(kept(from).filter((name) => name.endsWith('.zip'))).toHaveLength(2)
})

describe('a disk without space', () => {
  function mountDisk(from: Profile, size: string): string | null {
    mkdirSync(from.vault.folder)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', from.vault.folder], {
        stdio: 'pipe',
      })
    } catch (error) {
      return `NOT RUN: a file system can't be mounted here: ${error}`
    }
    onTestFinished(() => void execFileSync('umount', ['-l', from.vault.folder]))
    return null
  }

  it('is noticed beforehand, with the bytes that are needed and free', async (context) => {
    const from = await sizable()
    const missing = mountDisk(from, '3m')
    if (missing !== null) context.skip(missing)
    await expect(archive(engine, from)).rejects.toMatchObject({
      code: 'disk-full',
      details: { neededBytes: expect.any(Number), freeBytes: expect.any(Number) },
    })
    expect(kept(from)).toEqual([])
  })

  it('that fills up meanwhile fails the run, with nothing left of it', async (context) => {
    const from = await sizable()
    const missing = mountDisk(from, '16m')
    if (missing !== null) context.skip(missing)
    const made = makeUntil(from, 'archive', () => {
      const pid = holderOf(from.vault)
      process.kill(pid, 'SIGSTOP')
      const { bavail, bsize } = statfsSync(from.vault.folder)
      writeFileSync(join(from.vault.folder, '.filler'), Buffer.alloc(bavail * bsize))
      process.kill(pid, 'SIGCONT')
    })
    await expect(made).rejects.toMatchObject({ code: 'disk-full' })
    expect(kept(from)).toEqual([])
    expect(staged(from.vault)).toEqual([])
  })
})
