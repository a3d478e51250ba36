import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Vault } from '../../src/engine/engine.ts'
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
const at = (vault: Vault, name: string) => join(vault.folder, name)
const names = async (vault: Vault) => (await engine.inspect(vault)).backups.map(({ backup }) => backup.name)
const ignored = async (vault: Vault) => (await engine.inspect(vault)).folder.ignored
const verify = (vault: Vault, name: string) => engine.verify(verifyRequest(vault, name), quietly())

async function oneBackup() {
  const { vault, live } = await tenantWithRows()
  const { backups } = await back(engine, vault)
  return { vault, live, name: backups[0]!.name }
}

function flipByte(path: string, position: number): void {
  const file = openSync(path, 'r+')
  writeSync(file, Buffer.from([0xff]), 0, 1, position)
  closeSync(file)
}

describe('a name that is not a backup of this tenant', () => {
  it.each([
    ['a path upwards', '../main.sqlite'],
    ['an absolute path', '/etc/passwd'],
    ['an encoded path', '..%2Fmain.sqlite'],
    ['a NUL', 'main\0.sqlite'],
    ['300 characters', `${'a'.repeat(300)}.sqlite`],
    ['nothing', ''],
    ['the folder itself', '.'],
    ['a file of the engine', '.lock'],
    ['a sidecar', null],
    ['a property of every object', '__proto__'],
  ])('is not found when it is %s, and nothing is touched', async (_, hostile) => {
    const { vault, name } = await oneBackup()
    const bad = hostile ?? `${name}.json`
    const before = [readdirSync(vault.root), readdirSync(vault.folder)]
    const notFound = { code: 'not-found' }
    await expect(engine.remove(vault, bad, operation())).rejects.toMatchObject(notFound)
    await expect(engine.protect(vault, bad, { ...operation(), protected: true })).rejects.toMatchObject(
      notFound,
    )
    await expect(verify(vault, bad)).rejects.toMatchObject(notFound)
    await expect(engine.open(vault, bad)).rejects.toMatchObject(notFound)
    expect([readdirSync(vault.root), readdirSync(vault.folder)]).toEqual(before)
  })

  it.each([
    ['a symbolic link', 'link', (vault: Vault, path: string) => symlinkSync(vault.databases[0]!.path, path)],
    [
      'a hard link of the live database',
      'live-database',
      (vault: Vault, path: string) => linkSync(vault.databases[0]!.path, path),
    ],
    [
      'a hard link of its log',
      'live-database',
      (vault: Vault, path: string) => linkSync(`${vault.databases[0]!.path}-wal`, path),
    ],
    [
      'a file with a second name',
      'several-names',
      (vault: Vault, path: string) => {
        writeFileSync(join(vault.root, 'other'), 'x')
        linkSync(join(vault.root, 'other'), path)
      },
    ],
    ['a pipe', 'not-a-file', (_: Vault, path: string) => void execFileSync('mkfifo', [path])],
    ['a folder', 'not-a-file', (_: Vault, path: string) => mkdirSync(path)],
  ])('is not found when it is %s, and is listed as ignored', async (_, reason, plant) => {
    const { vault, name } = await oneBackup()
    plant(vault, at(vault, 'planted.sqlite'))
    expect(await names(vault)).toEqual([name])
    expect(await ignored(vault)).toEqual([{ name: 'planted.sqlite', reason }])
    await expect(engine.remove(vault, 'planted.sqlite', operation())).rejects.toMatchObject({
      code: 'not-found',
    })
    await expect(engine.open(vault, 'planted.sqlite')).rejects.toMatchObject({ code: 'not-found' })
    await expect(verify(vault, 'planted.sqlite')).rejects.toMatchObject({ code: 'not-found' })
    expect(existsSync(at(vault, 'planted.sqlite'))).toBe(true)
  })

  it('makes no folder where there is none', async () => {
    const { vault } = await tenantWithRows()
    await expect(verify(vault, 'x.sqlite')).rejects.toMatchObject({ code: 'not-found' })
    await expect(engine.remove(vault, 'x.sqlite', operation())).rejects.toMatchObject({ code: 'not-found' })
    expect(await engine.outbox(vault)).toEqual([])
    expect(await engine.reconcile(vault, { now: new Date().toISOString() })).toEqual([])
    expect((await engine.inspect(vault)).folder).toMatchObject({
      exists: false,
      writable: true,
      sameDisk: true,
    })
    expect(existsSync(vault.folder)).toBe(false)
  })
})

