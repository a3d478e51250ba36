import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { zipFormat } from '../../src/engine/archives/zip/zip-format.ts'
import type { Manifest } from '../../src/engine/archiving.ts'
import {
  archivally,
  archive,
  archiveRequest,
  type Profile,
  profile,
  sharedArchiveEngine,
  unpack,
} from '../support/archives.ts'
import { admin, keepAll, operation, sharedEngine, tempFolder, tenant } from '../support/tenant.ts'

const engine = sharedArchiveEngine()
const backups = sharedEngine()
const never = new AbortController().signal

const files = { 'readme.txt': 'read me', 'data/a.bin': Buffer.alloc(200_000, 'abc'), 'scrap.tmp': 'x' }
const listed = async ({ vault }: Profile) =>
  (await backups.inspect(vault)).backups.map(({ backup }) => backup.name)

function manifestOf(path: string): Manifest {
  const { stdout } = spawnSync('unzip', ['-p', path, 'manifest.json'], { encoding: 'utf8' })
  return JSON.parse(stdout)
}

describe('an archive', () => {
  it('is a ZIP that any unzip opens, with a manifest as its last entry, and proven', async () => {
    const from = await profile(files, { exclude: ['*.tmp'] })
    const { backup, leftOut, warnings } = await archive(engine, from)
    const path = join(from.vault.folder, backup.name)
    expect(spawnSync('unzip', ['-tq', path]).status).toBe(0)
    const names = spawnSync('unzip', ['-Z1', path], { encoding: 'utf8' }).stdout.trim().split('\n')
    expect(names.at(-1)).toBe('manifest.json')
    expect([...names].sort()).toEqual([
      'files/',
      'files/data/',
      'files/data/a.bin',
      'files/readme.txt',
      'manifest.json',
    ])
    expect(backup).toMatchObject({
      database: 'enterprise',
      trigger: 'scheduled',
      createdBy: 'admin',
      proven: { outcome: 'passed' },
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      sizeBytes: readFileSync(path).length,
    })
    expect(leftOut).toEqual([{ path: 'files/scrap.tmp', reason: 'excluded', detail: '*.tmp' }])
    expect(warnings).toEqual([])
    expect(manifestOf(path)).toMatchObject({
      formatVersion: 1,
      profileId: 'enterprise',
      appVersion: '1.0.0',
      content: 'everything',
      createdAt: backup.createdAt,
      sources: [{ id: 'files', kind: 'directory', origin: from.root, files: 2, bytes: 200_007 }],
      entries: expect.arrayContaining([
        { path: 'files/data', sizeBytes: 0, sha256: null },
        { path: 'files/readme.txt', sizeBytes: 7, sha256: expect.any(String) },
      ]),
    })
  })

  it('is listed, protected, opened and deleted like every backup, in a folder that lists nothing else', async () => {
    const from = await profile(files)
    const { name } = (await archive(engine, from)).backup
    writeFileSync(join(from.vault.folder, 'main_20260101_000000Z.sqlite'), 'a database')
    writeFileSync(join(from.vault.folder, 'uploaded.zip'), 'from elsewhere')
    expect(await listed(from)).toEqual(expect.arrayContaining([name, 'uploaded.zip']))
    expect(await listed(from)).toHaveLength(2)
    expect(await backups.protect(from.vault, name, { ...operation(), protected: true })).toMatchObject({
      protected: true,
      proven: { outcome: 'passed' },
    })
    await expect(backups.remove(from.vault, name, operation())).rejects.toMatchObject({ code: 'protected' })
    const opened = await backups.open(from.vault, name)
    expect(opened.sizeBytes).toBe(opened.backup.sizeBytes)
    await opened.close()
    await backups.protect(from.vault, name, { ...operation(), protected: false })
    await backups.remove(from.vault, name, operation())
    expect(await listed(from)).toEqual(['uploaded.zip'])
  })

  it('is never listed in the folder of a tenant', async () => {
    const vault = await tenant()
    mkdirSync(vault.folder)
    writeFileSync(join(vault.folder, 'entbak_20260101000000.zip'), 'an archive')
    expect((await backups.inspect(vault)).backups).toEqual([])
    const request = archiveRequest({ vault, sources: [] })
    await expect(engine.create(request, archivally())).rejects.toMatchObject({ code: 'invalid-request' })
  })

  it('never has the folder of archives in it, and takes each source under its id', async () => {
    const from = await profile({ 'app/a.txt': 'a' })
    const inside = { ...from, vault: { ...from.vault, folder: from.at('archives') } }
    await archive(engine, inside, { startedAt: '2026-05-01T00:00:00.000Z' })
    const live = new Database(from.at('state.sqlite'))
    live.exec('CREATE TABLE notes (text TEXT)')
    live.close()
    const sources = [...from.sources, { kind: 'sqlite', id: 'state', path: from.at('state.sqlite') }] as const
    const { backup, leftOut } = await archive(engine, { ...inside, sources })
    expect(leftOut).toEqual([{ path: 'files/archives', reason: 'excluded', detail: 'backups lie there' }])
    const { entries } = manifestOf(join(inside.vault.folder, backup.name))
    expect(entries.map(({ path }) => path).sort()).toEqual([
      'files',
      'files/app',
      'files/app/a.txt',
      'files/state.sqlite',
      'state/state.sqlite',
    ])
  })

  it.each([
    ['files', ['files/a.txt']],
    ['databases', ['state/state.sqlite']],
  ] as const)('can be asked to have %s only', async (content, paths) => {
    const from = await profile({ 'a.txt': 'a' })
    const path = join(await tempFolder(), 'state.sqlite')
    const live = new Database(path)
    live.exec('CREATE TABLE notes (text TEXT)')
    live.close()
    const sources = [...from.sources, { kind: 'sqlite', id: 'state', path }] as const
    const { backup } = await archive(engine, { ...from, sources }, { content })
    const manifest = manifestOf(join(from.vault.folder, backup.name))
    expect(manifest.entries.flatMap((entry) => (entry.sha256 === null ? [] : [entry.path]))).toEqual(paths)
    expect(manifest.content).toBe(content)
  })

  it('of nothing is refused, and so are ids that can’t be told apart', async () => {
    const from = await profile({ 'a.txt': 'a' })
    await expect(archive(engine, from, { content: 'databases' })).rejects.toMatchObject({
      code: 'invalid-request',
    })
    const twice = { ...from, sources: [...from.sources, ...from.sources] }
    await expect(archive(engine, twice)).rejects.toMatchObject({ code: 'invalid-request' })
    expect(await listed(from)).toEqual([])
  })

  it('is measured beforehand, and the folder that is missing says so', async () => {
    const from = await profile(files)
    expect(await engine.measure(from.sources, { signal: never })).toEqual([
      { id: 'files', files: 3, bytes: 200_008, largest: [{ path: 'data', bytes: 200_000 }], scratchBytes: 0 },
    ])
    rmSync(from.root, { recursive: true })
    await expect(engine.measure(from.sources, { signal: never })).rejects.toMatchObject({
      code: 'source-missing',
    })
    await expect(archive(engine, from)).rejects.toMatchObject({ code: 'source-missing' })
    expect((await backups.inspect(from.vault)).runs[0]).toMatchObject({ status: 'failed' })
  })
})

