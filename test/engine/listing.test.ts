import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Vault } from '../../src/engine/engine.ts'
import { back, keepAll, sharedEngine, tenantWithRows } from '../support/tenant.ts'

const engine = sharedEngine()
const at = (vault: Vault, name: string) => join(vault.folder, name)
const names = async (vault: Vault) => (await engine.inspect(vault)).backups.map(({ backup }) => backup.name)
const ignored = async (vault: Vault) => (await engine.inspect(vault)).folder.ignored

async function oneBackup() {
  const { vault, live } = await tenantWithRows()
  const { backups } = await back(engine, vault)
  return { vault, live, name: backups[0]!.name }
}

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

  it.each([
    ['uid', Number.MAX_SAFE_INTEGER],
    ['gid', 2 ** 32 - 1],
    ['mode', 2 ** 32],
    ['uid', 1.5],
  ])('does not believe a sidecar whose original had %s %d', async (field, value) => {
    const { vault, name } = await oneBackup()
    const sidecar = JSON.parse(readFileSync(at(vault, `${name}.json`), 'utf8'))
    sidecar.snapshot.original[field] = value
    writeFileSync(at(vault, `${name}.json`), JSON.stringify(sidecar))
    expect(await ignored(vault)).toEqual([{ name, reason: 'broken-sidecar' }])
  })

  it('goes on making backups that are believed when somebody has made up the last number there is', async () => {
    const { vault, name } = await oneBackup()
    const sidecar = JSON.parse(readFileSync(at(vault, `${name}.json`), 'utf8'))
    writeFileSync(at(vault, `${name}.json`), JSON.stringify({ ...sidecar, sequence: 1e12 }))
    const later = new Date(Date.now() + 60_000).toISOString()
    for (let count = 0; count < 2; count++) await back(engine, vault, { startedAt: later })
    const { backups } = await engine.inspect(vault)
    expect(backups.map(({ backup }) => backup.trigger)).not.toContain('imported')
    expect(backups.at(-1)!.backup.name).toBe(name)
    expect(await ignored(vault)).toEqual([])
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

  it('counts what is used, free and needed, with the log, which the copy takes in', async () => {
    const { vault } = await oneBackup()
    const { storage } = await engine.inspect(vault)
    const path = vault.databases[0]!.path
    const size = statSync(path).size + statSync(`${path}-wal`).size
    expect(storage.neededBytes).toBeGreaterThan(size + 1024 * 1024)
    expect(storage.neededBytes).toBeLessThan(size * 1.1 + 2 * 1024 * 1024)
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