describe('the list', () => {
  it('shows a plain file without sidecar as imported, and believes its name', async () => {
    const { vault, name } = await oneBackup()
    copyFileSync(at(vault, name), at(vault, 'main_20250102_030405Z.sqlite'))
    copyFileSync(at(vault, name), at(vault, 'from elsewhere.db'))
    const { backups } = await engine.inspect(vault)
    const imported = backups.find(({ backup }) => backup.name.startsWith('main_2025'))
    expect(imported).toMatchObject({
      sequence: 0,
      backup: {
        database: 'main',
        createdAt: '2025-01-02T03:04:05.000Z',
        trigger: 'imported',
        proven: null,
        runId: null,
      },
    })
    expect(backups.find(({ backup }) => backup.name === 'from elsewhere.db')?.backup.database).toBe('')
  })

  it('does not believe a sidecar whose size does not fit its data', async () => {
    const { vault, name } = await oneBackup()
    appendFileSync(at(vault, name), 'x')
    expect(await ignored(vault)).toEqual([{ name, reason: 'broken-sidecar' }])
    expect((await engine.inspect(vault)).backups[0]?.backup).toMatchObject({
      trigger: 'imported',
      proven: null,
    })
  })

  it.each([
    ['torn', '{"formatVersion":1,"seq'],
    ['empty', ''],
    ['of another kind', '[1,2,3]'],
    ['without its fields', '{"formatVersion":1}'],
    ['larger than a sidecar can be', `{"formatVersion":1,"x":"${'x'.repeat(1024 * 1024)}"}`],
  ])('does not believe a sidecar that is %s', async (_, text) => {
    const { vault, name } = await oneBackup()
    writeFileSync(at(vault, `${name}.json`), text)
    expect(await ignored(vault)).toEqual([{ name, reason: 'broken-sidecar' }])
    expect(await names(vault)).toEqual([name])
  })

  it('leaves a backup of a newer format alone', async () => {
    const { vault, name } = await oneBackup()
    writeFileSync(at(vault, `${name}.json`), JSON.stringify({ formatVersion: 2, anything: true }))
    expect(await ignored(vault)).toEqual([{ name, reason: 'newer-format' }])
    expect(await names(vault)).toEqual([])
    await back(engine, vault, { retention: { ...keepAll, maxCount: 1 } })
    expect(existsSync(at(vault, name))).toBe(true)
    expect(existsSync(at(vault, `${name}.json`))).toBe(true)
  })

  it('is quick with ten thousand entries', async () => {
    const { vault, name } = await oneBackup()
    const sidecar = JSON.parse(readFileSync(at(vault, `${name}.json`), 'utf8'))
    for (let count = 0; count < 10_000; count++) {
      const other = `main_20200101_000000Z-${count}.sqlite`
      writeFileSync(at(vault, other), 'x')
      writeFileSync(
        at(vault, `${other}.json`),
        JSON.stringify({ ...sidecar, name: other, sizeBytes: 1, sequence: count + 2 }),
      )
    }
    const { backups } = await engine.inspect(vault)
    expect(backups).toHaveLength(10_001)
    expect(backups[0]?.sequence).toBe(10_001)
  })

  it('counts what is used, free and needed, the log included', async () => {
    const { vault } = await oneBackup()
    const { storage } = await engine.inspect(vault)
    const path = vault.databases[0]!.path
    const size = statSync(path).size + statSync(`${path}-wal`).size
    expect(storage.neededBytes).toBeGreaterThan(size)
    expect(storage.usedBytes).toBeGreaterThan(20_000)
    expect(storage.freeBytes).toBeGreaterThan(0)
  })
})

