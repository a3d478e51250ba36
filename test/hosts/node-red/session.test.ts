import { afterEach, describe, expect, it } from 'vitest'
import { json, page, startBackups } from '../../support/node-red/backups-app.ts'
import type { EditorSession } from '../../support/node-red/editor-session.ts'
import type { EmbeddedNodeRed } from '../../support/node-red/embedded-node-red.ts'
import { useNodeRed } from '../../support/node-red/use-node-red.ts'

let app: EmbeddedNodeRed

useNodeRed()
afterEach(() => app?.end())

const start = async (settings: object = {}): Promise<EditorSession> => {
  app = await startBackups({ permissions: { admin: '*', reader: ['read'] }, settings })
  return app.signedIn('admin')
}
const status = async (who: EditorSession) => (await who.fetch(page, { headers: json })).status
const ticketFor = async (who: EditorSession) =>
  ((await (await who.own('/ticket')).json()) as { ticket: string }).ticket

describe('a ticket', () => {
  it('is good once, for a minute, and only from who has a token', async () => {
    const admin = await start()
    const ticket = await ticketFor(admin)
    expect((await admin.redeem(ticket)).status).toBe(303)
    expect((await admin.redeem(ticket)).status).toBe(401)
    const late = await ticketFor(admin)
    app.clock.advance({ seconds: 60 })
    expect((await admin.redeem(late)).status).toBe(401)
    expect((await (await app.signedIn(null)).own('/ticket')).status).toBe(401)
  })

  it('opens a session in a cookie that scripts and other pages do not get, nor other addresses', async () => {
    const admin = await start()
    const answer = await admin.redeem(await ticketFor(admin), `${page}?show=all`)
    expect(answer.headers.get('location')).toBe(`/admin${page}?show=all`)
    const cookies = answer.headers.getSetCookie()
    expect(cookies.map((cookie) => /Path=([^;]+)/.exec(cookie)?.[1]).sort()).toEqual([
      '/admin/automate-plugin-backup',
      `/admin${page}`,
    ])
    for (const cookie of cookies) {
      expect(cookie).toMatch(/; HttpOnly; SameSite=Strict$/)
      expect(cookie).not.toContain(admin.token)
    }
  })

  it.each([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example',
    '/admin/flows',
    '//',
    '/%',
    'javascript:alert(1)',
  ])('leads to the page and nowhere else: %s', async (next) => {
    const admin = await start()
    expect((await admin.redeem(await ticketFor(admin), next)).headers.get('location')).toBe(`/admin${page}`)
  })

  it('is not taken from another website, so that nobody is put into a stranger’s session', async () => {
    const admin = await start()
    const body = new URLSearchParams({ ticket: await ticketFor(admin), next: page })
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'http://evil.example' }]) {
      const answer = await fetch(`${app.address}/automate-plugin-backup/session`, {
        method: 'POST',
        body,
        headers,
      })
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([403, []])
    }
  })
})

describe('a session', () => {
  it('lasts 15 minutes, and as long as the editor renews it', async () => {
    const admin = await start()
    app.clock.advance({ minutes: 14 })
    expect(await (await admin.own('/renew')).json()).toEqual({ sessions: 1 })
    app.clock.advance({ minutes: 14 })
    expect(await status(admin)).toBe(200)
    app.clock.advance({ minutes: 1 })
    expect(await status(admin)).toBe(401)
    expect(await (await admin.own('/renew')).json()).toEqual({ sessions: 0 })
  })

  it('does not last by being used', async () => {
    const admin = await start()
    for (let minutes = 0; minutes < 14; minutes += 2) {
      app.clock.advance({ minutes: 2 })
      expect(await status(admin)).toBe(200)
    }
    app.clock.advance({ minutes: 1 })
    expect(await status(admin)).toBe(401)
  })

  it('ends with its token, at once, and leaves those of others alone', async () => {
    const admin = await start()
    const reader = await app.signedIn('reader')
    await admin.signOut()
    expect(await status(admin)).toBe(401)
    expect((await admin.own('/renew')).status).toBe(401)
    expect(await status(reader)).toBe(200)
  })

  it('never shows the token in the log, the audit log or an answer', async () => {
    const admin = await start()
    await admin.openPage(page)
    await admin.fetch(`${page}/create`, { method: 'POST', headers: json })
    const answers = await (await admin.fetch(page, { headers: { accept: 'text/html' } })).text()
    await expect.poll(async () => (await app.auditEntries().catch(() => [])).length).toBeGreaterThan(0)
    const written = JSON.stringify([app.log, await app.auditEntries(), answers])
    expect(written).not.toContain(JSON.stringify(admin.token).slice(1, -1))
  })
})

describe('behind a proxy', () => {
  const settings = { automateBackup: { publicUrl: 'https://home.example/red/' } }

  it('the page and its cookie have the addresses that browsers see', async () => {
    const admin = await start(settings)
    const answer = await admin.redeem(await ticketFor(admin), page)
    expect(answer.headers.get('location')).toBe(`/red${page}`)
    expect(answer.headers.getSetCookie()[0]).toMatch(/Path=\/red\/.*; Secure$/)
    const html = await (await admin.fetch(page, { headers: { accept: 'text/html' } })).text()
    expect(html).toContain(`action="/red${page}/create"`)
    expect(html).toContain('href="/red/"')
  })

  it('forms pass from that address and from no other', async () => {
    const admin = await start(settings)
    const post = async (origin: string) =>
      (await admin.fetch(`${page}/settings`, { method: 'POST', headers: { ...json, origin } })).status
    expect(await post('https://home.example')).toBe(200)
    expect(await post('http://evil.example')).toBe(403)
  })
})

describe('where nobody signs in', () => {
  it('everybody may do everything, from this site', async () => {
    app = await startBackups()
    const anybody = await app.signedIn(null)
    expect(await status(anybody)).toBe(200)
    const html = await (await anybody.fetch(page, { headers: { accept: 'text/html' } })).text()
    expect(html).toContain('Node-RED asks nobody to sign in')
    const foreign = { ...json, origin: 'http://evil.example' }
    expect((await anybody.fetch(`${page}/create`, { method: 'POST', headers: foreign })).status).toBe(403)
    const own = { ...json, origin: app.origin }
    expect((await anybody.fetch(`${page}/create`, { method: 'POST', headers: own })).status).toBe(202)
  })
})
