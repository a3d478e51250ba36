import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cancelled } from '../../src/engine/failure.ts'
import { startWatch } from '../support/processes.ts'
import type { FakeSqlServer } from '../support/tds/sql-server.ts'
import { tempFolder } from '../support/tenant.ts'
import { failureOf, openServer, pourOf, restoreOf, type Taken } from './bench.ts'

describe('a restore of a SQL Server database', () => {
  /** A backup, and the database with other content. */
  async function taken(): Promise<{ server: FakeSqlServer; bak: readonly Taken[]; before: string }> {
    const server = await openServer()
    const before = server.databases.find('app')!.content
    const bak = (await pourOf(server)).taken
    server.databases.find('app')!.content = 'spoilt'
    return { server, bak, before }
  }

  const texts = ({ statements }: FakeSqlServer) => statements.map(({ text }) => text)
  const state = ({ databases }: FakeSqlServer, name = 'app') => {
    const { state, access, content } = databases.find(name) ?? {}
    return { state, access, content }
  }

  it('replaces the database where it lies, alone with it, and gives it back', async () => {
    const { server, bak, before } = await taken()
    const files = server.databases.find('app')!.files
    const report = await restoreOf(server, bak)
    expect(report).toEqual({ files: 1, bytes: bak[0]!.bytes.length, untouched: [] })
    expect(state(server)).toEqual({ state: 'ONLINE', access: 'MULTI_USER', content: before })
    expect(server.databases.find('app')!.files).toEqual(files)
    expect(readdirSync(server.folder)).toEqual([])
  })

  it('proves the backup before anybody is thrown out', async () => {
    const { server, bak } = await taken()
    bak[0]!.bytes[bak[0]!.bytes.length - 40]! ^= 0xff
    expect(await failureOf(restoreOf(server, bak))).toMatchObject({ code: 'proof-failed' })
    expect(texts(server).filter((text) => /SINGLE_USER|RESTORE DATABASE/.test(text))).toEqual([])
    expect(state(server)).toMatchObject({ state: 'ONLINE', content: 'spoilt' })
  })

  it('goes to another name in files that nothing has, whatever is in the name', async () => {
    const { server, bak, before } = await taken()
    const to = "a]'; DROP DATABASE app; --"
    await restoreOf(server, bak, { to })
    expect(state(server, to)).toEqual({ state: 'ONLINE', access: 'MULTI_USER', content: before })
    expect(state(server)).toMatchObject({ content: 'spoilt' })
    const [data, log] = server.databases.find(to)!.files.map(({ physicalName }) => physicalName)
    expect(data).toMatch(
      /^E:\\Data\\a___DROP_DATABASE_app_--_1_[0-9a-f]{8}\.mdf$|^E:\\Data\\a[\w-]+_1_[0-9a-f]{8}\.mdf$/,
    )
    expect(log).toMatch(/^F:\\Log\\a[\w-]+_2_[0-9a-f]{8}\.ldf$/)
  })

  it('escapes what the backup says of its files', async () => {
    const server = await openServer()
    const evil = "x' TO N'C:\\boot.ini', REPLACE, MOVE N'y"
    server.databases.find('app')!.files = [
      { logicalName: evil, physicalName: 'E:\\Data\\app.mdf', type: 'D' },
      { logicalName: 'app_log', physicalName: 'F:\\Log\\app.ldf', type: 'L' },
    ]
    const { taken: bak } = await pourOf(server)
    await restoreOf(server, bak, { to: 'copy' })
    expect(server.databases.find('copy')!.files[0]!.physicalName).toMatch(/^E:\\Data\\copy_1_/)
  })

  it('refuses the server’s own databases and names that are none', async () => {
    const { server, bak } = await taken()
    for (const to of ['master', 'TempDB', '', 'x'.repeat(129)])
      expect(await failureOf(restoreOf(server, bak, { to }))).toMatchObject({ code: 'invalid-request' })
    expect(await failureOf(restoreOf(server, []))).toMatchObject({ code: 'not-found' })
  })

  it('tries again when somebody is faster than it', async () => {
    const { server, bak, before } = await taken()
    server.behaviour.intruders = 2
    await restoreOf(server, bak)
    expect(state(server)).toEqual({ state: 'ONLINE', access: 'MULTI_USER', content: before })
    server.behaviour.intruders = 9
    const error = await failureOf(restoreOf(server, bak))
    expect(error).toMatchObject({ code: 'server-refused', details: { number: 3101 } })
    expect(state(server)).toMatchObject({ state: 'ONLINE', access: 'MULTI_USER' })
  })

  it('gives the database back when the statement is refused', async () => {
    const { server, bak } = await taken()
    server.behaviour.version = [15, 0, 4000]
    expect(await failureOf(restoreOf(server, bak))).toMatchObject({
      code: 'server-refused',
      details: { number: 3169 },
    })
    expect(state(server)).toEqual({ state: 'ONLINE', access: 'MULTI_USER', content: 'spoilt' })
  })

  it.each([
    ['fails', { failAt: { percent: 50, number: 3203, message: 'Read on "x" failed: 1117(I/O)' } }],
    ['loses its connection', { dropAt: 50 }],
  ])('says so when it %s while the content is being replaced, and can be repeated', async (_, trouble) => {
    const { server, bak, before } = await taken()
    Object.assign(server.behaviour, { ...trouble, only: /^RESTORE DATABASE/ })
    expect(await failureOf(restoreOf(server, bak))).toMatchObject({ code: 'half-restored' })
    expect(state(server)).toMatchObject({ state: 'RESTORING' })
    Object.assign(server.behaviour, { failAt: null, dropAt: null })
    await restoreOf(server, bak)
    expect(state(server)).toEqual({ state: 'ONLINE', access: 'MULTI_USER', content: before })
    expect(readdirSync(server.folder)).toEqual([])
  })

  it('says so when it is cancelled then, at the latest after a second', async () => {
    const { server, bak } = await taken()
    Object.assign(server.behaviour, { hangAt: 50, only: /^RESTORE DATABASE/ })
    const abort = new AbortController()
    const restored = failureOf(restoreOf(server, bak, { signal: abort.signal }))
    await server.hanging()
    const watch = startWatch()
    abort.abort(cancelled('admin'))
    expect(await restored).toMatchObject({ code: 'half-restored' })
    expect(watch()).toBeLessThan(1_000)
    expect(readdirSync(server.folder)).toEqual([])
  })

  it('is cancelled without a trace before that', async () => {
    const { server, bak } = await taken()
    Object.assign(server.behaviour, { hangAt: 50, only: /VERIFYONLY/ })
    const abort = new AbortController()
    const reason = cancelled('admin')
    const restored = failureOf(restoreOf(server, bak, { signal: abort.signal }))
    await server.hanging()
    abort.abort(reason)
    expect(await restored).toBe(reason)
    expect(state(server)).toEqual({ state: 'ONLINE', access: 'MULTI_USER', content: 'spoilt' })
  })

  it('takes a new database away again that did not become whole', async () => {
    const { server, bak } = await taken()
    Object.assign(server.behaviour, { dropAt: 50, only: /^RESTORE DATABASE/ })
    expect(await failureOf(restoreOf(server, bak, { to: 'copy' }))).toMatchObject({
      code: 'server-unreachable',
    })
    expect(server.databases.find('copy')).toBeUndefined()
  })

  it('finishes what a kill cut off', async () => {
    const { server, bak, before } = await taken()
    const journal = join(await tempFolder(), 'journal')
    const file = `automate-backup-${'d'.repeat(32)}.bak`
    writeFileSync(join(server.folder, file), 'left')
    writeFileSync(journal, JSON.stringify({ database: 'app', file, fresh: false }))
    Object.assign(server.databases.find('app')!, { access: 'SINGLE_USER' })
    await restoreOf(server, bak, { journal, to: 'copy' })
    expect(state(server)).toEqual({ state: 'ONLINE', access: 'MULTI_USER', content: 'spoilt' })
    expect(state(server, 'copy')).toMatchObject({ content: before })
    expect(existsSync(journal)).toBe(false)
    expect(readdirSync(server.folder)).toEqual([])
  })

  it('believes no journal that leads elsewhere', async () => {
    const { server, bak } = await taken()
    const journal = join(await tempFolder(), 'journal')
    const precious = join(await tempFolder(), 'precious')
    writeFileSync(precious, 'mine')
    writeFileSync(journal, JSON.stringify({ database: 'app', file: `../${precious}`, fresh: true }))
    await restoreOf(server, bak, { journal })
    expect(existsSync(precious)).toBe(true)
  })

  it('lays the backup down for the server’s group and nobody else', async () => {
    const { server, bak } = await taken()
    const modes: number[] = []
    const before = process.umask(0o077)
    const onProgress = () => {
      for (const name of readdirSync(server.folder))
        modes.push(statSync(join(server.folder, name)).mode & 0o777)
    }
    await restoreOf(server, bak, { onProgress }).finally(() => process.umask(before))
    expect(new Set(modes)).toEqual(new Set([0o640]))
  })
})