describe('the name of an archive', () => {
  const startedAt = '2026-07-01T22:30:15.000Z'

  it.each([
    ['entbak_{yyyyMMddHHmmss}.zip', /^entbak_20260702003015\.zip$/],
    ['Backup_{yyyyMMdd_HHmm}Z.zip', /^Backup_20260701_2230Z\.zip$/],
    ['{yyyy} week {WW}', /^2026 week 27\.zip$/],
  ])('follows the template %s', async (nameTemplate, expected) => {
    const from = await profile({ 'a.txt': 'a' })
    const { backup } = await archive(engine, from, { nameTemplate, startedAt })
    expect(backup.name).toMatch(expected)
  })

  it('gets a number when it is taken, also by a stray sidecar', async () => {
    const from = await profile({ 'a.txt': 'a' })
    const request = { nameTemplate: 'Backup_{yyyyMMdd_HHmm}Z.zip', startedAt }
    for (let count = 0; count < 3; count++) await archive(engine, from, request)
    expect((await listed(from)).sort()).toEqual([
      'Backup_20260701_2230Z-2.zip',
      'Backup_20260701_2230Z-3.zip',
      'Backup_20260701_2230Z.zip',
    ])
  })

  it.each(['../out_{yyyy}', '.hidden_{yyyy}', 'a/b_{yyyy}', '{yyyy}\u0000', 'x'.repeat(201), ''])(
    'that can’t be a file is refused: %j',
    async (nameTemplate) => {
      const from = await profile({ 'a.txt': 'a' })
      await expect(archive(engine, from, { nameTemplate })).rejects.toMatchObject({ code: 'invalid-request' })
    },
  )
})

