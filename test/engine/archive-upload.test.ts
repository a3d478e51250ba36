import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createArchiveEngine } from '../../src/engine/archive-engine.ts'
import { openZip } from '../../src/engine/archives/zip/zip-reader.ts'
import { checkUp } from '../../src/engine/archiving/check-up.ts'
import type { ArchiveImportRequest } from '../../src/engine/archiving.ts'
import type { Vault } from '../../src/engine/engine.ts'
import { BackupError } from '../../src/engine/errors.ts'
import type { UploadOrder } from '../../src/engine/uploading.ts'
import {
  archivally,
  archive,
  type Profile,
  profile,
  sharedArchiveEngine,
  staged,
  unpack,
} from '../support/archives.ts'
import { good, hostileUploads, noise, withManifest } from '../support/hostile-uploads.ts'
import { admin, keepAll, sharedEngine, tempFolder, tenant, verifyRequest } from '../support/tenant.ts'
import { importRequest, pieces, uploadOrder } from '../support/uploads.ts'

const vaults = sharedEngine()
const archives = sharedArchiveEngine()
const calm = new AbortController().signal
const mebibyte = 1024 * 1024
const code = (expected: string) => expect.objectContaining({ code: expected })

async function sent(vault: Vault, bytes: Buffer, more: Partial<UploadOrder> = {}): Promise<string> {
  const { id } = await vaults.beginUpload(vault, uploadOrder(bytes, { fileName: 'from.zip', ...more }))
  const received = await vaults.receive(vault, id, { offset: 0, bytes: pieces(bytes), signal: calm })
  expect(received).toEqual({ offset: bytes.length, error: null })
  return id
}

/** As if it had been sent: the bytes lie in the very file that was made for them. */
async function laid(vault: Vault, bytes: Buffer): Promise<string> {
  const { id } = await vaults.beginUpload(vault, uploadOrder(bytes, { fileName: 'from.zip' }))
  writeFileSync(join(vault.folder, '.uploads', id), bytes)
  return id
}

const asked = (vault: Vault, id: string, more: Partial<ArchiveImportRequest> = {}): ArchiveImportRequest => ({
  ...importRequest(vault, id),
  profileId: 'enterprise',
  ...more,
})

const taken = async (vault: Vault, bytes: Buffer) => {
  const backup = await archives.importUpload(asked(vault, await laid(vault, bytes)), archivally())
  if (backup === null) throw new Error('It was parked')
  return backup
}
const leftIn = ({ folder }: Vault) =>
  existsSync(join(folder, '.uploads')) ? readdirSync(join(folder, '.uploads')) : []
const shownIn = ({ folder }: Vault) =>
  readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .sort()
const listed = async (vault: Vault) => (await vaults.inspect(vault)).backups.map(({ backup }) => backup)

/** A profile, and the bytes of an archive that was made of it. */
async function made(): Promise<{ from: Profile; bytes: Buffer; name: string }> {
  const from = await profile({ 'app.ini': 'name = demo\n', 'deep/list.txt': 'x'.repeat(90_000), empty: null })
  const { backup } = await archive(archives, from)
  return { from, bytes: readFileSync(join(from.vault.folder, backup.name)), name: backup.name }
}

