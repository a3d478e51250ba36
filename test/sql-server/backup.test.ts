import { existsSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { SourceProgress } from '../../src/engine/archive.ts'
import { cancelled } from '../../src/engine/failure.ts'
import { startWatch, until } from '../support/processes.ts'
import { readBak } from '../support/tds/bak-file.ts'
import { tempFolder } from '../support/tenant.ts'
import { failureOf, keepingSink, never, openServer, pourOf, sourceOf } from './bench.ts'

describe('a backup of a SQL Server database', () => {
  it('is what the server wrote, proven, and leaves nothing behind', async () => {
    const server = await openServer()
    const { report, taken } = await pourOf(server)
    expect(taken.map(({ file }) => [file.path, file.sizeBytes])).toEqual([
      ['sql/app.bak', taken[0]!.bytes.length],
    ])
    expect(readBak(taken[0]!.bytes)).toMatchObject({
      sound: true,
      content: server.databases.find('app')!.content,
      header: { copyOnly: true, checksums: true, compressed: true },
    })
    expect(report.details).toMatchObject({
      database: 'app',
      checksums: true,
      copyOnly: true,
      compatibilityLevel: 160,
      backupServerVersion: '16.0.4105',
    })
    expect(readdirSync(server.folder)).toEqual([])
    await until(() => server.tds.connections() === 0)
  })

  it('tells the percents that the server told, and nothing else', async () => {
    const server = await openServer()
    const { bytes } = await sourceOf(server).measure({ signal: never() })
    const told: SourceProgress[] = []
    await pourOf(server, { onProgress: (progress) => void told.push(progress) })
    expect(told.filter(({ item }) => item.includes('BACKUP')).map((one) => one.bytes)).toEqual(
      [1, 25, 50, 75, 100].map((percent) => Math.floor((bytes * percent) / 100)),
    )
    expect(told.at(-1)).toEqual({ files: 1, bytes, item: 'app' })
  })

  it('does without compression where the edition has none', async () => {
    const web = await openServer()
    web.behaviour.edition = 'Web Edition (64-bit)'
    expect((await pourOf(web)).report.details).toMatchObject({ compressed: false })
    const backups = web.statements.filter(({ text }) => text.startsWith('BACKUP'))
    expect(backups.map(({ text }) => text.includes('COMPRESSION'))).toEqual([true, false])
    const express = await openServer()
    Object.assign(express.behaviour, { edition: 'Express Edition (64-bit)', engineEdition: 4 })
    await pourOf(express)
    expect(express.statements.filter(({ text }) => text.includes('COMPRESSION'))).toEqual([])
  })

  it.each([
    ['x] WITH FORMAT; DROP DATABASE [app', 'x_ WITH FORMAT_ DROP DATABASE _app.bak'],
    ["it's", 'it_s.bak'],
    ['../../up', '__.._up.bak'],
    ['Kundenübersicht', 'Kundenübersicht.bak'],
    ['数'.repeat(128), `${'数'.repeat(66)}.bak`],
  ])('takes a database of the name %s for what it is', async (name, entry) => {
    const server = await openServer()
    server.databases.add(name, { content: 'mine' })
    const { taken } = await pourOf(server, { database: name })
    expect(taken.map(({ file }) => file.path)).toEqual([`sql/${entry}`])
    expect(readBak(taken[0]!.bytes)).toMatchObject({ content: 'mine', header: { database: name } })
    expect(server.databases.find('app')).toBeDefined()
  })

  it('names the account that may not write to the folder', async () => {
    const server = await openServer()
    server.behaviour.deviceError = 5
    for (const work of [() => sourceOf(server).measure({ signal: never() }), () => pourOf(server)]) {
      const error = await failureOf(work())
      expect(error).toMatchObject({ code: 'server-folder', details: { account: 'NT Service\\MSSQLSERVER' } })
      expect(error.message).toContain('NT Service\\MSSQLSERVER may not write to D:\\Backups')
      expect(error.message).toContain('operating system error 5: Access is denied.')
    }
    server.behaviour.without.add('VIEW SERVER STATE')
    expect((await failureOf(pourOf(server))).message).toContain('The account that the SQL Server runs as')
    expect(readdirSync(server.folder)).toEqual([])
  })

  it('tells folders apart that are not the same one, before anything is backed up', async () => {
    const server = await openServer()
    const error = await failureOf(pourOf(server, { localFolder: await tempFolder() }))
    expect(error).toMatchObject({ code: 'server-folder', details: { why: 'differ' } })
    const missing = join(server.folder, 'missing')
    expect(await failureOf(pourOf(server, { localFolder: missing }))).toMatchObject({
      code: 'server-folder',
      details: { why: 'local', errno: 'ENOENT' },
    })
    expect(server.statements.filter(({ text }) => text.startsWith('BACKUP'))).toEqual([])
  })

  it('says it when the server’s disk is full in mid-backup', async () => {
    const server = await openServer()
    server.behaviour.failAt = {
      percent: 50,
      number: 3202,
      message: 'Write on "D:\\Backups\\x.bak" failed: 112(There is not enough space on the disk.)',
    }
    expect(await failureOf(pourOf(server))).toMatchObject({ code: 'disk-full' })
    expect(readdirSync(server.folder)).toEqual([])
  })

  it('does not keep a backup that the server can’t verify', async () => {
    const server = await openServer()
    server.behaviour.rots = true
    const sink = keepingSink()
    const poured = sourceOf(server).pour(sink, { signal: never(), scratch: '/nowhere', onProgress: () => {} })
    expect(await failureOf(poured)).toMatchObject({ code: 'proof-failed' })
    expect(sink.taken).toEqual([])
    expect(readdirSync(server.folder)).toEqual([])
  })

  it.each([
    ['is offline', { state: 'OFFLINE' }],
    ['is being restored', { state: 'RESTORING' }],
    ['is a snapshot', { snapshotOf: 4 }],
  ] as const)('says beforehand that a database %s', async (_, is) => {
    const server = await openServer()
    Object.assign(server.databases.find('app')!, is)
    expect(await failureOf(sourceOf(server).measure({ signal: never() }))).toMatchObject({
      code: 'server-refused',
    })
  })

  it('says beforehand that a database is not there', async () => {
    const server = await openServer()
    server.databases.remove('app')
    expect(await failureOf(sourceOf(server).measure({ signal: never() }))).toMatchObject({
      code: 'source-missing',
    })
  })

  it('says beforehand which right the login lacks', async () => {
    for (const [right, role] of [
      ['BACKUP DATABASE', 'db_backupoperator'],
      ['CREATE ANY DATABASE', 'dbcreator'],
    ] as const) {
      const server = await openServer()
      server.behaviour.without.add(right)
      const error = await failureOf(sourceOf(server).measure({ signal: never() }))
      expect(error).toMatchObject({ code: 'server-refused' })
      expect(error.hint).toContain(role)
    }
  })

  it('refuses databases of Azure, which has no folders', async () => {
    const server = await openServer()
    Object.assign(server.behaviour, { edition: 'SQL Azure', engineEdition: 5 })
    expect(await failureOf(sourceOf(server).measure({ signal: never() }))).toMatchObject({
      code: 'server-refused',
    })
  })

  it.each([/^BACKUP/, /VERIFYONLY/])('stops the statement when it is cancelled in %s', async (only) => {
    const server = await openServer()
    Object.assign(server.behaviour, { hangAt: 50, only })
    const abort = new AbortController()
    const reason = cancelled('admin')
    const poured = failureOf(pourOf(server, { signal: abort.signal }))
    await server.hanging()
    expect(readdirSync(server.folder)).toHaveLength(1)
    const watch = startWatch()
    abort.abort(reason)
    expect(await poured).toBe(reason)
    expect(watch()).toBeLessThan(1_000)
    expect(readdirSync(server.folder)).toEqual([])
    await until(() => server.tds.connections() === 0)
  })

  it('is cancelled within a second by a server that does not react', async () => {
    const server = await openServer()
    Object.assign(server.behaviour, { hangAt: 50, deaf: true })
    const abort = new AbortController()
    const poured = failureOf(pourOf(server, { signal: abort.signal }))
    await server.hanging()
    const watch = startWatch()
    abort.abort(cancelled())
    expect(await poured).toMatchObject({ code: 'cancelled' })
    expect(watch()).toBeLessThan(1_000)
    expect(readdirSync(server.folder)).toEqual([])
  })

  it('has no time limit for a statement but a deadline of its own', async () => {
    const server = await openServer()
    server.behaviour.hangAt = 50
    const error = await failureOf(pourOf(server, { limits: { deadlineMs: 300 } }))
    expect(error).toMatchObject({ code: 'timed-out' })
    expect(readdirSync(server.folder)).toEqual([])
  })

  it('fails when the connection is lost, and works the next time', async () => {
    const server = await openServer()
    server.behaviour.dropAt = 50
    expect(await failureOf(pourOf(server))).toMatchObject({ code: 'server-unreachable' })
    expect(readdirSync(server.folder)).toEqual([])
    server.behaviour.dropAt = null
    expect((await pourOf(server)).taken).toHaveLength(1)
  })

  it('sweeps what a killed run left, and only what no run can still be writing', async () => {
    const server = await openServer()
    const named = (digit: string, ending = 'bak') => `automate-backup-${digit.repeat(32)}.${ending}`
    const old = new Date(Date.now() - 120_000)
    for (const name of [named('a'), named('b', 'probe'), 'somebody.bak', 'automate-backup-x.bak']) {
      writeFileSync(join(server.folder, name), 'left')
      utimesSync(join(server.folder, name), old, old)
    }
    writeFileSync(join(server.folder, named('c')), 'being written')
    await pourOf(server)
    expect(readdirSync(server.folder).sort()).toEqual([named('c'), 'automate-backup-x.bak', 'somebody.bak'])
  })

  it('refuses when there is no room in the folder', async () => {
    const server = await openServer()
    const huge = server.databases.add('huge')
    Object.defineProperty(huge, 'content', { get: () => ({ length: 2 ** 60 }) })
    const error = await failureOf(sourceOf(server, { database: 'huge' }).measure({ signal: never() }))
    expect(error).toMatchObject({ code: 'disk-full', details: { neededBytes: expect.any(Number) } })
    expect(existsSync(server.folder)).toBe(true)
  })
})
