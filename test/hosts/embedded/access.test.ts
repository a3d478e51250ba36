import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SampleTask } from '../../contract/host-harness.ts'
import { inlinePlugin, startTestHost, type TestHost } from '../../support/embedded-host.ts'
import type { Browser } from '../../support/host-browser.ts'

const automate = '/settings/admin/automate'

describe('access', () => {
  let it: TestHost
  let as: Record<'admin' | 'demo-admin' | 'other-admin' | 'demo-user', Browser>
  beforeAll(async () => {
    it = await startTestHost({ plugins: [inlinePlugin((host) => host.tasks.register(new SampleTask()))] })
    as = {
      admin: await it.signIn('admin'),
      'demo-admin': await it.signIn('demo-admin'),
      'other-admin': await it.signIn('other-admin'),
      'demo-user': await it.signIn('demo-user'),
    }
    await as.admin.post('/session/tenant', { tenant: 'demo' })
  })
  afterAll(() => it.end())

  // method, path, then the status for: nobody, user, administrator of a tenant, operator
  test.each([
    ['GET', '/', 401, 200, 200, 200],
    ['GET', '/login', 200, 200, 200, 200],
    ['GET', '/host.css', 200, 200, 200, 200],
    ['GET', '/session/tenant', 401, 200, 200, 200],
    ['GET', '/settings/admin', 401, 403, 200, 200],
    ['GET', automate, 401, 403, 200, 200],
    ['GET', `${automate}/tasks/sample`, 401, 403, 200, 200],
    ['GET', '/settings/admin/logging', 401, 403, 200, 200],
    ['GET', '/data', 401, 403, 200, 200],
    ['GET', '/data?table=customers', 401, 403, 200, 200],
    ['GET', '/nowhere', 401, 404, 404, 404],
    ['POST', `${automate}/pause`, 401, 403, 403, 200],
    ['POST', `${automate}/resume`, 401, 403, 403, 200],
    ['POST', `${automate}/tasks/sample`, 401, 403, 200, 200],
    ['POST', `${automate}/tasks/sample/run`, 401, 403, 202, 202],
    ['POST', `${automate}/tasks/sample/cancel`, 401, 403, 200, 200],
    ['POST', `${automate}/tasks/unknown/run`, 401, 403, 404, 404],
    ['POST', '/data/delete', 401, 403, 422, 422],
    ['POST', '/data/add', 401, 403, 422, 422],
    ['POST', '/session/tenant', 401, 403, 403, 404],
  ] as const)('%s %s is for whom it is meant', async (method, path, nobody, user, tenantAdmin, operator) => {
    const status = async (browser: Browser) =>
      (method === 'GET' ? await browser.json(path) : await browser.post(path)).status
    expect({
      nobody: await status(it.visit()),
      user: await status(as['demo-user']),
      tenantAdmin: await status(as['demo-admin']),
      operator: await status(as.admin),
    }).toEqual({ nobody, user, tenantAdmin, operator })
  })

  test('an administrator sees and changes the tasks of their own tenant only', async () => {
    const { tasks } = (await as['demo-admin'].json(automate)).json as { tasks: { tenant: string }[] }
    expect(tasks.map((task) => task.tenant)).toEqual(['demo'])
    const foreign = await as['demo-admin'].post(`${automate}/tasks/sample`, { tenant: 'other', active: true })
    expect(foreign.status).toBe(404)
    expect((await as['demo-admin'].post(`${automate}/tasks/sample/run`, { tenant: 'other' })).status).toBe(
      404,
    )
    const all = (await as.admin.json(automate)).json as { tasks: { tenant: string; active: boolean }[] }
    expect(all.tasks.map(({ tenant, active }) => [tenant, active])).toEqual([
      ['demo', false],
      ['other', false],
    ])
  })

  test('an administrator reads the log of their own tenant only, whatever they ask for', async () => {
    await as['other-admin'].post(`${automate}/tasks/sample/run`)
    const read = async (query: string) =>
      (await as['demo-admin'].json(`/settings/admin/logging${query}`)).json as {
        entries: { scope: unknown }[]
      }
    for (const query of ['', '?tenant=other', '?tenant=', '?tenant=other&action=automate.run'])
      for (const entry of (await read(query)).entries) expect(entry.scope).toEqual({ tenant: 'demo' })
  })

  test('nobody chooses a tenant that is not theirs', async () => {
    expect((await as['demo-admin'].post('/session/tenant', { tenant: 'other' })).status).toBe(403)
    expect((await as['demo-admin'].post('/session/tenant', { tenant: 'demo' })).status).toBe(200)
    expect((await as['demo-user'].post('/session/tenant', { tenant: 'demo' })).status).toBe(403)
    expect((await as.admin.post('/session/tenant', { tenant: '__proto__' })).status).toBe(404)
  })

  test('an operator who has not chosen yet is asked, and comes back to where they wanted to go', async () => {
    const fresh = await it.signIn('admin')
    const refused = await fresh.json('/data')
    expect([refused.status, (refused.json as { code: string }).code]).toEqual([409, 'choose-tenant'])
    const chooser = await fresh.page('/data?table=customers')
    expect(chooser.text).toContain('Andere AG')
    expect(chooser.text).toContain('value="/data?table=customers"')
    const chosen = await fresh.form('/session/tenant', { tenant: 'other', next: '/data?table=customers' })
    expect(chosen.headers.get('location')).toBe('/data?table=customers')
    expect((await fresh.page('/data?table=customers')).status).toBe(200)
  })

  test('a browser that is not signed in comes back to where it wanted to go', async () => {
    const page = await it.visit().page('/settings/admin/logging?text=a%26b')
    expect(page.status).toBe(303)
    expect(page.headers.get('location')).toBe('/login?next=%2Fsettings%2Fadmin%2Flogging%3Ftext%3Da%2526b')
  })
})

