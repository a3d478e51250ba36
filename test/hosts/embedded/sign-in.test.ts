import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startTestHost, type TestHost } from '../../support/embedded-host.ts'

describe('signing in', () => {
  let it: TestHost
  beforeEach(async () => {
    it = await startTestHost()
  })
  afterEach(() => it.end())

  test('answers JSON with who it is and sets a cookie that scripts and other sites do not get', async () => {
    const browser = it.visit()
    const answer = await browser.signIn('demo-admin', 'demo-password')
    expect(answer.status).toBe(200)
    expect(answer.json).toEqual({ user: 'demo-admin', role: 'tenant-admin', tenant: 'demo' })
    expect(answer.headers.get('set-cookie')).toMatch(
      /^automate_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/,
    )
    expect((await browser.page('/')).status).toBe(200)
  })

  test('answers a form with the page that was asked for', async () => {
    const answer = await it
      .visit()
      .form('/login', { user: 'admin', password: 'admin-password', next: '/data?table=x' })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/data?table=x'])
  })

  test.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/%0d%0aX: 1\r\n',
    'javascript:alert(1)',
    '/.//evil.example',
  ])('goes home instead of to %s', async (next) => {
    const answer = await it.visit().form('/login', { user: 'admin', password: 'admin-password', next })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, next.includes('%0d') ? '/' : '/'])
  })

  test('says the same for a wrong password and for a name that does not exist', async () => {
    const wrong = await it.visit().signIn('admin', 'nonsense')
    const unknown = await it.visit().signIn('nobody', 'nonsense')
    expect(wrong.status).toBe(401)
    expect(wrong.json).toMatchObject({ code: 'invalid-credentials' })
    expect(unknown.json).toEqual(wrong.json)
    expect(wrong.headers.get('set-cookie')).toBeNull()
  })

  test('shows a browser its form again, with what was wrong', async () => {
    const answer = await it.visit().form('/login', { user: '<b>admin', password: 'nonsense' })
    expect(answer.status).toBe(401)
    expect(answer.text).toContain('User or password is wrong')
    expect(answer.text).toContain('value="&lt;b&gt;admin"')
    expect(answer.text).not.toContain('nonsense')
  })

  test('slows guessing down, for one name and from one address, and forgets after a while', async () => {
    const browser = it.visit()
    for (let i = 0; i < 5; i++) expect((await browser.signIn('admin', 'nonsense')).status).toBe(401)
    const refused = await browser.signIn('admin', 'admin-password')
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    it.clock.advance({ seconds: 61 })
    expect((await browser.signIn('admin', 'admin-password')).status).toBe(200)
  })

  test('does not make anybody wait because the clock was set back', async () => {
    for (let i = 0; i < 6; i++) await it.visit().signIn('admin', 'nonsense')
    it.clock.advance({ hours: -5 })
    expect((await it.visit().signIn('admin', 'admin-password')).status).toBe(200)
  })

  test('gives a new key at every sign-in and ends the one before', async () => {
    const browser = await it.signIn('admin')
    const before = browser.cookie
    await browser.signIn('admin', 'admin-password')
    expect(browser.cookie).not.toBe(before)
    const old = await it.visit().send('GET', '/', { accept: 'application/json', cookie: before })
    expect(old.status).toBe(401)
  })

  test('lasts over a restart, and not for ever', async () => {
    const browser = await it.signIn('admin')
    const { cookie } = browser
    await it.restart()
    const visit = () => it.visit().send('GET', '/', { accept: 'application/json', cookie })
    expect((await visit()).status).toBe(200)
    it.clock.advance({ hours: 24 * 7 + 1 })
    expect((await visit()).status).toBe(401)
  })

  test('ends by signing out', async () => {
    const browser = await it.signIn('admin')
    const { cookie } = browser
    expect((await browser.form('/logout')).headers.get('location')).toBe('/login')
    expect((await it.visit().send('GET', '/', { cookie })).status).toBe(401)
  })

  test('stores only a hash of the key', async () => {
    const { cookie } = await it.signIn('admin')
    await it.host.stop()
    const { readFile } = await import('node:fs/promises')
    const stored = await readFile(`${it.dataDir}/host.sqlite`, 'latin1')
    expect(stored).not.toContain(cookie.split('=')[1])
    expect(stored).toContain('admin')
  })

  test('is written to the log, failures too', async () => {
    await it.visit().signIn('demo-admin', 'nonsense')
    const browser = await it.signIn('demo-admin')
    const { entries } = (await browser.json('/settings/admin/logging?action=session.sign-in')).json as {
      entries: { outcome: string; actor: unknown; target: string }[]
    }
    expect(entries.map(({ outcome, target }) => [outcome, target])).toEqual([
      ['success', 'demo-admin'],
      ['failure', 'demo-admin'],
    ])
  })
})
