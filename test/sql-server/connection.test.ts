import { createServer } from 'node:net'
import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { cancelled } from '../../src/engine/failure.ts'
import { startWatch } from '../support/processes.ts'
import type { Behaviour } from '../support/tds/sql-server.ts'
import { canary, failureOf, never, openServer, pourOf, restoreOf, sourceOf } from './bench.ts'

const measure = (server: Parameters<typeof sourceOf>[0], connection?: string) =>
  sourceOf(server, connection === undefined ? {} : { connection }).measure({ signal: never() })

describe('the connection to a SQL Server', () => {
  it('is encrypted without being asked for', async () => {
    const server = await openServer()
    await measure(server)
    expect(server.tds.logins.map(({ encrypted }) => encrypted)).toEqual([true, true])
    expect(server.logins[0]).toMatchObject({ database: 'master', application: 'automate-plugin-backup' })
  })

  it('gives no password to a server that refuses encryption', async () => {
    const server = await openServer({ encrypts: false })
    expect(await failureOf(measure(server))).toMatchObject({
      code: 'server-refused',
      message: expect.stringContaining('does not encrypt'),
    })
    expect(server.logins).toEqual([])
  })

  it('goes without encryption where the connection string says so', async () => {
    const server = await openServer({ encrypts: false })
    await measure(server, server.connection('Encrypt=false'))
    expect(server.logins.length).toBeGreaterThan(0)
  })

  it('trusts no certificate that signs itself, unless the connection string says so', async () => {
    const server = await openServer()
    const error = await failureOf(measure(server, server.connection('')))
    expect(error).toMatchObject({ code: 'server-refused', details: { said: 'DEPTH_ZERO_SELF_SIGNED_CERT' } })
    expect(error.hint).toContain('TrustServerCertificate')
    expect(server.logins).toEqual([])
  })

  it('says that the login was refused', async () => {
    const server = await openServer()
    const wrong = server.connection().replace(canary, 'wrong')
    expect(await failureOf(measure(server, wrong))).toMatchObject({
      code: 'server-refused',
      message: expect.stringContaining("Login failed for user 'backup'."),
    })
  })

  it('says that nothing answers', async () => {
    const server = await openServer()
    const connection = server.connection()
    await server.close()
    expect(await failureOf(measure(server, connection))).toMatchObject({
      code: 'server-unreachable',
      details: { server: '127.0.0.1', said: 'ECONNREFUSED' },
    })
  })

  it('can be cancelled while a server does not answer', async () => {
    const server = await openServer()
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void silent.close())
    const { port } = silent.address() as { port: number }
    const abort = new AbortController()
    const reason = cancelled('admin')
    const connected = new Promise((resolve) => silent.once('connection', resolve))
    const connection = `Server=127.0.0.1,${port};User Id=a;Password=b`
    const measured = failureOf(sourceOf(server, { connection }).measure({ signal: abort.signal }))
    await connected
    const watch = startWatch()
    abort.abort(reason)
    expect(await measured).toBe(reason)
    expect(watch()).toBeLessThan(1_000)
  })

  it.each([
    `mssql://sa:${canary}@host/app`,
    `Server=host User Id=sa Password=${canary}`,
    `Server=host;Password={${canary}`,
    `${canary}`,
    '',
  ])('can’t understand the string %j, and does not repeat it', async (connection) => {
    const server = await openServer()
    const error = await failureOf(measure(server, connection))
    expect(error).toMatchObject({ code: 'invalid-settings', details: { source: 'sql' } })
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain(canary)
  })
})

describe('the password', () => {
  const troubles: Readonly<Record<string, Partial<Behaviour>>> = {
    'nothing is wrong': {},
    'the login fails': { password: 'another' },
    'the folder is refused': { deviceError: 5 },
    'the connection is lost': { dropAt: 50 },
    'a statement fails': {
      failAt: { percent: 50, number: 3271, message: 'A nonrecoverable I/O error occurred' },
    },
    'the backup rots': { rots: true },
    'a right is missing': { without: new Set(['BACKUP DATABASE']) },
  }

  it.each(Object.keys(troubles))('is in nothing that comes out when %s', async (trouble) => {
    const printed: unknown[] = []
    const server = await openServer()
    const connection = server.connection()
    const { taken } = await pourOf(server)
    Object.assign(server.behaviour, troubles[trouble])
    const source = sourceOf(server, { connection })
    const onProgress = (progress: unknown) => void printed.push(progress)
    const out = [
      source,
      await source.measure({ signal: never() }).catch((error) => error),
      await pourOf(server, { connection, onProgress }).catch((error) => error),
      await restoreOf(server, taken, { connection, onProgress }).catch((error) => error),
      taken.map(({ bytes }) => bytes.toString('latin1')),
      server.statements,
      printed,
    ]
    const everything = inspect(out, {
      depth: null,
      showHidden: true,
      maxStringLength: null,
      maxArrayLength: null,
    })
    expect(everything).not.toContain(canary)
    expect(JSON.stringify(out)).not.toContain(canary)
    expect(server.logins.some(({ password }) => password === canary)).toBe(true)
  })
})