describe('a folder that an operator has chosen', () => {
  it('may be a link; what lies behind it is used', async () => {
    const { vault } = await tenantWithRows()
    const elsewhere = join(vault.root, 'elsewhere')
    mkdirSync(elsewhere)
    symlinkSync(elsewhere, vault.folder)
    const { backups } = await back(engine, vault)
    expect(readdirSync(elsewhere)).toContain(backups[0]!.name)
  })

  it('is made when it is missing', async () => {
    const { vault } = await tenantWithRows()
    const folder = join(vault.root, 'deep', 'er', 'backups')
    await back(engine, { ...vault, folder })
    expect(statSync(folder).mode & 0o777).toBe(0o750)
  })

  it('is refused when there is a file in its place', async () => {
    const { vault } = await tenantWithRows()
    writeFileSync(vault.folder, 'a file')
    await expect(back(engine, vault)).rejects.toMatchObject({ code: 'folder-not-writable', hint: /\w/ })
    expect((await engine.inspect(vault)).folder).toMatchObject({ exists: false, writable: false })
  })

  it.each(['.lock', '.partial'])('is refused when its %s is a link', async (own) => {
    const { vault } = await oneBackup()
    const target = join(vault.root, 'target')
    mkdirSync(target)
    writeFileSync(join(target, 'precious'), 'x')
    rmSync(at(vault, own), { recursive: true })
    symlinkSync(target, at(vault, own))
    await expect(back(engine, vault)).rejects.toMatchObject({ code: 'folder-unsafe' })
    expect(readdirSync(target)).toEqual(['precious'])
  })
})

describe('removing and protecting', () => {
  it('removes data and sidecar', async () => {
    const { vault, name } = await oneBackup()
    expect((await engine.remove(vault, name, operation())).name).toBe(name)
    expect(readdirSync(vault.folder).filter((one) => !one.startsWith('.'))).toEqual([])
    await expect(engine.remove(vault, name, operation())).rejects.toMatchObject({ code: 'not-found' })
  })

  it('refuses a protected backup until it is no longer protected', async () => {
    const { vault, name } = await oneBackup()
    expect((await engine.protect(vault, name, { ...operation(), protected: true })).protected).toBe(true)
    await expect(engine.remove(vault, name, operation())).rejects.toMatchObject({ code: 'protected' })
    await back(engine, vault, { retention: { ...keepAll, maxCount: 1 } })
    await back(engine, vault, { retention: { ...keepAll, maxCount: 1 } })
    expect(await names(vault)).toContain(name)
    await engine.protect(vault, name, { ...operation(), protected: false })
    await engine.remove(vault, name, operation())
    expect(await names(vault)).toHaveLength(1)
  })

  it('protects an imported backup, too', async () => {
    const { vault, name } = await oneBackup()
    copyFileSync(at(vault, name), at(vault, 'mine.sqlite'))
    await engine.protect(vault, 'mine.sqlite', { ...operation(), protected: true })
    await expect(engine.remove(vault, 'mine.sqlite', operation())).rejects.toMatchObject({
      code: 'protected',
    })
    const { backups } = await engine.inspect(vault)
    const mine = backups.find(({ backup }) => backup.name === 'mine.sqlite')
    expect(mine?.backup).toMatchObject({ trigger: 'imported', protected: true })
  })
})

describe('verifying', () => {
  it('proves a whole backup again, at its own time', async () => {
    const { vault, name } = await oneBackup()
    const request = verifyRequest(vault, name, { startedAt: '2031-05-05T05:05:05.000Z' })
    const backup = await engine.verify(request, quietly())
    expect(backup.proven).toMatchObject({
      outcome: 'passed',
      at: expect.stringMatching(/^2031-05-05T05:05:0/),
    })
    expect((await engine.inspect(vault)).backups[0]?.backup).toEqual(backup)
    expect((await engine.inspect(vault)).runs[0]).toMatchObject({
      kind: 'verify',
      status: 'completed',
      backups: [name],
    })
  })

  it('marks a backup with one changed byte as failed, without hiding it', async () => {
    const { vault, name } = await oneBackup()
    flipByte(at(vault, name), 3 * 4096 + 1000)
    await expect(verify(vault, name)).rejects.toMatchObject({ code: 'proof-failed', message: /SHA-256/ })
    expect((await engine.inspect(vault)).backups[0]?.backup.proven?.outcome).toBe('failed')
    expect((await engine.inspect(vault)).runs[0]).toMatchObject({
      status: 'failed',
      error: { code: 'proof-failed' },
    })
  })

  it('checks an imported backup and remembers its hash, but never calls it proven', async () => {
    const { vault, name } = await oneBackup()
    copyFileSync(at(vault, name), at(vault, 'mine.sqlite'))
    const backup = await verify(vault, 'mine.sqlite')
    expect(backup).toMatchObject({
      trigger: 'imported',
      proven: null,
      checked: { outcome: 'passed' },
      sha256: /^[0-9a-f]{64}$/,
    })
    flipByte(at(vault, 'mine.sqlite'), 3 * 4096 + 1000)
    await expect(verify(vault, 'mine.sqlite')).rejects.toMatchObject({ code: 'proof-failed' })
  })

  it.each([
    ['that is no database', 'nonsense'.repeat(1000)],
    ['that is empty', ''],
  ])('fails an imported file %s', async (_, content) => {
    const { vault } = await oneBackup()
    writeFileSync(at(vault, 'mine.sqlite'), content)
    await expect(verify(vault, 'mine.sqlite')).rejects.toMatchObject({ code: 'proof-failed' })
    const { backups } = await engine.inspect(vault)
    expect(backups.find(({ backup }) => backup.name === 'mine.sqlite')?.backup.checked?.outcome).toBe(
      'failed',
    )
  })

  it('applies no log that lies beside an imported file, and makes none', async () => {
    const { vault } = await oneBackup()
    const path = vault.databases[0]!.path
    copyFileSync(path, at(vault, 'mine.sqlite'))
    writeFileSync(at(vault, 'mine.sqlite-journal'), 'garbage')
    await verify(vault, 'mine.sqlite').catch(() => {})
    const left = readdirSync(vault.folder).filter((one) => one.startsWith('mine'))
    expect(left.sort()).toEqual(['mine.sqlite', 'mine.sqlite-journal', 'mine.sqlite.json'])
  })
})

