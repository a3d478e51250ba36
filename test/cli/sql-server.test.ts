import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Ended, keys, missingForTerminal, start, Typist } from '../support/command-line.ts'
import { filesWith, processesWith } from '../support/secret-search.ts'
import { Installation } from '../support/system-backups.ts'
import { type FakeSqlServer, startSqlServer } from '../support/tds/sql-server.ts'

// Each starts several processes, one after the other.
vi.setConfig({ testTimeout: 120_000 })

const canary = 'Kanarienvogel-7190'

let place: Installation
let server: FakeSqlServer
let config: string
const said: string[] = []

beforeAll(async () => {
  place = new Installation()
  server = await startSqlServer({ folder: join(place.root, 'exchange') })
  server.behaviour.password = canary
  server.databases.add('app', { content: 'row '.repeat(20_000) })
  mkdirSync(join(place.root, 'home'))
  const { folder: localFolder, serverFolder } = server
  const database = { kind: 'mssql', connection: 'env:APP_MSSQL', database: 'app', serverFolder, localFolder }
  const [files] = place.profile().sources as object[]
  config = join(place.root, 'backup.json')
  writeFileSync(config, JSON.stringify({ profiles: [place.profile({ sources: [files, database] })] }))
})
beforeEach(() => {
  Object.assign(server.behaviour, { deviceError: 0, hangAt: null, only: /./ })
})
afterAll(async () => {
  await server.close()
  place.remove()
})

const environment = () => ({ APP_MSSQL: server.connection(), HOME: join(place.root, 'home') })
const database = () => server.databases.find('app')!
const create = ['create', '--profile', 'enterprise']
const archive = () => join(place.folder, place.archives().at(-1) ?? '')

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const { ended } = start([...args, '--config', config], { env: { ...environment(), ...env } })
  const result = await ended
  said.push(result.stdout, result.stderr)
  return result
}

describe('automate-backup with a profile of a SQL Server', () => {
  it('makes the archive, and puts the database back', async () => {
    const before = database().content
    expect(await run(create)).toMatchObject({ code: 0, stdout: expect.stringContaining('proven') })
    database().content = 'spoilt'
    const restored = await run(['restore', archive(), '--only', 'app', '--yes'])
    expect([restored.code, restored.stdout.trimEnd().split('\n').at(-1)]).toEqual([0, 'Restore successful'])
    expect(database()).toMatchObject({ content: before, state: 'ONLINE', access: 'MULTI_USER' })
    expect(readdirSync(server.folder)).toEqual([])
  })

  it('asks apart from everything else before a database of the server is replaced', async (context) => {
    const missing = missingForTerminal()
    if (missing) context.skip(missing)
    const before = database().content
    database().content = 'spoilt'
    const args = ['restore', archive(), '--only', 'app', '--config', config]
    const declining = new Typist(args, { env: environment() })
    await declining.after('Where does "app" go?', keys.enter)
    await declining.after('Type yes to go on', `yes${keys.enter}`)
    await declining.after('everybody is disconnected from it', `no${keys.enter}`)
    expect(await declining.end()).toBe(130)
    expect(database().content).toBe('spoilt')
    const typist = new Typist(args, { env: environment() })
    await typist.after('Where does "app" go?', keys.enter)
    await typist.after('Type yes to go on', `yes${keys.enter}`)
    await typist.after('everybody is disconnected from it', `yes${keys.enter}`)
    await typist.sees('Restore successful')
    expect(await typist.end()).toBe(0)
    expect(database().content).toBe(before)
    said.push(typist.screen, declining.screen)
  })

  it('stops the server’s work on Ctrl-C, and leaves nothing in the folder', async () => {
    const before = place.archives()
    Object.assign(server.behaviour, { hangAt: 50, only: /^BACKUP/ })
    const { child, ended } = start([...create, '--config', config], { env: environment() })
    await server.hanging()
    expect(processesWith(canary)).toEqual([])
    child.kill('SIGINT')
    const { code, stdout, stderr } = await ended
    said.push(stdout, stderr)
    expect(code).toBe(130)
    expect([readdirSync(server.folder), place.archives()]).toEqual([[], before])
  })

  it('names folder and account that may not write there, in both languages', async () => {
    server.behaviour.deviceError = 5
    const english = await run(create)
    expect([english.code, english.stderr]).toEqual([
      1,
      expect.stringContaining('account NT Service\\MSSQLSERVER may not write to D:\\Backups'),
    ])
    expect(english.stderr).toContain('Give that account the right to read and write in this folder')
    const german = await run(create, { LC_ALL: 'de_DE.UTF-8' })
    expect(german.stderr).toContain('Konto des Servers: „NT Service\\MSSQLSERVER“')
    expect(german.stderr).toContain('Geben Sie dem Konto, unter dem der SQL Server läuft')
  })

  it('says of a database that the server does not have that it is the server’s', async () => {
    const kept = server.databases.find('app')!
    server.databases.remove('app')
    const german = await run(create, { LC_ALL: 'de_DE.UTF-8' })
    expect(german.stderr).toContain('Der SQL Server hat keine Datenbank („app“)')
    server.databases.add('app', { content: kept.content })
  })

  it('leaves the password nowhere: output, archives, logs, arguments', async () => {
    server.behaviour.password = 'changed meanwhile'
    const { ended } = start([...create, '--config', config], {
      env: { ...environment(), APP_MSSQL: server.connection().replace('changed meanwhile', canary) },
    })
    const { code, stdout, stderr } = await ended
    said.push(stdout, stderr)
    expect([code, stderr]).toEqual([1, expect.stringContaining('Login failed')])
    expect(said.filter((text) => text.includes(canary))).toEqual([])
    expect(filesWith(canary, place.root)).toEqual([])
    expect(processesWith(canary)).toEqual([])
  })
})