describe('an archive that is uploaded', () => {
  it('is listed as imported under a name of its own: checked, and never proven', async () => {
    const { bytes } = await made()
    const to = await profile({})
    const id = await sent(to.vault, bytes, { fileName: '../../Sicherung ä.zip' })
    const stages = new Set<string>()
    const progress: number[] = []
    const backup = await archives.importUpload(
      asked(to.vault, id),
      archivally({
        onProgress({ stage, progress: now }) {
          stages.add(String(stage))
          if (stage === 'proof' && now) progress.push(now.done)
        },
      }),
    )
    expect(backup).toMatchObject({
      name: expect.stringMatching(/^imported_\d{8}_\d{6}Z\.zip$/),
      database: 'enterprise',
      runId: id,
      trigger: 'imported',
      proven: null,
      checked: { outcome: 'passed' },
      createdBy: admin!.name,
      note: '../../Sicherung ä.zip',
      sizeBytes: bytes.length,
      appVersion: '1.0.0',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect([...stages]).toEqual(['waiting', 'checking', 'proof', 'publish'])
    expect(progress.at(-1)).toBe(bytes.length)
    expect(readFileSync(join(to.vault.folder, backup!.name)).equals(bytes)).toBe(true)
    expect([await listed(to.vault), leftIn(to.vault), staged(to.vault)]).toEqual([[backup], [], []])
    const sidecar = JSON.parse(readFileSync(join(to.vault.folder, `${backup!.name}.json`), 'utf8'))
    expect(sidecar).toMatchObject({
      sequence: 0,
      snapshot: null,
      archive: { content: 'everything', entries: 5, sources: [{ id: 'files', kind: 'directory' }] },
    })
    expect(await vaults.outbox(to.vault)).toEqual([
      expect.objectContaining({ id, action: 'backup.upload', outcome: 'success', target: backup!.name }),
    ])
  })

  it('bears the time at which it was made, unless that is still to come, and no name twice', async () => {
    const to = await profile({})
    const names = []
    for (const createdAt of ['2026-01-01T00:00:00.000Z', '2026-01-01T01:00:00+01:00', '2999-01-01T00:00:00Z'])
      names.push((await taken(to.vault, withManifest([good], { head: { createdAt } }))).name)
    expect(names).toEqual([
      'imported_20260101_000000Z.zip',
      'imported_20260101_000000Z-2.zip',
      expect.stringMatching(/^imported_20\d{6}_\d{6}Z\.zip$/),
    ])
    expect(names[2]! < 'imported_2990').toBe(true)
  })

  it('believes no version that is none', async () => {
    const to = await profile({})
    const appVersion = '<script>\u202e'
    expect((await taken(to.vault, withManifest([good], { head: { appVersion } }))).appVersion).toBeNull()
  })

  it('is proved again and stays checked, and is found damaged when it is', async () => {
    const { bytes } = await made()
    const to = await profile({})
    const { name } = await taken(to.vault, bytes)
    expect(await archives.verify(verifyRequest(to.vault, name), archivally())).toMatchObject({
      proven: null,
      checked: { outcome: 'passed' },
    })
    const path = join(to.vault.folder, name)
    const changed = Buffer.from(bytes)
    changed[40] = (changed[40] ?? 0) ^ 1
    writeFileSync(path, changed)
    await expect(archives.verify(verifyRequest(to.vault, name), archivally())).rejects.toEqual(
      code('proof-failed'),
    )
    expect(await listed(to.vault)).toEqual([
      expect.objectContaining({ proven: null, checked: expect.objectContaining({ outcome: 'failed' }) }),
    ])
  })

  it('is restored into an empty folder as any other', async () => {
    const { from, bytes } = await made()
    const to = await profile({})
    const { name } = await taken(to.vault, bytes)
    await unpack(archives, to, { listed: name })
    const paths = (root: string) => readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()
    expect(paths(to.root)).toEqual(paths(from.root))
    expect(readFileSync(join(to.root, 'deep/list.txt'), 'utf8')).toBe('x'.repeat(90_000))
  })

  it('is not counted by retention, neither as kept nor as what may go', async () => {
    const { from, bytes, name } = await made()
    const imported = await taken(from.vault, bytes)
    const retention = { ...keepAll, maxCount: 1 }
    const { backup, removed } = await archive(archives, from, { retention })
    expect(removed.map((one) => one.name)).toEqual([name])
    expect((await listed(from.vault)).map((one) => one.name).sort()).toEqual(
      [backup.name, imported.name].sort(),
    )
  })

  it('goes on wherever it was cut off, and nothing is listed meanwhile', async () => {
    const { vault } = await profile({})
    const bytes = withManifest([{ name: 'files/noise', content: noise(250_000) }])
    const { id } = await vaults.beginUpload(vault, uploadOrder(bytes))
    const step = 64 * 1024
    expect(bytes.length).toBeGreaterThan(3 * step)
    for (let at = 0; at < bytes.length; at += step) {
      const end = Math.min(bytes.length, at + step)
      const cut = (async function* () {
        yield bytes.subarray(at, end)
        if (end < bytes.length) throw new Error('the sender went away')
      })()
      expect(await vaults.receive(vault, id, { offset: at, bytes: cut, signal: calm })).toEqual({
        offset: end,
        error: null,
      })
      expect([await listed(vault), shownIn(vault)]).toEqual([[], []])
    }
    expect(await archives.importUpload(asked(vault, id), archivally())).toMatchObject({ runId: id })
  })

  it('stops before the disk is full, and goes on when there is room', async (context) => {
    const { vault } = await profile({})
    mkdirSync(vault.folder)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', vault.folder], { stdio: 'pipe' })
    } catch (error) {
      context.skip(`NOT RUN: a file system can't be mounted here: ${error}`)
    }
    onTestFinished(() => void execFileSync('umount', ['-l', vault.folder]))
    const bytes = withManifest([
      { name: 'files/large', method: 0, content: Buffer.alloc(20 * mebibyte, 'large') },
    ])
    const { id } = await vaults.beginUpload(vault, uploadOrder(bytes))
    const filler = join(vault.folder, '.filler')
    const { bavail, bsize } = statfsSync(vault.folder)
    writeFileSync(filler, Buffer.alloc(bavail * bsize - 40 * mebibyte))
    const { offset, error } = await vaults.receive(vault, id, {
      offset: 0,
      bytes: pieces(bytes),
      signal: calm,
    })
    expect([error?.code, offset, await listed(vault)]).toEqual(['disk-full', 16 * mebibyte, []])
    rmSync(filler)
    const rest = { offset, bytes: pieces(bytes.subarray(offset)), signal: calm }
    expect(await vaults.receive(vault, id, rest)).toEqual({ offset: bytes.length, error: null })
    expect(await archives.importUpload(asked(vault, id), archivally())).toMatchObject({ runId: id })
  })

  it('is checked again by the next start when the application stops in the middle of its check', async () => {
    const { vault } = await profile({})
    const id = await laid(vault, withManifest([good]))
    const stop = new AbortController()
    const details = { by: 'host', stopping: 1 }
    const options = archivally({
      signal: stop.signal,
      onProgress: ({ stage }) =>
        stage === 'proof' && stop.abort(new BackupError('cancelled', 'Stopping', { hint: '', details })),
    })
    expect(await archives.importUpload(asked(vault, id), options)).toBeNull()
    await vaults.reconcile(vault, { now: new Date().toISOString() })
    expect([(await vaults.uploads(vault)).length, await vaults.outbox(vault), shownIn(vault)]).toEqual([
      1,
      [],
      [],
    ])
    expect(await archives.importUpload(asked(vault, id), archivally())).toMatchObject({ runId: id })
    expect(await vaults.outbox(vault)).toEqual([expect.objectContaining({ id, outcome: 'success' })])
  })

  it('is gone when its check is cancelled', async () => {
    const { vault } = await profile({})
    const id = await laid(vault, withManifest([good]))
    const by = new AbortController()
    const options = archivally({
      signal: by.signal,
      onProgress: ({ stage }) =>
        stage === 'proof' && by.abort(new BackupError('cancelled', 'No', { hint: '' })),
    })
    await expect(archives.importUpload(asked(vault, id), options)).rejects.toEqual(code('cancelled'))
    expect([await listed(vault), leftIn(vault), shownIn(vault)]).toEqual([[], [], []])
    expect(await vaults.outbox(vault)).toEqual([expect.objectContaining({ id, outcome: 'cancelled' })])
  })

  it('is refused when its check takes longer than it may', async () => {
    const impatient = createArchiveEngine({ hostileMs: 1 })
    onTestFinished(() => impatient.close())
    const { vault } = await profile({})
    const id = await laid(vault, withManifest([good]))
    await expect(impatient.importUpload(asked(vault, id), archivally())).rejects.toMatchObject({
      code: 'upload-refused',
      details: { kind: 'limits' },
    })
    expect([await listed(vault), leftIn(vault)]).toEqual([[], []])
  })

  it('is not published when another file lies in its place by then', async () => {
    const { vault } = await profile({})
    const bytes = withManifest([good])
    const id = await sent(vault, bytes)
    const path = join(vault.folder, '.uploads', id)
    const swap = () => {
      writeFileSync(`${path}-2`, bytes)
      renameSync(`${path}-2`, path)
    }
    let swapped = false
    const options = archivally({
      onProgress({ stage, progress }) {
        if (stage !== 'proof' || progress?.done !== bytes.length || swapped) return
        swapped = true
        swap()
      },
    })
    await expect(archives.importUpload(asked(vault, id), options)).rejects.toEqual(code('not-found'))
    expect([swapped, await listed(vault)]).toEqual([true, []])
  })

  it('is nothing for the folder of a tenant', async () => {
    const vault = await tenant()
    await vaults.beginUpload(vault, uploadOrder({ length: 10 }))
    await expect(archives.importUpload(asked(vault, 'none'), archivally())).rejects.toEqual(
      code('invalid-request'),
    )
  })
})

/** One of each kind takes the whole way: every one costs a process. */
const sample = hostileUploads.filter(({ name }) =>
  [
    'a path that climbs',
    'a link and a file beneath it',
    'a device',
    'one path twice',
    'an entry that is encrypted',
    'a bomb that states a small size',
    'a checksum of something else',
    'a manifest with another hash',
    'sizes that add up to more than a number can be',
    'a manifest of one endless line',
    'no manifest',
    'a manifest of a later version',
    'no bytes',
    'a database',
  ].includes(name),
)

describe('an upload that does harm', () => {
  it('comes in more than thirty kinds, of which more than a dozen are uploaded', () => {
    expect(new Set(hostileUploads.map(({ name }) => name)).size).toBe(hostileUploads.length)
    expect([hostileUploads.length > 30, sample.length]).toEqual([true, 14])
  })

  it.each(hostileUploads)('with $name is found out', async ({ bytes, kind }) => {
    const path = join(await tempFolder(), 'hostile.zip')
    writeFileSync(path, bytes())
    const found = await checkUp(path, openZip)
    const { refused, error } = found as { refused?: { kind: string; why: string }; error?: { code: string } }
    const begins = readFileSync(path).subarray(0, 2).toString()
    // What doesn't even begin like an archive is refused before anybody looks into it.
    expect(refused?.kind ?? error?.code).toBe(begins === 'PK' ? kind : 'damaged-archive')
  })

  it.each(sample)('with $name is refused, and nothing of it is kept', async ({ bytes, kind }) => {
    const { vault, root } = await profile({ 'outside.txt': 'untouched' })
    const before = readdirSync(join(root, '..'), { recursive: true, encoding: 'utf8' })
    const id = await laid(vault, bytes())
    const refusal = await archives.importUpload(asked(vault, id), archivally()).catch((error) => error)
    expect(refusal).toBeInstanceOf(BackupError)
    expect(refusal.code === 'upload-refused' ? refusal.details.kind : refusal.code).toBe(kind)
    expect(refusal.message).not.toMatch(/\p{C}|\.ts:|\/tmp\//u)
    expect([await listed(vault), leftIn(vault), staged(vault), shownIn(vault)]).toEqual([[], [], [], []])
    const after = readdirSync(join(root, '..'), { recursive: true, encoding: 'utf8' })
    expect(after.filter((name) => !name.startsWith('archives'))).toEqual(before)
    expect(await vaults.outbox(vault)).toEqual([
      expect.objectContaining({ id, action: 'backup.upload', outcome: 'failure' }),
    ])
    expect((await vaults.inspect(vault)).runs).toEqual([
      expect.objectContaining({ id, kind: 'upload', status: 'failed' }),
    ])
  })

  it('is one without a manifest even when every program can open it', async () => {
    const { vault, root } = await profile({ 'app.ini': 'x' })
    const path = join(root, '../foreign.zip')
    execFileSync('zip', ['-qr', path, '.'], { cwd: root })
    await expect(taken(vault, readFileSync(path))).rejects.toMatchObject({
      code: 'upload-refused',
      details: { kind: 'no-manifest', wanted: 'archive' },
    })
  })
})
