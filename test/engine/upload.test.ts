import { randomUUID } from 'node:crypto'
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Vault } from '../../src/engine/engine.ts'
import { BackupError } from '../../src/engine/errors.ts'
import type { UploadOrder } from '../../src/engine/uploading.ts'
import { admin, back, fill, openLive, quietly, sharedEngine, startEngine, tenant } from '../support/tenant.ts'
import { databaseBytes, importRequest, pieces, unlimited, uploadOrder } from '../support/uploads.ts'

const engine = sharedEngine()
const calm = new AbortController().signal
const code = (expected: string) => expect.objectContaining({ code: expected })
const hour = 60 * 60 * 1000

async function sent(vault: Vault, bytes: Buffer, more: Partial<UploadOrder> = {}): Promise<string> {
  const { id } = await engine.beginUpload(vault, uploadOrder(bytes, more))
  const received = await engine.receive(vault, id, { offset: 0, bytes: pieces(bytes), signal: calm })
  expect(received).toEqual({ offset: bytes.length, error: null })
  return id
}

const folderOf = (vault: Vault) => join(vault.folder, '.uploads')
const leftIn = (vault: Vault) => (existsSync(folderOf(vault)) ? readdirSync(folderOf(vault)) : [])
const listed = async (vault: Vault) => (await engine.inspect(vault)).backups.map(({ backup }) => backup)
const later = (ms: number) => new Date(Date.now() + ms).toISOString()

