import { copyFileSync, readdirSync, readFileSync } from 'node:fs'
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
} from '../support/tenant.ts'

const engine = sharedEngine()
const at = (vault: Vault, name: string) => join(vault.folder, name)
const names = async (vault: Vault) => (await engine.inspect(vault)).backups.map(({ backup }) => backup.name)

async function oneBackup() {
  const { vault, live } = await tenantWithRows()
  const { backups } = await back(engine, vault)
  return { vault, live, name: backups[0]!.name }
}

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
async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of stream) pieces.push(piece)
  return Buffer.concat(pieces)
}