describe('reading a backup', () => {
  it('gives all bytes, or the range that is asked for', async () => {
    const { vault, name } = await oneBackup()
    const bytes = readFileSync(at(vault, name))
    const opened = await engine.open(vault, name)
    expect(opened.sizeBytes).toBe(bytes.length)
    expect(await bytesOf(opened.stream())).toEqual(bytes)
    expect(await bytesOf(opened.stream({ start: 10, end: 19 }))).toEqual(bytes.subarray(10, 20))
    await opened.close()
  })

  it('keeps retention from removing it until it is closed', async () => {
    const { vault, name } = await oneBackup()
    const retention = { ...keepAll, maxCount: 1 }
    const opened = await engine.open(vault, name)
    expect((await back(engine, vault, { retention })).removed).toEqual([])
    expect(await names(vault)).toContain(name)
    await opened.close()
    expect((await back(engine, vault, { retention })).removed).toHaveLength(2)
    expect(await names(vault)).not.toContain(name)
  })
})

describe('retention in a run', () => {
  it('removes what the rules release, one audit entry each', async () => {
    const { vault } = await tenantWithRows()
    const made: string[] = []
    for (let count = 0; count < 4; count++) made.push((await back(engine, vault)).backups[0]!.name)
    await engine.acknowledge(
      vault,
      (await engine.outbox(vault)).map(({ id }) => id),
    )
    const request = createRequest(vault, { retention: { ...keepAll, maxCount: 2 } })
    const { removed } = await engine.create(request, quietly())
    expect(removed).toEqual(made.slice(0, 3).map((name) => ({ name, reason: 'not-kept' })))
    const entries = await engine.outbox(vault)
    expect(entries.map(({ action, target }) => [action, target])).toEqual([
      ...made.slice(0, 3).map((name) => ['backup.remove', name]),
      ['backup.create', expect.any(String)],
    ])
  })

  it('makes room within the limit of bytes by what the rules release, and refuses otherwise', async () => {
    const { vault } = await tenantWithRows(200)
    await back(engine, vault)
    const { storage } = await engine.inspect(vault)
    const limit = Math.floor(storage.usedBytes * 1.5)
    await expect(back(engine, vault, { maxBytes: limit })).rejects.toMatchObject({
      code: 'limit-reached',
      details: { limit },
    })
    const retention = { ...keepAll, maxCount: 1 }
    expect(
      (await back(engine, vault, { maxBytes: limit + storage.neededBytes, retention })).removed,
    ).toHaveLength(1)
  })
})

async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of stream) pieces.push(piece)
  return Buffer.concat(pieces)
}

describe('a tenant root', () => {
  it('is left as it was but for the backups folder', async () => {
    const { vault } = await oneBackup()
    expect(readdirSync(vault.root).sort()).toEqual([
      'backups',
      'main.sqlite',
      'main.sqlite-shm',
      'main.sqlite-wal',
    ])
    expect(dirname(vault.folder)).toBe(vault.root)
  })
})