describe('an upload', () => {
  it('becomes an imported backup with a sidecar, checked and not proven', async () => {
    const vault = await tenant()
    const bytes = await databaseBytes()
    const id = await sent(vault, bytes, { fileName: 'Kundendaten ä.sqlite' })
    const backup = await engine.importUpload(importRequest(vault, id), quietly())
    expect(backup).toMatchObject({
      database: 'main',
      runId: id,
      trigger: 'imported',
      proven: null,
      checked: { outcome: 'passed' },
      createdBy: admin!.name,
      note: 'Kundendaten ä.sqlite',
      sizeBytes: bytes.length,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(backup!.name).toMatch(/^main_\d{8}_\d{6}Z\.sqlite$/)
    expect(readFileSync(join(vault.folder, backup!.name)).equals(bytes)).toBe(true)
    expect(await listed(vault)).toEqual([backup])
    expect(leftIn(vault)).toEqual([])
    const { rowCounts, sequence } = JSON.parse(
      readFileSync(join(vault.folder, `${backup!.name}.json`), 'utf8'),
    )
    expect([rowCounts, sequence]).toEqual([{ notes: 200 }, 0])
    expect(await engine.outbox(vault)).toEqual([
      expect.objectContaining({ id, action: 'backup.upload', outcome: 'success', target: backup!.name }),
    ])
  })

  it('takes the time and the database from a name of ours, unless another is chosen', async () => {
    const vault = await tenant('first', 'second')
    const bytes = await databaseBytes(3)
    const one = await sent(vault, bytes, { fileName: 'second_20250102_030405Z.sqlite' })
    const told = await engine.importUpload(importRequest(vault, one), quietly())
    expect(told).toMatchObject({
      name: 'second_20250102_030405Z.sqlite',
      database: 'second',
      createdAt: '2025-01-02T03:04:05.000Z',
    })
    const two = await sent(vault, bytes, { fileName: 'second_20990102_030405Z.sqlite', database: 'first' })
    const chosen = await engine.importUpload(importRequest(vault, two), quietly())
    expect(chosen!.database).toBe('first')
    expect(Date.parse(chosen!.createdAt)).toBeLessThan(Date.now() + hour)
    const three = await sent(vault, bytes, { fileName: 'nobody knows.db' })
    const unknown = await engine.importUpload(importRequest(vault, three), quietly())
    expect([unknown!.database, unknown!.name]).toEqual([
      '',
      expect.stringMatching(/^nobody knows_\d{8}_\d{6}Z\.sqlite$/),
    ])
  })

  it.each(['../../evil', '/etc/passwd', '.lock', 'a\0b\nc', 'x'.repeat(3000), '\u202Egpj.sqlite', ''])(
    'never makes a path of the name %j',
    async (fileName) => {
      const vault = await tenant('one', 'two')
      const id = await sent(vault, await databaseBytes(3), { fileName })
      const backup = await engine.importUpload(importRequest(vault, id), quietly())
      expect(backup!.name).toMatch(/^[^./\0\n\u202E][^/\0\n\u202E]{0,200}\.sqlite$/)
      expect(
        readdirSync(vault.folder)
          .filter((name) => !name.startsWith('.'))
          .sort(),
      ).toEqual([backup!.name, `${backup!.name}.json`].sort())
    },
  )

  it('goes on wherever it was cut off', async () => {
    const vault = await tenant()
    const bytes = await databaseBytes(400)
    const { id } = await engine.beginUpload(vault, uploadOrder(bytes))
    for (let at = 0; at < bytes.length; at += 64 * 1024) {
      const cut = (async function* () {
        yield bytes.subarray(at, at + 64 * 1024)
        if (at + 64 * 1024 < bytes.length) throw new Error('the sender went away')
      })()
      const end = Math.min(bytes.length, at + 64 * 1024)
      expect(await engine.receive(vault, id, { offset: at, bytes: cut, signal: calm })).toEqual({
        offset: end,
        error: null,
      })
      expect((await engine.uploads(vault)).map(({ offset }) => offset)).toEqual([end])
      expect(await listed(vault)).toEqual([])
    }
    const backup = await engine.importUpload(importRequest(vault, id), quietly())
    expect(readFileSync(join(vault.folder, backup!.name)).equals(bytes)).toBe(true)
  })

  it('is refused when it is damaged, and nothing of it is kept', async () => {
    const vault = await tenant()
    const bytes = await databaseBytes()
    bytes.fill(7, 3 * 4096, 4 * 4096)
    const id = await sent(vault, bytes)
    await expect(engine.importUpload(importRequest(vault, id), quietly())).rejects.toEqual(
      code('upload-refused'),
    )
    expect([await listed(vault), leftIn(vault)]).toEqual([[], []])
    expect(await engine.outbox(vault)).toEqual([expect.objectContaining({ id, outcome: 'failure' })])
    expect((await engine.inspect(vault)).runs).toEqual([
      expect.objectContaining({ id, kind: 'upload', status: 'failed' }),
    ])
  })

  it('is taken from its own offset only, and by one sender at a time', async () => {
    const vault = await tenant()
    const bytes = await databaseBytes()
    const { id } = await engine.beginUpload(vault, uploadOrder(bytes))
    await expect(
      engine.receive(vault, id, { offset: 1, bytes: pieces(bytes), signal: calm }),
    ).rejects.toMatchObject({
      code: 'wrong-offset',
      details: { offset: 0 },
    })
    const first = engine.receive(vault, id, { offset: 0, bytes: pieces(bytes), signal: calm })
    await expect(
      engine.receive(vault, id, { offset: 0, bytes: pieces(bytes), signal: calm }),
    ).rejects.toEqual(code('upload-locked'))
    await expect(
      engine.dropUpload(vault, id, {
        now: later(0),
        actor: admin,
        error: new BackupError('cancelled', '', { hint: '' }),
      }),
    ).rejects.toEqual(code('upload-locked'))
    expect((await first).offset).toBe(bytes.length)
  })

  it('takes no more bytes than were announced', async () => {
    const vault = await tenant()
    const bytes = await databaseBytes()
    const { id } = await engine.beginUpload(vault, uploadOrder({ length: 100_000 }))
    const { error, offset } = await engine.receive(vault, id, {
      offset: 0,
      bytes: pieces(bytes),
      signal: calm,
    })
    expect([error?.code, offset]).toEqual(['upload-too-large', 0])
  })

  it('ends when its sender says nothing, keeping what has come', async () => {
    const impatient = startEngine({ uploadIdleMs: 200 })
    const vault = await tenant()
    const bytes = await databaseBytes()
    const { id } = await impatient.beginUpload(vault, uploadOrder(bytes))
    const silent = (async function* () {
      yield bytes.subarray(0, 5000)
      await new Promise(() => {})
    })()
    expect(await impatient.receive(vault, id, { offset: 0, bytes: silent, signal: calm })).toEqual({
      offset: 5000,
      error: null,
    })
  })

  it('is checked again by the next start when the application stops in the middle of its check', async () => {
    const vault = await tenant()
    const id = await sent(vault, await databaseBytes())
    const stop = new AbortController()
    const stopped = new BackupError('cancelled', 'Stopping', {
      hint: '',
      details: { by: 'host', stopping: 1 },
    })
    const options = quietly({
      signal: stop.signal,
      onProgress: ({ stage }) => stage === 'proof' && stop.abort(stopped),
    })
    expect(await engine.importUpload(importRequest(vault, id), options)).toBeNull()
    await engine.reconcile(vault, { now: later(0) })
    expect([(await engine.uploads(vault)).length, await engine.outbox(vault)]).toEqual([1, []])
    expect(await engine.importUpload(importRequest(vault, id), quietly())).toMatchObject({ runId: id })
    expect(await engine.outbox(vault)).toEqual([expect.objectContaining({ id, outcome: 'success' })])
  })

  it('is gone when its check is cancelled', async () => {
    const vault = await tenant()
    const id = await sent(vault, await databaseBytes())
    const by = new AbortController()
    const options = quietly({
      signal: by.signal,
      onProgress: ({ stage }) =>
        stage === 'proof' && by.abort(new BackupError('cancelled', 'No', { hint: '' })),
    })
    await expect(engine.importUpload(importRequest(vault, id), options)).rejects.toEqual(code('cancelled'))
    expect([await listed(vault), leftIn(vault)]).toEqual([[], []])
    expect(await engine.outbox(vault)).toEqual([expect.objectContaining({ id, outcome: 'cancelled' })])
  })
})

describe('room for uploads', () => {
  it('is limited by what the operator allows', async () => {
    const vault = await tenant()
    const bytes = await databaseBytes()
    const begin = (limits: Partial<typeof unlimited>) =>
      engine.beginUpload(
        vault,
        uploadOrder(bytes, { limits: { ...unlimited, ...limits } as typeof unlimited }),
      )
    const limit = (limits: object) => begin(limits as never)
    await expect(limit({ maxUploadBytes: bytes.length - 1 })).rejects.toEqual(code('upload-too-large'))
    await expect(limit({ maxBytes: bytes.length - 1 })).rejects.toEqual(code('limit-reached'))
    await expect(limit({ maxCount: 0 })).rejects.toEqual(code('limit-reached'))
    await expect(engine.beginUpload(vault, uploadOrder({ length: 1e15 }))).rejects.toEqual(code('disk-full'))
    expect(leftIn(vault)).toEqual([])
  })

  it('is given to five at a time, also when all ask at once', async () => {
    const vault = await tenant()
    const begun = await Promise.allSettled(
      Array.from({ length: 9 }, () => engine.beginUpload(vault, uploadOrder({ length: 1000 }))),
    )
    expect(begun.filter(({ status }) => status === 'fulfilled')).toHaveLength(5)
    for (const one of begun)
      if (one.status === 'rejected') expect(one.reason).toEqual(code('too-many-uploads'))
  })

  it('comes back when uploads are older than a day, with one audit entry each', async () => {
    const vault = await tenant()
    const old = await Promise.all(
      [1, 2].map(() => engine.beginUpload(vault, uploadOrder({ length: 1000 }, { now: later(-25 * hour) }))),
    )
    const young = await engine.beginUpload(vault, uploadOrder({ length: 1000 }, { now: later(-23 * hour) }))
    const now = await engine.beginUpload(vault, uploadOrder({ length: 1000 }))
    expect((await engine.uploads(vault)).map(({ id }) => id)).toEqual([young.id, now.id])
    expect((await engine.outbox(vault)).map(({ id, outcome }) => [id, outcome]).sort()).toEqual(
      old.map(({ id }) => [id, 'failure']).sort(),
    )
    await engine.reconcile(vault, { now: later(2 * hour) })
    expect(leftIn(vault).sort()).toEqual([now.id, `${now.id}.json`])
    expect(await engine.outbox(vault)).toHaveLength(3)
  })

  it('is swept by a run, whatever lies there, without following anything', async () => {
    const vault = await tenant()
    const live = openLive(vault.databases[0]!.path)
    fill(live, 20)
    const kept = await engine.beginUpload(vault, uploadOrder({ length: 1000 }))
    const outside = join(vault.root, 'outside')
    mkdirSync(outside)
    writeFileSync(join(outside, 'precious'), 'x')
    symlinkSync(outside, join(folderOf(vault), randomUUID()))
    linkSync(vault.databases[0]!.path, join(folderOf(vault), randomUUID()))
    mkdirSync(join(folderOf(vault), `${randomUUID()}.json`))
    writeFileSync(join(folderOf(vault), `${randomUUID()}.json`), '{"formatVersion":1}')
    await back(engine, vault)
    expect(leftIn(vault).sort()).toEqual([kept.id, `${kept.id}.json`].sort())
    expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('x')
    expect(statSync(vault.databases[0]!.path).nlink).toBe(1)
  })
})

describe('what lies in place of an upload', () => {
  async function begun() {
    const vault = await tenant()
    const live = openLive(vault.databases[0]!.path)
    fill(live, 20)
    const bytes = await databaseBytes(3)
    const { id } = await engine.beginUpload(vault, uploadOrder(bytes))
    const path = join(folderOf(vault), id)
    return { vault, live, id, path, bytes }
  }

  const plants: Readonly<Record<string, (path: string, target: string) => void>> = {
    'a hard link of the live database': (path, target) => linkSync(target, path),
    'a link to the live database': (path, target) => symlinkSync(target, path),
    'a folder': (path) => mkdirSync(path),
    'another file': (path) => {
      // Made before the first is gone for good, or it would be given the same number.
      writeFileSync(`${path}-2`, '')
      renameSync(`${path}-2`, path)
    },
    nothing: (path) => unlinkSync(path),
  }

  it.each(Object.entries(plants))('%s is neither written, published nor kept', async (what, plant) => {
    const { vault, live, id, path, bytes } = await begun()
    const target = vault.databases[0]!.path
    const before = readFileSync(target)
    if (what.startsWith('a ')) unlinkSync(path)
    plant(path, target)
    const planted = lstatSync(path, { throwIfNoEntry: false })?.ino
    await expect(
      engine.receive(vault, id, { offset: 0, bytes: pieces(bytes), signal: calm }),
    ).rejects.toEqual(code('not-found'))
    await expect(engine.importUpload(importRequest(vault, id), quietly())).rejects.toEqual(code('not-found'))
    expect(readFileSync(target).equals(before)).toBe(true)
    expect(await listed(vault)).toEqual([])
    expect(live.prepare('SELECT count(*) AS n FROM rows').get()).toEqual({ n: 20 })
    if (planted !== undefined && existsSync(path)) expect(lstatSync(path).ino).not.toBe(statSync(target).ino)
  })

  it('a link in place of the folder is refused and not followed', async () => {
    const { vault, id, bytes } = await begun()
    const elsewhere = join(vault.root, 'elsewhere')
    renameSync(folderOf(vault), elsewhere)
    symlinkSync(elsewhere, folderOf(vault))
    await expect(engine.beginUpload(vault, uploadOrder(bytes))).rejects.toEqual(code('folder-unsafe'))
    await expect(engine.uploads(vault)).rejects.toEqual(code('folder-unsafe'))
    expect(statSync(join(elsewhere, id)).size).toBe(0)
    rmSync(folderOf(vault))
  })

  it('that is swapped in at the last moment is not written to: the receiving process compares what it opened', async () => {
    const { vault, id, path, bytes } = await begun()
    const target = vault.databases[0]!.path
    const before = readFileSync(target)
    const { receive } = await import('../../src/engine/receiver/receive.ts')
    const job = { path, identity: '1:1', offset: 0, mostBytes: null, spareBytes: 0 }
    unlinkSync(path)
    linkSync(target, path)
    const { error } = await receive(job, { bytes: pieces(bytes), signal: calm, idleMs: 5000 })
    expect(error?.code).toBe('folder-unsafe')
    expect(readFileSync(target).equals(before)).toBe(true)
    expect(id).toBeTruthy()
  })
})
