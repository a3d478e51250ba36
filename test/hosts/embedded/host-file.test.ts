import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type EmbeddedHost, startEmbeddedHost } from '../../../hosts/embedded/embedded-host.ts'
import { environment, HandClock, twoTenants } from '../../support/embedded-host.ts'
import { Browser } from '../../support/host-browser.ts'

describe('host.json', () => {
  let dataDir: string
  let host: EmbeddedHost | undefined
  let lines: string[]
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'host-file-'))
    lines = []
  })
  afterEach(async () => {
    await host?.stop()
    host = undefined
    await rm(dataDir, { recursive: true })
  })
  const start = async (env: Record<string, string> = environment, more: { importDb?: string } = {}) => {
    const clock = new HandClock('2026-11-20T12:00:00Z')
    const log = (line: string): void => void lines.push(line)
    host = await startEmbeddedHost({
      dataDir,
      port: 0,
      clock,
      environment: env,
      autoTick: false,
      log,
      ...more,
    })
    return host
  }

  test('is made at the first start, as documented, readable by its owner only', async () => {
    await start()
    const file = JSON.parse(await readFile(join(dataDir, 'host.json'), 'utf8'))
    expect(file).toEqual({
      tenants: [
        {
          id: 'demo',
          name: 'Demo GmbH',
          root: 'tenants/demo',
          databases: [{ name: 'main', path: 'main.sqlite' }],
          timeZone: 'Europe/Berlin',
          language: 'en',
        },
      ],
      users: [
        { name: 'admin', password: 'env:AUTOMATE_ADMIN_PASSWORD', role: 'operator' },
        { name: 'demo-admin', password: 'env:DEMO_ADMIN_PASSWORD', role: 'tenant-admin', tenant: 'demo' },
        { name: 'demo-user', password: expect.stringMatching(/^scrypt:/), role: 'user', tenant: 'demo' },
      ],
    })
    expect((await stat(join(dataDir, 'host.json'))).mode & 0o777).toBe(0o600)
    expect(await readFile(join(dataDir, 'host.json'), 'utf8')).not.toContain('user-password')
  })

  test('without a password in the environment one is made, said once, and stored as a hash', async () => {
    await start({})
    const [, password = ''] = /Sign in as admin with the password (\S+)/.exec(lines.join('\n')) ?? []
    expect(password).toMatch(/^[a-z2-9]{5}(-[a-z2-9]{5}){3}$/)
    expect(await readFile(join(dataDir, 'host.json'), 'utf8')).not.toContain(password)
    expect((await new Browser(host!.origin).signIn('admin', password)).status).toBe(200)
    await host?.stop()
    lines = []
    await start({})
    expect(lines.join('\n')).not.toContain('Sign in as')
    expect((await new Browser(host!.origin).signIn('admin', password)).status).toBe(200)
  })

  test('a user whose variable is not set can not sign in, and the log says so', async () => {
    await start({ AUTOMATE_ADMIN_PASSWORD: 'x' })
    expect(lines.filter((line) => line.includes('DEMO_ADMIN_PASSWORD is not set'))).toHaveLength(1)
    for (const guess of ['', 'undefined', 'env:DEMO_ADMIN_PASSWORD'])
      expect((await new Browser(host!.origin).signIn('demo-admin', guess)).status).toBe(401)
  })

  const [demo, other] = twoTenants.tenants
  const [admin, demoAdmin] = twoTenants.users
  test.each([
    ['is not JSON', '{', /host\.json isn't JSON/],
    ['lacks its users', { tenants: [] }, /the file must have required property 'users'/],
    ['has an unknown field', { ...twoTenants, extra: 1 }, /must NOT have additional properties: extra/],
    [
      'holds a plain password',
      { ...twoTenants, users: [{ ...admin, password: 'secret' }] },
      /users\[0\]\.password .*passwords are not stored/,
    ],
    [
      'has an unknown role',
      { ...twoTenants, users: [{ ...admin, role: 'king' }] },
      /users\[0\]\.role .*operator, tenant-admin, user/,
    ],
    [
      'has an administrator of nothing',
      { ...twoTenants, users: [{ ...demoAdmin, tenant: undefined }] },
      /users\[0\]\.tenant is missing/,
    ],
    [
      'names a tenant that is not there',
      { ...twoTenants, users: [{ ...demoAdmin, tenant: 'x' }] },
      /users\[0\]\.tenant: no such tenant: x/,
    ],
    ['has a tenant twice', { ...twoTenants, tenants: [demo, demo] }, /tenants\[1\]\.id occurs twice: demo/],
    ['has a user twice', { ...twoTenants, users: [admin, admin] }, /users\[1\]\.name occurs twice: admin/],
    [
      'has an unknown zone',
      { ...twoTenants, tenants: [{ ...demo, timeZone: 'Mars' }, other] },
      /tenants\[0\]\.timeZone: no such time zone: Mars/,
    ],
    [
      "has a root that holds the host's own files",
      { ...twoTenants, tenants: [{ ...demo, root: '.' }] },
      /tenants\[0\]\.root holds the host's own files/,
    ],
    [
      'has roots that overlap',
      { ...twoTenants, tenants: [demo, { ...other, root: 'tenants/demo/inner' }] },
      /tenants\[1\]\.root lies in that of tenants\[0\]/,
    ],
    [
      'has a database outside its root',
      { ...twoTenants, tenants: [{ ...demo, databases: [{ name: 'm', path: '../x.sqlite' }] }, other] },
      /tenants\[0\]\.databases\[0\]\.path leaves the tenant's root/,
    ],
  ])('that %s is refused with the file and the field named', async (_title, content, problem) => {
    await writeFile(
      join(dataDir, 'host.json'),
      typeof content === 'string' ? content : JSON.stringify(content),
    )
    await expect(start()).rejects.toThrow(problem)
    await expect(start()).rejects.toThrow(/host\.json/)
    expect(existsSync(join(dataDir, 'host.sqlite'))).toBe(false)
  })

  test('two hosts never share a data folder', async () => {
    const first = await start()
    await expect(start()).rejects.toThrow(/Another host is running with the data folder/)
    host = first
    expect((await new Browser(first.origin).page('/login')).status).toBe(200)
  })

  test('a state of a newer host is refused', async () => {
    await start()
    await host?.stop()
    const database = new Database(join(dataDir, 'host.sqlite'))
    database.pragma('user_version = 99')
    database.close()
    await expect(start()).rejects.toThrow(/newer version/)
  })

  test.each([
    ['is missing', async () => {}, /can't be imported/],
    ['is no database', (file: string) => writeFile(file, 'x'.repeat(8192)), /not a database/],
    ['is empty', (file: string) => writeFile(file, ''), /can't be imported/],
    ['is damaged', damagedDatabase, /can't be imported/],
  ])(
    'a file to import that %s is refused, and a right one taken afterwards',
    async (_title, make, problem) => {
      const file = join(dataDir, 'import.sqlite')
      await make(file)
      await expect(start(environment, { importDb: file })).rejects.toThrow(problem)
      expect(existsSync(join(dataDir, 'tenants/demo/main.sqlite'))).toBe(false)
      await rm(file, { force: true })
      const right = new Database(file)
      right.exec("create table t (a); insert into t values ('imported')")
      right.close()
      await start(environment, { importDb: file })
      const imported = new Database(join(dataDir, 'tenants/demo/main.sqlite'), { readonly: true })
      expect(imported.prepare('select a from t').pluck().get()).toBe('imported')
      imported.close()
    },
  )

  test('a database that is lost is seen as lost, not covered with an empty one', async () => {
    await start()
    await host?.stop()
    await rm(join(dataDir, 'tenants/demo/main.sqlite'))
    await start()
    expect(existsSync(join(dataDir, 'tenants/demo/main.sqlite'))).toBe(false)
    expect(lines.join('\n')).toMatch(/Database main of Demo GmbH can't be opened/)
    const browser = new Browser(host!.origin)
    await browser.signIn('admin', environment.AUTOMATE_ADMIN_PASSWORD)
    expect((await browser.page('/data')).text).toContain('The database main is not open')
    expect((await browser.json('/data?table=customers')).status).toBe(422)
  })

  test('an empty file in the place of a database stays as it is', async () => {
    await mkdir(join(dataDir, 'tenants/demo'), { recursive: true })
    await writeFile(join(dataDir, 'tenants/demo/main.sqlite'), '')
    await start()
    expect((await stat(join(dataDir, 'tenants/demo/main.sqlite'))).size).toBe(0)
  })
})

async function damagedDatabase(file: string): Promise<void> {
  const database = new Database(file)
  database.pragma('synchronous = OFF')
  database.exec('create table t (a primary key, b)')
  const insert = database.prepare('insert into t values (?, ?)')
  for (let i = 0; i < 500; i++) insert.run(`key ${i}`, 'x'.repeat(100))
  database.close()
  const bytes = await readFile(file)
  bytes.fill(0xff, 4096 * 3, 4096 * 4)
  await writeFile(file, bytes)
}
