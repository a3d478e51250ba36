import { closeSync, copyFileSync, openSync, readdirSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Vault } from '../../src/engine/engine.ts'
import { back, quietly, sharedEngine, tenantWithRows, verifyRequest } from '../support/tenant.ts'

const engine = sharedEngine()
const at = (vault: Vault, name: string) => join(vault.folder, name)
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