describe('retention', () => {
  it('keeps as many scheduled archives as it should, oldest out first', async () => {
    const from = await profile({ 'a.txt': 'a' })
    const names: string[] = []
    for (let day = 1; day <= 4; day++) {
      const startedAt = `2026-05-0${day}T02:30:00.000Z`
      const retention = { ...keepAll, maxCount: 2 }
      const { backup, removed } = await archive(engine, from, { startedAt, retention })
      names.push(backup.name)
      expect(removed.map(({ name }) => name)).toEqual(day > 2 ? [names[day - 3]] : [])
    }
    expect(await listed(from)).toEqual(names.slice(2).reverse())
  })

  it('of two profiles in one folder is counted apart', async () => {
    const from = await profile({ 'a.txt': 'a' })
    for (const profileId of ['one', 'two', 'one', 'two']) {
      await archive(engine, from, { profileId, retention: { ...keepAll, maxCount: 1 } })
    }
    const { backups: left } = await backups.inspect(from.vault)
    expect(left.map(({ backup }) => backup.database)).toEqual(['two', 'one'])
  })
})

describe('proving again', () => {
  const verify = (from: Profile, name: string) =>
    engine.verify(
      {
        vault: from.vault,
        name,
        runId: 'again',
        startedAt: '2026-06-01T00:00:00.000Z',
        trigger: 'manual',
        actor: admin,
      },
      archivally(),
    )

  it('passes for a good one and says when', async () => {
    const from = await profile(files)
    const { name } = (await archive(engine, from)).backup
    const { proven } = await verify(from, name)
    expect(proven).toEqual({ at: expect.stringMatching(/^2026-06-01T00:00:0/), outcome: 'passed' })
  })

  it.each([
    ['a byte in the middle', (bytes: Buffer) => bytes.writeUInt8(bytes.readUInt8(120) ^ 1, 120)],
    [
      'its last byte',
      (bytes: Buffer) => bytes.writeUInt8(bytes.readUInt8(bytes.length - 3) ^ 1, bytes.length - 3),
    ],
  ])('fails when %s is another one, and the list says so', async (_, harm) => {
    const from = await profile({
      'a.bin': Buffer.from(Array.from({ length: 5_000 }, (__, index) => (index * index) & 255)),
    })
    const { name } = (await archive(engine, from)).backup
    const path = join(from.vault.folder, name)
    const bytes = readFileSync(path)
    harm(bytes)
    writeFileSync(path, bytes)
    await expect(verify(from, name)).rejects.toMatchObject({ code: 'proof-failed' })
    expect((await backups.inspect(from.vault)).backups[0]?.backup.proven).toMatchObject({ outcome: 'failed' })
    await expect(unpack(engine, from, { listed: name })).rejects.toMatchObject({ code: 'proof-failed' })
  })

  it('only checks one that came from elsewhere', async () => {
    const from = await profile(files)
    const { name } = (await archive(engine, from)).backup
    copyFileSync(join(from.vault.folder, name), join(from.vault.folder, 'uploaded.zip'))
    expect(await verify(from, 'uploaded.zip')).toMatchObject({
      trigger: 'imported',
      proven: null,
      checked: { outcome: 'passed' },
      sha256: expect.any(String),
    })
    writeFileSync(join(from.vault.folder, 'other.zip'), 'no archive at all')
    await expect(verify(from, 'other.zip')).rejects.toMatchObject({ code: 'proof-failed' })
  })
})

