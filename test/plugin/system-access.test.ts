import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SystemParts } from '../../src/routes/system/parts.ts'
import { systemTable } from '../../src/routes/system/system-table.ts'
import { type App, base, Session, startApp } from '../support/app.ts'
import { endOf, Installation, ran, systemBase, systemOverview } from '../support/system-backups.ts'

/** What a request of each route needs, and what an operator gets. */
interface Row {
  readonly path?: (ids: Ids) => string
  readonly body?: (ids: Ids) => unknown
  /** Besides the usual ones. */
  readonly headers?: Record<string, string>
  readonly operator: number
  /** For another operator than the one to whom it belongs. */
  readonly other?: number
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

const added = { id: 'added', sources: [{ kind: 'directory', path: '/etc' }] }

/** Without a row here a new route fails. */
const rows: Readonly<Record<string, Row>> = {
  'GET /': { operator: 200 },
  'GET /assets/page.css': { operator: 200 },
  'GET /assets/page.js': { operator: 200 },
  'POST /create': { operator: 202 },
  'POST /verify': { body: ({ name }) => ({ name }), operator: 202 },
  'GET /runs/:id': { path: ({ run }) => `/runs/${run}`, operator: 200 },
  'GET /runs/:id/events': { path: ({ run }) => `/runs/${run}/events`, operator: 204 },
  'POST /runs/:id/cancel': { path: ({ run }) => `/runs/${run}/cancel`, operator: 404 },
  'GET /download': { path: ({ name }) => `/download?name=${name}`, operator: 200 },
  'GET /delete': { path: ({ name }) => `/delete?name=${name}`, operator: 200 },
  'POST /delete': { body: ({ spare }) => ({ name: spare }), operator: 200 },
  'POST /protect': { body: ({ name }) => ({ name, protected: false }), operator: 200 },
  'POST /settings': { body: () => ({ retention: { maxCount: 14 } }), operator: 200 },
  'POST /settings/preview': { body: () => ({ retention: { maxCount: 14 } }), operator: 200 },
  'POST /exclude': { body: () => ({ source: 'ProgramData', path: 'Cache' }), operator: 200 },
  'GET /measure': { operator: 200 },
  'GET /restore': { path: ({ name }) => `/restore?name=${name}`, operator: 200 },
  'POST /restore': {
    body: ({ name }) => ({ name, confirm: 'enterprise', sources: [{ id: 'ProgramData' }] }),
    operator: 202,
  },
  'GET /upload': { operator: 200 },
  'OPTIONS /upload': { operator: 204 },
  'POST /upload': { headers: { ...tus, 'upload-length': '1000' }, operator: 201 },
  'GET /upload/:id': { path: ({ upload }) => `/upload/${upload}`, operator: 200, other: 404 },
  'PATCH /upload/:id': {
    path: ({ upload }) => `/upload/${upload}`,
    headers: { ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
    operator: 204,
    other: 404,
  },
  'DELETE /upload/:id': {
    path: ({ upload }) => `/upload/${upload}`,
    headers: tus,
    operator: 204,
    other: 404,
  },
  'GET /profiles/new': { operator: 200 },
  'POST /profiles': { body: () => added, operator: 201 },
  'GET /profiles/remove': { path: () => '/profiles/remove?profile=enterprise', operator: 200 },
  'POST /profiles/remove': { body: () => ({ profile: 'added' }), operator: 200 },
}

const routes = systemTable({} as SystemParts).map(({ method, path, ownSiteOnly = false }) => ({
  method,
  path,
  ownSiteOnly,
  key: `${method} ${path}`,
}))
const sameSite = { 'sec-fetch-site': 'same-origin' }
const foreignSites = [{ 'sec-fetch-site': 'cross-site' }, { origin: 'http://evil.example' }]

let app: App
let place: Installation
let ids: Ids
const sessions: Record<string, Session> = {}

beforeAll(async () => {
  place = new Installation()
  app = await startApp({
    operator: { restoreFromPage: true, profiles: [place.profile()] },
    secondOperator: true,
  })
  for (const user of ['admin', 'second-admin', 'demo-admin', 'demo-user'])
    sessions[user] = await app.signIn(user)
  const run = await ran(as('admin'), '/create')
  ids = { name: run.backups[0] ?? '', run: run.id, spare: '', upload: await beginUpload() }
})
afterAll(async () => {
  await app.stop()
  place.remove()
})

function as(user: string): Session {
  const session = sessions[user]
  if (!session) throw new Error(`${user} is not signed in`)
  return session
}

async function call(who: Session, route: (typeof routes)[number], more: Record<string, string>) {
  const { path = () => route.path, body = () => ({}), headers = {} } = rows[route.key] ?? {}
  const all = { ...headers, ...more }
  const address = `${systemBase}${path(ids) === '/' ? '' : path(ids)}`
  const response = await (route.method === 'GET'
    ? who.get(address, all)
    : route.method === 'POST'
      ? who.post(address, body(ids), all)
      : who.send(route.method, address, { headers: all }))
  await response.arrayBuffer()
  return response
}

/** One belongs to who began it, whatever else others may do. */
async function beginUpload(): Promise<string> {
  const headers = { ...tus, ...sameSite, 'upload-length': '1000' }
  const begun = await as('admin').send('POST', `${systemBase}/upload?profile=enterprise`, { headers })
  return new URL(begun.headers.get('location') ?? '', app.origin).pathname.split('/').at(-1) ?? ''
}

async function forgetUploads(): Promise<void> {
  const { uploads } = (await (await as('admin').get(`${systemBase}/upload?profile=enterprise`)).json()) as {
    uploads: { id: string }[]
  }
  for (const { id } of uploads)
    await as('admin').send('DELETE', `${systemBase}/upload/${id}?profile=enterprise`, {
      headers: { ...tus, ...sameSite },
    })
}

/** The archives, the installation's files and the settings. */
function state() {
  const all = (folder: string) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => !name.includes('.lock') && !name.includes('.runs'))
      .map((name) => `${name} ${statSync(join(folder, name)).mtimeMs}`)
  return [all(place.root), readFileSync(join(app.dataDir, 'plugins', 'backup.json'), 'utf8')]
}

async function settled() {
  const { profiles } = await systemOverview(as('admin'))
  for (const { run } of profiles) if (run) await endOf(as('admin'), run.id)
}

describe.each(routes)('$key', (route) => {
  it('has a row in the table', () => {
    expect(Object.keys(rows)).toContain(route.key)
  })

  it('serves an operator, who need not have chosen a tenant', async () => {
    if (route.key === 'POST /delete')
      ids = { ...ids, spare: (await ran(as('admin'), '/create')).backups[0] ?? '' }
    if (rows[route.key]?.other)
      expect((await call(as('second-admin'), route, sameSite)).status).toBe(rows[route.key]?.other)
    expect((await call(as('admin'), route, sameSite)).status).toBe(rows[route.key]?.operator)
    await settled()
    await forgetUploads()
    ids = { ...ids, upload: await beginUpload() }
  })

  it.each(['demo-admin', 'demo-user'])(
    'answers 403 to %s, as a page and as JSON, and does nothing',
    async (user) => {
      const before = state()
      const json = await call(as(user), route, sameSite)
      expect([json.status, json.headers.get('content-type')]).toEqual([
        403,
        expect.stringContaining('application/problem+json'),
      ])
      const page = await call(as(user), route, { ...sameSite, accept: 'text/html' })
      expect([page.status, page.headers.get('content-type')]).toEqual([
        403,
        expect.stringContaining('text/html'),
      ])
      expect(state()).toEqual(before)
    },
  )

  it('answers 401 to nobody, and sends a browser to sign in', async () => {
    const nobody = new Session(app, 'session=made-up')
    expect((await call(nobody, route, sameSite)).status).toBe(401)
    expect((await call(nobody, route, { ...sameSite, accept: 'text/html' })).status).toBe(303)
  })

  it.each(foreignSites)(
    'with %j from another website changes nothing; only a GET of a page reads',
    async (site) => {
      const before = state()
      const { status } = await call(as('admin'), route, site)
      const reads = route.method === 'GET' && !route.ownSiteOnly
      expect(status).toBe(reads ? rows[route.key]?.operator : 403)
      expect(state()).toEqual(before)
    },
  )
})

describe('the addresses of tenants and of the system', () => {
  it('do not reach into each other', async () => {
    const tenants = await as('demo-admin').get(`${base}/systems`)
    expect(tenants.status).toBe(404)
    expect((await as('admin').get(`${systemBase}/nothing`)).status).toBe(404)
    expect((await as('demo-admin').get(`${systemBase}/nothing`)).status).toBe(403)
    const answer = await as('admin').get(systemBase)
    expect(Object.keys((await answer.json()) as object)).toEqual(['profiles', 'broken', 'tenants'])
    expect((await as('demo-admin').get(base)).status).toBe(200)
  })
})