describe('requests from other sites', () => {
  let it: TestHost
  let browser: Browser
  beforeAll(async () => {
    it = await startTestHost()
    browser = await it.signIn('admin')
  })
  afterAll(() => it.end())

  test.each([
    ['of this page', { 'sec-fetch-site': 'same-origin' }, true],
    ['typed in', { 'sec-fetch-site': 'none' }, true],
    ['of another site', { 'sec-fetch-site': 'cross-site' }, false],
    ['of a sister site', { 'sec-fetch-site': 'same-site' }, false],
    [
      'of another site that lies about its origin',
      { 'sec-fetch-site': 'cross-site', origin: 'ORIGIN' },
      false,
    ],
    ['of this page in an old browser', { origin: 'ORIGIN' }, true],
    ['of another site in an old browser', { origin: 'https://evil.example' }, false],
    ['of a page without an origin', { origin: 'null' }, false],
    ['of no browser', {}, true],
  ])('a POST %s', async (_title, headers, passes) => {
    const real = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value === 'ORIGIN' ? it.host.origin : value]),
    )
    for (const path of ['/login', '/session/language', '/settings/admin/automate/pause', '/nowhere']) {
      const answer = await browser.post(
        path,
        { user: 'admin', password: 'admin-password', language: 'en' },
        real,
      )
      expect([path, answer.status === 403]).toEqual([path, !passes])
      if (!passes) expect(answer.json).toMatchObject({ code: 'cross-site' })
    }
  })

  test('are refused before anything else, also for who is not signed in', async () => {
    const answer = await it.visit().post('/data/delete', {}, { 'sec-fetch-site': 'cross-site' })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      403,
      'application/problem+json; charset=utf-8',
    ])
  })

  test('may still link to a page', async () => {
    expect((await browser.page('/', { 'sec-fetch-site': 'cross-site' })).status).toBe(200)
  })
})