describe('a look into an archive', () => {
  it('says what is in it and what was left out', async () => {
    const from = await profile(files, { exclude: ['*.tmp'] })
    const { name, sizeBytes } = (await archive(engine, from)).backup
    const contents = await engine.look(from.vault, { listed: name }, { signal: never })
    expect(contents).toMatchObject({
      sizeBytes,
      contentBytes: 200_007,
      entryCount: 4,
      manifest: { profileId: 'enterprise', sources: [{ files: 2, leftOut: [{ path: 'scrap.tmp' }] }] },
    })
    expect(contents.manifest).not.toHaveProperty('entries')
    const file = { file: join(from.vault.folder, name) }
    expect(await engine.look(from.vault, file, { signal: never })).toEqual(contents)
  })

  it.each([
    ['newer-format', '{\n"formatVersion": 2,\n"unheard": "of",\n"entries": [\n]\n}\n'],
    ['newer-format', '{"formatVersion":3,"anything":[]}'],
    ['proof-failed', 'no manifest'],
    ['proof-failed', '{\n"formatVersion": 1,\n"entries": [\n]\n}\n'],
  ])('refuses %s for the manifest %j', async (code, text) => {
    const from = await profile({ 'a.txt': 'a' })
    mkdirSync(from.vault.folder)
    const path = join(from.vault.folder, 'made.zip')
    const writer = await zipFormat.create(path, { signal: never })
    const { Readable } = await import('node:stream')
    const entry = { kind: 'file', mode: 0o644, modifiedAt: '2026-01-01T00:00:00.000Z', sizeBytes: 0 } as const
    await writer.add({ ...entry, path: 'manifest.json', open: () => Readable.from([Buffer.from(text)]) })
    await writer.finish()
    await expect(engine.look(from.vault, { listed: 'made.zip' }, { signal: never })).rejects.toMatchObject({
      code,
    })
    await expect(unpack(engine, from, { listed: 'made.zip' })).rejects.toMatchObject({ code })
  })

  it('refuses what is not there or is no file', async () => {
    const from = await profile({ 'a.txt': 'a' })
    const look = (file: string) => engine.look(from.vault, { file }, { signal: never })
    await expect(look(join(from.root, 'none.zip'))).rejects.toMatchObject({ code: 'source-unsafe' })
    await expect(look(from.root)).rejects.toMatchObject({ code: 'source-unsafe' })
    await expect(engine.look(from.vault, { listed: '../x' }, { signal: never })).rejects.toMatchObject({
      code: 'not-found',
    })
  })
})

it('makes an archive of a database under write load that is one commit', async () => {
  const from = await profile({ 'a.txt': 'a' })
  const live = new Database(from.at('live.sqlite'))
  live.pragma('journal_mode = WAL')
  live.exec('CREATE TABLE pairs (a INTEGER, b INTEGER)')
  const insert = live.prepare('INSERT INTO pairs VALUES (?, ?)')
  let count = 0
  const timer = setInterval(() => {
    for (let round = 0; round < 20; round++) insert.run(++count, -count)
  }, 1)
  const { backup } = await archive(engine, from)
  clearInterval(timer)
  live.close()
  const to = join(await tempFolder(), 'elsewhere')
  await unpack(engine, from, { listed: backup.name }, { sources: [{ id: 'files', config: null, to }] })
  expect(readdirSync(to).sort()).toEqual(['a.txt', 'live.sqlite'])
  const copy = new Database(join(to, 'live.sqlite'))
  const [rows, sum, most] = copy
    .prepare('SELECT count(*), sum(a + b), max(a) FROM pairs')
    .raw()
    .get() as number[]
  copy.close()
  expect(sum ?? 0).toBe(0)
  expect(most ?? 0).toBe(rows)
})
