import { execFileSync } from 'node:child_process'
import { existsSync, linkSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Vault } from '../../src/engine/engine.ts'
import { back, operation, quietly, sharedEngine, tenantWithRows, verifyRequest } from '../support/tenant.ts'

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
