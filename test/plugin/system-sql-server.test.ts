import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Run } from '../../src/engine/backup.ts'
import { type App, type Session, startApp } from '../support/app.ts'
import { filesWith, processesWith } from '../support/secret-search.ts'
import { endOf, Installation, ran, systemBase, systemOverview } from '../support/system-backups.ts'
import { type FakeSqlServer, startSqlServer } from '../support/tds/sql-server.ts'

const canary = 'Kanarienvogel-2207'
const variable = 'TEST_SYSTEM_MSSQL'

let app: App
let place: Installation
let server: FakeSqlServer
let operator: Session
/** What the application's own process wrote to its standard streams. */
let written = ''
/** Answers and pages as they came. */
const seen: string[] = []

beforeAll(async () => {
  place = new Installation()
  server = await startSqlServer({ folder: join(place.root, 'exchange') })
  server.behaviour.password = canary
  server.databases.add('app', { content: 'row '.repeat(20_000) })
  process.env[variable] = server.connection()
  const { folder: localFolder, serverFolder } = server
  const database = {
    kind: 'mssql',
    connection: `env:${variable}`,
    database: 'app',
    serverFolder,
    localFolder,
  }
  const [files] = place.profile().sources as object[]
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      written += text
      return true
    })
  app = await startApp({
    operator: { restoreFromPage: true, profiles: [place.profile({ sources: [files, database] })] },
  })
  operator = await app.signIn('admin')
})
beforeEach(() => {
  Object.assign(server.behaviour, { deviceError: 0, hangAt: null, only: /./ })
})
afterAll(async () => {
  delete process.env[variable]
  await app.stop()
  await server.close()
  place.remove()
})

const database = () => server.databases.find('app')!

async function pageOf(path = systemBase): Promise<string> {
  const text = await (await operator.get(path, { accept: 'text/html' })).text()
  seen.push(text)
  return text
}

/** Begins something that will hang at the server, and waits for that. */
async function hangingAt(only: RegExp, path: string, body: object): Promise<string> {
  Object.assign(server.behaviour, { hangAt: 50, only })
  const answer = await operator.post(`${systemBase}${path}`, body)
  const { run } = (await answer.json()) as { run: Run }
  await server.hanging()
  return run.id
}

async function cancel(id: string): Promise<Run> {
  expect((await operator.post(`${systemBase}/runs/${id}/cancel`)).status).toBe(202)
  return endOf(operator, id)
}

describe('a SQL Server among the sources of a profile', () => {
  it('is archived from the page beside the files, and put back from it', async () => {
    const before = database().content
    const run = await ran(operator, '/create', { note: 'with the server' })
    expect(run).toMatchObject({ status: 'completed', error: null })
    const [name = ''] = run.backups
    const listed = execFileSync('unzip', ['-Z1', join(place.folder, name)], { encoding: 'utf8' })
    expect(listed.split('\n')).toEqual(expect.arrayContaining(['app/app.bak', 'ProgramData/config/app.ini']))
    expect(server.logins.length).toBeGreaterThan(0)
    expect(server.tds.logins.every(({ encrypted }) => encrypted)).toBe(true)

    expect(await pageOf(`${systemBase}/restore?name=${name}`)).toContain('name="replaceDatabases"')
    database().content = 'spoilt'
    const order = { name, confirm: 'enterprise', sources: [{ id: 'app' }] }
    const unconfirmed = await operator.post(`${systemBase}/restore`, order)
    expect([unconfirmed.status, (await unconfirmed.json()) as object]).toMatchObject([
      400,
      { code: 'invalid-request' },
    ])
    expect(database().content).toBe('spoilt')
    const restored = await ran(operator, '/restore', { ...order, replaceDatabases: true })
    expect(restored).toMatchObject({ kind: 'restore', status: 'completed' })
    expect(database()).toMatchObject({ content: before, state: 'ONLINE', access: 'MULTI_USER' })
    expect(readdirSync(server.folder)).toEqual([])
  })

  it('is let go of when the run is cancelled in the middle of the server’s work', async () => {
    const before = place.archives()
    const id = await hangingAt(/^BACKUP/, '/create', {})
    expect(processesWith(canary)).toEqual([])
    expect(readdirSync(server.folder)).toHaveLength(1)
    expect(await cancel(id)).toMatchObject({ status: 'cancelled', error: { code: 'cancelled' } })
    expect([readdirSync(server.folder), place.archives()]).toEqual([[], before])
    server.behaviour.hangAt = null
    expect((await ran(operator, '/create')).status).toBe('completed')
  })

  it('is for everybody again when a restore of it is cancelled, and comes back with the next one', async () => {
    const name = place.archives().at(-1)
    const before = database().content
    const order = { name, confirm: 'enterprise', sources: [{ id: 'app' }], replaceDatabases: true }
    const id = await hangingAt(/^RESTORE DATABASE/, '/restore', order)
    expect(processesWith(canary)).toEqual([])
    const run = await cancel(id)
    expect(['cancelled', 'failed']).toContain(run.status)
    expect(readdirSync(server.folder)).toEqual([])
    server.behaviour.hangAt = null
    expect((await ran(operator, '/restore', order)).status).toBe('completed')
    expect(database()).toMatchObject({ content: before, state: 'ONLINE', access: 'MULTI_USER' })
  })

  it('names folder and account that may not write there, on the page in both languages', async () => {
    server.behaviour.deviceError = 5
    const run = await ran(operator, '/create')
    expect(run.error).toMatchObject({ code: 'server-folder' })
    expect(run.error?.message).toContain('account NT Service\\MSSQLSERVER may not write to D:\\Backups')
    expect(await pageOf()).toContain('Give that account the right to read and write in this folder')
    await operator.form('/session/language', [
      ['language', 'de'],
      ['next', systemBase],
    ])
    const german = await pageOf()
    expect(german).toContain('Konto des Servers: „NT Service\\MSSQLSERVER“')
    expect(german).toContain('Geben Sie dem Konto, unter dem der SQL Server läuft')
    await operator.form('/session/language', [
      ['language', 'en'],
      ['next', systemBase],
    ])
  })

  it('leaves its password nowhere: pages, answers, logs, audit, archives, arguments, streams', async () => {
    server.behaviour.password = 'changed meanwhile'
    const refused = await ran(operator, '/create')
    expect(refused.error).toMatchObject({ code: 'server-refused' })
    server.behaviour.password = canary
    const [name] = place.archives()
    await pageOf()
    await pageOf(`${systemBase}/restore?name=${name}`)
    seen.push(JSON.stringify([refused, await systemOverview(operator), await operator.logged(), app.log]))
    seen.push(await (await operator.get(`${systemBase}/restore?name=${name}`)).text())
    expect(seen.join('\n').length).toBeGreaterThan(10_000)
    expect(seen.filter((text) => text.includes(canary))).toEqual([])
    expect([...filesWith(canary, place.root), ...filesWith(canary, app.dataDir)]).toEqual([])
    expect(written).not.toContain(canary)
    expect(processesWith(canary)).toEqual([])
  })
})
