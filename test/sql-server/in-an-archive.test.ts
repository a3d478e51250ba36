import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { BackupError } from '../../src/engine/errors.ts'
import { cancelled } from '../../src/engine/failure.ts'
import {
  archivally,
  archive,
  archiveRequest,
  archiveRestoreRequest,
  profile,
  sharedArchiveEngine,
  staged,
} from '../support/archives.ts'
import type { FakeSqlServer } from '../support/tds/sql-server.ts'
import { canary, failureOf, openServer } from './bench.ts'

const engine = sharedArchiveEngine()

/** A profile of a folder and a database. */
async function profileOf(server: FakeSqlServer) {
  const files = await profile({ 'readme.txt': 'read me' })
  const { folder: localFolder, serverFolder } = server
  const database = { kind: 'mssql', id: 'sql', database: 'app', serverFolder, localFolder } as const
  return { ...files, sources: [...files.sources, { ...database, connection: server.connection() }] }
}

describe('a SQL Server in an archive', () => {
  it('is packed beside files by the process of archives, and put back', async () => {
    const server = await openServer()
    const from = await profileOf(server)
    const { backup } = await archive(engine, from)
    const before = server.databases.find('app')!.content
    server.databases.find('app')!.content = 'spoilt'
    const request = archiveRestoreRequest(from, { listed: backup.name })
    await engine.restore(request, archivally())
    expect(server.databases.find('app')).toMatchObject({
      content: before,
      state: 'ONLINE',
      access: 'MULTI_USER',
    })
    expect(readdirSync(server.folder)).toEqual([])
  })

  it('leaves the password nowhere in it, nor in what is kept beside it', async () => {
    const server = await openServer()
    const from = await profileOf(server)
    const { backup, ...result } = await archive(engine, from)
    const kept = readdirSync(from.vault.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'))
    const unpacked = spawnSync('unzip', ['-p', join(from.vault.folder, backup.name)], {
      encoding: 'latin1',
    }).stdout
    expect(unpacked).toMatch(/"kind": ?"mssql"/)
    expect(unpacked).toContain('MADE-UP BACKUP')
    for (const text of [...kept, unpacked, inspect({ backup, result }, { depth: null })])
      expect(text).not.toContain(canary)
  })

  it('fails the run by name, without the password', async () => {
    const server = await openServer()
    const from = await profileOf(server)
    server.behaviour.deviceError = 5
    const error = await failureOf(archive(engine, from))
    expect(error).toBeInstanceOf(BackupError)
    expect(error).toMatchObject({ code: 'server-folder' })
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain(canary)
    expect(staged(from.vault)).toEqual([])
  })

  it('is stopped with the run', async () => {
    const server = await openServer()
    Object.assign(server.behaviour, { hangAt: 50, only: /^BACKUP/ })
    const from = await profileOf(server)
    const abort = new AbortController()
    const made = failureOf(engine.create(archiveRequest(from), archivally({ signal: abort.signal })))
    await server.hanging()
    abort.abort(cancelled('admin'))
    expect(await made).toMatchObject({ code: 'cancelled' })
    expect(readdirSync(server.folder)).toEqual([])
    expect(staged(from.vault)).toEqual([])
  })
})
