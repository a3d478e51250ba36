import { linkSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RouteParts } from '../../src/routes/route.ts'
import { routeTable } from '../../src/routes/table.ts'
import { type App, base, Session, startApp } from '../support/app.ts'

/** What a request of each route needs, and what its own tenant's administrator gets. */
interface Row {
  /** With names and ids of the demo tenant. */
  readonly path?: (ids: Ids) => string
  readonly body?: (ids: Ids) => unknown
  readonly own: number
  /** Besides the usual ones. */
  readonly headers?: Record<string, string>
  /** Other websites may not even ask. */
  readonly ownSiteOnly?: true
  /** For the administrator of another tenant who names what belongs to the demo tenant. */
  readonly foreign: number
}

interface Ids {
  /** Deleting needs a new one each time. */
  readonly spare: string
  readonly name: string
  readonly run: string
  /** An upload that has begun. */
  readonly upload: string
}

const tus = { 'tus-resumable': '1.0.0' }

/** Without a row here a new route fails. */
const rows: Readonly<Record<string, Row>> = {
  'GET /': { own: 200, foreign: 200 },
  'GET /assets/page.css': { own: 200, foreign: 200 },
  'GET /assets/page.js': { own: 200, foreign: 200 },
  'GET /runs/:id': { path: ({ run }) => `/runs/${run}`, own: 200, foreign: 404 },
  'GET /runs/:id/events': { path: ({ run }) => `/runs/${run}/events`, own: 204, foreign: 404 },
  'GET /download': { path: ({ name }) => `/download?name=${name}`, own: 200, foreign: 404 },
  'GET /delete': { path: ({ name }) => `/delete?name=${name}`, own: 200, foreign: 404 },
  'GET /browse': { path: ({ name }) => `/browse?name=${name}&table=notes`, own: 200, foreign: 404 },
  'POST /browse': { body: ({ name }) => ({ name, table: 'notes', format: 'csv' }), own: 200, foreign: 404 },
  'GET /restore': { path: ({ name }) => `/restore?name=${name}`, own: 200, foreign: 404 },
  'POST /restore': { body: ({ name }) => ({ name, confirm: 'demo GmbH' }), own: 202, foreign: 404 },
  'POST /create': { own: 202, foreign: 202 },
  'POST /verify': { body: ({ name }) => ({ name }), own: 202, foreign: 404 },
  'POST /runs/:id/cancel': { path: ({ run }) => `/runs/${run}/cancel`, own: 404, foreign: 404 },
  'POST /delete': { body: ({ spare }) => ({ name: spare }), own: 200, foreign: 404 },
  'POST /protect': { body: ({ name }) => ({ name, protected: false }), own: 200, foreign: 404 },
  'POST /settings': { body: () => ({ retention: { maxCount: 7 } }), own: 200, foreign: 200 },
  'GET /upload': { own: 200, foreign: 200 },
  'OPTIONS /upload': { own: 204, foreign: 204 },
  'POST /upload': { headers: { ...tus, 'upload-length': '1000' }, own: 201, foreign: 201 },
  'GET /upload/:id': {
    path: ({ upload }) => `/upload/${upload}`,
    own: 200,
    foreign: 404,
    ownSiteOnly: true,
  },
  'PATCH /upload/:id': {
    path: ({ upload }) => `/upload/${upload}`,
    headers: { ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
    body: () => '',
    own: 204,
    foreign: 404,
  },
  'DELETE /upload/:id': { path: ({ upload }) => `/upload/${upload}`, headers: tus, own: 204, foreign: 404 },
  'POST /settings/preview': { body: () => ({ retention: { maxCount: 7 } }), own: 200, foreign: 200 },
}

const routes = routeTable({} as RouteParts).map(({ method, path }) => ({
  method,
  path,
  key: `${method} ${path}`,
}))
const sameSite = { 'sec-fetch-site': 'same-origin' }
const foreignSites = [
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { origin: 'http://evil.example' },
]

let app: App
const sessions: Record<string, Session> = {}
let ids: Ids

beforeAll(async () => {
  app = await startApp({
    operator: { restoreFromPage: true },
    tenants: [{ id: 'demo' }, { id: 'other', databases: [{ name: 'other', path: 'main.sqlite' }] }],
  })
  for (const user of ['admin', 'demo-admin', 'other-admin', 'demo-user'])
    sessions[user] = await app.signIn(user)
  await as('admin').post('/session/tenant', { tenant: 'demo' })
  await as('other-admin').backUp()
  const run = await as('demo-admin').backUp()
  ids = { name: run.backups[0] ?? '', run: run.id, spare: '', upload: await beginUpload('demo-admin') }
})

afterAll(() => app.stop())

function as(user: string): Session {
  const session = sessions[user]
  if (!session) throw new Error(`${user} is not signed in`)
  return session
}

/** One belongs to who began it, whatever else they may do. */
async function beginUpload(user: string): Promise<string> {
  const headers = { ...tus, 'upload-length': '1000', 'sec-fetch-site': 'same-origin' }
  const begun = await as(user).send('POST', `${base}/upload`, { headers })
  return begun.headers.get('location')?.split('/').at(-1) ?? ''
}

async function forget(user: string): Promise<void> {
  const { uploads } = (await (await as(user).get(`${base}/upload`)).json()) as { uploads: { id: string }[] }
  for (const { id } of uploads)
    await as(user).send('DELETE', `${base}/upload/${id}`, { headers: { ...tus, ...sameSite } })
}

async function call(
  who: Session,
  route: { method: string; path: string; key: string },
  more: Record<string, string>,
) {
  const { path = () => route.path, body = () => ({}), headers = {} } = rows[route.key] ?? {}
  const all = { ...headers, ...more }
  const address = `${base}${path(ids) === '/' ? '' : path(ids)}`
  const response = await (route.method === 'GET'
    ? who.get(address, all)
    : route.method === 'POST'
      ? who.post(address, body(ids), all)
      : who.send(route.method, address, { headers: all }))
  await response.arrayBuffer()
  return response
}

/** Runs that a permitted request started end before the next one is looked at. */
async function settled() {
  for (const user of ['demo-admin', 'other-admin']) {
    const { run } = await as(user).overview()
    if (run) await as(user).ended(run.id)
  }
}

/** Every file of both tenants' backups with its size, and both tenants' settings. */
async function state() {
  const files = ['demo', 'other'].flatMap((tenant) => {
    const folder = app.backupsFolder(tenant)
    return readdirSync(folder)
      .filter((name) => !name.startsWith('.'))
      .map((name) => {
        const { size, ino } = statSync(join(folder, name))
        return `${tenant} ${name} ${size} ${ino}`
      })
  })
  const settings = await Promise.all(
    ['demo-admin', 'other-admin'].map(async (user) => (await as(user).overview()).settings),
  )
  return { files, settings }
}

describe.each(routes)('$key', (route) => {
  it('has a row in the table', () => {
    expect(Object.keys(rows)).toContain(route.key)
  })

  it.each(['demo-admin', 'admin'])('serves %s for the own tenant', async (user) => {
    await forget(user)
    ids = { ...ids, upload: await beginUpload(user) }
    if (route.key === 'POST /delete')
      ids = { ...ids, spare: (await as('demo-admin').backUp()).backups[0] ?? '' }
    expect((await call(as(user), route, sameSite)).status).toBe(rows[route.key]?.own)
    await settled()
    await forget(user)
    ids = { ...ids, upload: await beginUpload('demo-admin') }
  })

  it("hides a tenant's things from another tenant's administrator", async () => {
    ids = { ...ids, spare: ids.name }
    const before = await state()
    expect((await call(as('other-admin'), route, sameSite)).status).toBe(rows[route.key]?.foreign)
    await settled()
    const after = await state()
    expect(after.files.filter((file) => file.startsWith('demo'))).toEqual(
      before.files.filter((file) => file.startsWith('demo')),
    )
    expect(after.settings[0]).toEqual(before.settings[0])
  })

  it('answers 401 to nobody, and sends a browser to sign in', async () => {
    const nobody = new Session(app, 'session=made-up')
    expect((await call(nobody, route, sameSite)).status).toBe(401)
    const browser = await call(nobody, route, { ...sameSite, accept: 'text/html' })
    expect([browser.status, browser.headers.get('location')]).toEqual([
      303,
      expect.stringMatching(/^\/login\?next=/),
    ])
  })

  it('answers 403 to a user without the permission, as a page and as JSON', async () => {
    const before = await state()
    const json = await call(as('demo-user'), route, sameSite)
    expect([json.status, json.headers.get('content-type')]).toEqual([
      403,
      expect.stringContaining('application/problem+json'),
    ])
    const page = await call(as('demo-user'), route, { ...sameSite, accept: 'text/html' })
    expect([page.status, page.headers.get('content-type')]).toEqual([
      403,
      expect.stringContaining('text/html'),
    ])
    expect(await state()).toEqual(before)
  })

  it.each(foreignSites)('with %j from another website: nothing is changed, a GET reads', async (site) => {
    const before = await state()
    const { status } = await call(as('demo-admin'), route, site)
    const reads = route.method === 'GET' && rows[route.key]?.ownSiteOnly !== true
    expect(status).toBe(reads ? rows[route.key]?.own : 403)
    expect(await state()).toEqual(before)
  })

  it('answers every other method with 405 and what it allows', async () => {
    const path = `${base}${rows[route.key]?.path?.(ids) ?? (route.path === '/' ? '' : route.path)}`
    const others: readonly string[] = routes
      .filter(({ path: same }) => same === route.path)
      .map(({ method }) => method)
    for (const method of ['PUT', 'DELETE', 'PATCH', 'GET', 'POST'].filter((one) => !others.includes(one))) {
      const response = await as('demo-admin').send(method, path, { headers: sameSite })
      expect([method, response.status, response.headers.get('allow')]).toEqual([
        method,
        405,
        expect.stringContaining(others[0] ?? ''),
      ])
    }
  })
})

describe('signing in', () => {
  it.each(foreignSites)('is refused from another website (%j)', async (site) => {
    const response = await fetch(`${app.origin}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...site },
      body: JSON.stringify({ user: 'admin', password: 'admin-secret' }),
    })
    expect([response.status, response.headers.getSetCookie()]).toEqual([403, []])
  })
})

describe('an operator who has not chosen a tenant', () => {
  it('is asked to, and JSON says so', async () => {
    const operator = await app.signIn('admin')
    const response = await operator.get(base)
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
      409,
      'choose-tenant',
    ])
  })
})

describe('a tenant in the request', () => {
  it('is never believed', async () => {
    const query = `tenant=demo&tenantId=demo`
    const answer = await as('other-admin').get(`${base}?${query}`, { 'x-tenant': 'demo' })
    const { backups } = (await answer.json()) as { backups: { runId: string }[] }
    expect(backups.map(({ runId }) => runId)).not.toContain(ids.run)
  })
})

describe('hostile names', () => {
  const names: readonly (readonly [string, string])[] = [
    ['climbing', '../main.sqlite'],
    ['climbing far', '../../../../../../etc/passwd'],
    ['climbing, encoded', '..%2fmain.sqlite'],
    ['climbing, backslashes', '..\\main.sqlite'],
    ['absolute', '/etc/passwd'],
    ['with a NUL', 'main.sqlite\0.txt'],
    ['300 characters long', 'x'.repeat(300)],
    ['100,000 characters long', 'x'.repeat(60_000)],
    ['empty', ''],
    ['a dot', '.'],
    ['two dots', '..'],
    ['our lock', '.lock'],
    ['our run log', '.runs.jsonl'],
    ['a sidecar', ''],
    ['a link to the live database', 'link.sqlite'],
    ['a second name of the live database', 'hard.sqlite'],
    ['a link to a password file', 'passwd.sqlite'],
    ['a folder', 'folder.sqlite'],
    ["another tenant's", ''],
    ['a property of objects', '__proto__'],
    ['with a line break', 'main.sqlite\r\nX-Evil: 1'],
    ['in another Unicode form', 'main\u0301.sqlite'],
  ]
  const before: Record<string, string> = {}

  beforeAll(async () => {
    const folder = app.backupsFolder()
    symlinkSync(app.databasePath(), join(folder, 'link.sqlite'))
    linkSync(app.databasePath('demo', 'main.sqlite'), join(folder, 'hard.sqlite'))
    symlinkSync('/etc/passwd', join(folder, 'passwd.sqlite'))
    mkdirSync(join(folder, 'folder.sqlite'))
    before.foreign = (await as('other-admin').overview()).backups.at(-1).name
    before.passwd = readFileSync('/etc/passwd', 'utf8')
  })

  const hostile = (label: string, name: string) =>
    label === 'a sidecar' ? `${ids.name}.json` : label === "another tenant's" ? `${before.foreign}` : name

  it.each(names)('%s: 404 everywhere, nothing touched', async (label, plain) => {
    const name = hostile(label, plain)
    if (label === "another tenant's") expect(app.files('demo')).not.toContain(name)
    const earlier = await state()
    const query = `name=${encodeURIComponent(name)}`
    const answers = [
      await as('demo-admin').post(`${base}/delete`, { name }),
      await as('demo-admin').post(`${base}/verify`, { name }),
      await as('demo-admin').post(`${base}/browse`, { name, table: 'notes', format: 'json' }),
      await as('demo-admin').post(`${base}/restore`, { name, confirm: 'demo GmbH' }),
      await as('demo-admin').post(`${base}/protect`, { name, protected: true }),
      ...(name.length < 10_000
        ? [
            await as('demo-admin').get(`${base}/download?${query}`),
            await as('demo-admin').get(`${base}/browse?${query}`),
            await as('demo-admin').get(`${base}/delete?${query}`),
            await as('demo-admin').get(`${base}/restore?${query}`),
          ]
        : []),
    ]
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404))
    const problems = await Promise.all(answers.map((answer) => answer.text()))
    for (const problem of problems) expect(problem).not.toMatch(/node:|at async|\.ts:|\/tmp\//)
    expect(await state()).toEqual(earlier)
    expect(readFileSync('/etc/passwd', 'utf8')).toBe(before.passwd)
  })

  it('are not in the list, and health says why', async () => {
    const { backups, health } = await as('demo-admin').overview()
    const listed = backups.map(({ name }: { name: string }) => name)
    for (const name of ['link.sqlite', 'hard.sqlite', 'passwd.sqlite', 'folder.sqlite'])
      expect(listed).not.toContain(name)
    expect(health).toContainEqual(expect.objectContaining({ code: 'ignored-files' }))
  })
})
