import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { RouteParts } from '../../../src/routes/route.ts'
import type { SystemParts } from '../../../src/routes/system/parts.ts'
import { systemTable } from '../../../src/routes/system/system-table.ts'
import { routeTable } from '../../../src/routes/table.ts'
import { json, page, startBackups } from '../../support/node-red/backups-app.ts'
import type { EditorSession } from '../../support/node-red/editor-session.ts'
import type { EmbeddedNodeRed } from '../../support/node-red/embedded-node-red.ts'
import { nodeRedMissing } from '../../support/node-red/installation.ts'
import { useNodeRed } from '../../support/node-red/use-node-red.ts'

const at = (base: string) => (path: string) => base + (path === '/' ? '' : path.replace(':id', 'none'))
const ofTenants = routeTable({} as RouteParts).map((route) => ({ ...route, path: at(page)(route.path) }))
const ofTheSystem = systemTable({} as SystemParts).map((route) => ({
  ...route,
  path: at(`${page}/system`)(route.path),
}))
const routes = [...ofTenants, ...ofTheSystem].map(({ method, path, permission, ownSiteOnly }) => ({
  key: `${method} ${path.slice(page.length)}`,
  method,
  path,
  permission,
  ownSiteOnly,
}))

/** 15 minutes and a little. */
const tooLong = { minutes: 15, seconds: 1 }

let app: EmbeddedNodeRed
let writer: EditorSession
let reader: EditorSession
let nobody: EditorSession
let signedOut: EditorSession
let expired: EditorSession

useNodeRed()
beforeAll(async () => {
  if (nodeRedMissing) return
  app = await startBackups({
    permissions: { writer: '*', reader: ['read'], nobody: ['inject.write', 'settings.read'], gone: '*' },
  })
  expired = await app.signedIn('writer')
  app.clock.advance(tooLong)
  writer = await app.signedIn('writer')
  reader = await app.signedIn('reader')
  nobody = await app.signedIn('nobody')
  signedOut = await app.signedIn('gone')
  await signedOut.signOut()
  const made = await writer.fetch(`${page}/create`, { method: 'POST', headers: json })
  expect(made.status).toBe(202)
  await vi.waitFor(async () => expect((await overview()).backups).toHaveLength(1), { timeout: 20_000 })
})
afterAll(() => app?.end())

async function overview() {
  return (await (await writer.fetch(page, { headers: json })).json()) as {
    backups: unknown[]
    settings: unknown
  }
}

const files = () => readdirSync(join(app.userDir, 'data/backups')).filter((name) => !name.startsWith('.'))

async function call(who: EditorSession, { method, path }: { method: string; path: string }, accept: string) {
  const headers = { accept, 'content-type': 'application/json' }
  const body = method === 'POST' ? { body: JSON.stringify({ name: files()[0] }) } : {}
  const answer = await who.fetch(path, { method, headers, ...body })
  await answer.arrayBuffer()
  return answer
}

describe.each(routes)('$key', (route) => {
  it.each([
    ['no token', () => app.signedIn(null)],
    ['a session that is over', async () => expired],
    ['a session whose user has signed out of the editor', async () => signedOut],
  ])('is closed to %s', async (_, who) => {
    const before = files()
    const program = await call(await who(), route, 'application/json')
    expect([program.status, program.headers.get('content-type')]).toEqual([
      401,
      expect.stringContaining('application/problem+json'),
    ])
    const browser = await call(await who(), route, 'text/html')
    expect(browser.status).toBe(303)
    expect(browser.headers.get('location')).toMatch(/^\/admin\/\?backup=%2Fsettings%2Fadmin%2Fbackup/)
    expect(files()).toEqual(before)
  })

  it('is closed to who has none of its permissions', async () => {
    expect((await call(nobody, route, 'application/json')).status).toBe(403)
  })

  it(`is ${route.permission === 'backup.read' ? 'open' : 'closed'} to a reader`, async () => {
    const before = [files(), (await overview()).settings]
    const { status } = await call(reader, route, 'application/json')
    if (route.permission === 'backup.read') expect([200, 204, 404]).toContain(status)
    else expect(status).toBe(403)
    expect([files(), (await overview()).settings]).toEqual(before)
  })

  it('is closed to other websites, whoever is signed in', async () => {
    if (route.method === 'GET' && !route.ownSiteOnly) return
    for (const foreign of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'http://evil.example' }]) {
      const answer = await writer.fetch(route.path, {
        method: route.method,
        headers: { ...json, ...foreign },
      })
      expect(answer.status).toBe(403)
    }
  })
})

describe('a program', () => {
  const ask = (path: string, init: RequestInit = {}) => fetch(app.address + path, { headers: json, ...init })

  it('may send the token of the editor itself', async () => {
    const headers = { ...json, authorization: `Bearer ${writer.token}` }
    expect((await ask(page, { headers })).status).toBe(200)
  })

  it('is not let in by a token in the address or in a body', async () => {
    expect((await ask(`${page}?access_token=${encodeURIComponent(writer.token ?? '')}`)).status).toBe(401)
    const body = new URLSearchParams({ access_token: writer.token ?? '' })
    expect((await ask(`${page}/create`, { method: 'POST', body })).status).toBe(401)
  })

  it('is not let in by a made-up token, session or ticket', async () => {
    const made = { ...json, authorization: 'Bearer AAAA', cookie: 'backup-session-0=AAAA' }
    expect((await ask(page, { headers: made })).status).toBe(401)
    const session = '/automate-plugin-backup/session'
    for (const ticket of ['', 'AAAA', '__proto__'])
      expect((await ask(session, { method: 'POST', body: new URLSearchParams({ ticket }) })).status).toBe(401)
  })
})
