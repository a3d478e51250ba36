import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SampleTask, untilAborted } from '../../contract/host-harness.ts'
import { inlinePlugin, startTestHost, type TestHost, twoTenants } from '../../support/embedded-host.ts'
import type { Browser } from '../../support/host-browser.ts'

const automate = '/settings/admin/automate'
const hostile = `<script>alert("1")</script>'"&`

describe('the pages of the host', () => {
  let it: TestHost
  let admin: Browser
  const task = new SampleTask()
  beforeAll(async () => {
    const [demo, ...others] = twoTenants.tenants
    const config = { ...twoTenants, tenants: [{ ...demo!, name: `Demo ${hostile}` }, ...others] }
    it = await startTestHost({
      config,
      plugins: [
        inlinePlugin((host) => {
          host.tasks.register(task)
          return host.routes.mount({
            prefix: '/sample',
            per: 'tenant',
            menu: { label: { en: 'Sample page', de: 'Musterseite' }, permission: 'backup.read' },
            permissions: {},
            handler: async () => new Response('ok'),
          })
        }),
        { dir: '/nowhere' },
      ],
    })
    admin = await it.signIn('admin')
    await admin.post('/session/tenant', { tenant: 'demo' })
    await admin.post('/data/add', { table: 'customers', values: { name: hostile, city: 'x' } })
  })
  afterAll(() => it.end())

  const paths = [
    '/',
    '/login',
    '/session/tenant',
    '/settings/admin',
    automate,
    `${automate}/tasks/sample?tenant=demo`,
    '/settings/admin/logging?text=%3Cscript%3E',
    '/data',
    '/data?table=customers',
    '/nowhere',
  ]

  test.each(paths)(
    '%s is whole HTML with one heading, in the language asked for, and runs nothing inline',
    async (path) => {
      const { text, headers } = await admin.page(path)
      expect(text).toMatch(/^<!doctype html><html lang="en">/)
      expect(text.match(/<h1/g)).toHaveLength(1)
      expect(text).toMatch(/<title>[^<]+<\/title>/)
      expect(text).not.toMatch(/<script(?! src="\/host\.js")|\sstyle=|\son\w+="/)
      expect(text).not.toContain('[object Object]')
      expect(headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('same-origin')
      expect(headers.get('x-powered-by')).toBeNull()
    },
  )

  test.each(paths)('%s labels every control', async (path) => {
    const { text } = await admin.page(path)
    for (const [control] of text.matchAll(/<(input|select)\b[^>]*>/g)) {
      if (/type="hidden"/.test(control)) continue
      const before = text.slice(0, text.indexOf(control))
      expect(before.lastIndexOf('<label'), control).toBeGreaterThan(before.lastIndexOf('</label>'))
    }
  })

  test('speak German to who wants it, and remember it', async () => {
    const browser = await it.signIn('demo-admin')
    const answer = await browser.form('/session/language', { language: 'de', next: '/settings/admin' })
    expect(answer.headers.get('location')).toBe('/settings/admin')
    const { text } = await browser.page(automate)
    expect(text).toContain('lang="de"')
    expect(text).toContain('Nächster Lauf')
    expect((await browser.page('/settings/admin')).text).toContain('Musterseite')
    expect((await (await it.signIn('other-admin')).page('/')).text).toContain('Willkommen')
    const stranger = await it.visit().page('/login', { 'accept-language': 'de-AT,de;q=0.9' })
    expect(stranger.text).toContain('Anmelden')
  })

  test('the hub lists what the caller may use, and a plugin that could not be loaded', async () => {
    const { text } = await admin.page('/settings/admin')
    expect(text).toContain('href="/sample"')
    expect(text).toContain('The plugin /nowhere could not be loaded')
    const { entries, plugins } = (await admin.json('/settings/admin')).json as {
      entries: unknown
      plugins: unknown[]
    }
    expect(entries).toEqual([{ path: '/sample', label: 'Sample page' }])
    expect(plugins).toHaveLength(2)
  })

  test('a task is edited, run and cancelled with forms alone', async () => {
    const fields: [string, string][] = [
      ['tenant', 'demo'],
      ['active', 'false'],
      ['active', 'true'],
      ['every', 'month'],
      ['at', '23:15'],
      ['weekday', 'sunday'],
      ['day', '31'],
      ['count', '6'],
    ]
    const saved = await admin.form(`${automate}/tasks/sample`, fields)
    expect([saved.status, saved.headers.get('location')]).toEqual([303, `${automate}?notice=saved`])
    const { text } = await admin.page(`${automate}?notice=saved`)
    expect(text).toContain('The task was saved.')
    expect(text).toContain('On the last day of the month at 23:15')
    expect(text).toContain('Mon, 30 Nov 2026, 23:15')

    task.work = untilAborted
    await admin.form(`${automate}/tasks/sample/run`, { tenant: 'demo' })
    const running = await admin.page(automate)
    expect(running.text).toContain('Running')
    expect(running.text).toContain('<progress')
    const again = await admin.form(`${automate}/tasks/sample/run`, { tenant: 'demo' })
    expect(again.headers.get('location')).toBe(`${automate}?notice=queued`)
    await admin.form(`${automate}/tasks/sample/run`, { tenant: 'demo' })
    expect(task.runs).toHaveLength(1)
    for (let run = 0; run < 2; run++) await admin.form(`${automate}/tasks/sample/cancel`, { tenant: 'demo' })
    await it.host.idle()
    expect(task.runs).toHaveLength(2)
    expect((await admin.page(automate)).text).toContain('Cancelled')
  })

  test('a schedule that makes no sense is refused with the field named, and what was typed stays', async () => {
    const fields = {
      tenant: 'demo',
      active: 'true',
      every: 'hours',
      at: '02:30',
      weekday: 'monday',
      day: '1',
      count: '0',
    }
    const page = await admin.form(`${automate}/tasks/sample`, fields)
    expect(page.status).toBe(422)
    expect(page.text).toContain('role="alert"')
    expect(page.text).toContain('<option value="hours" selected="">')
    for (const [body, field] of [
      [{ active: 'yes' }, 'active'],
      [{ schedule: { every: 'day', at: '7' } }, 'schedule'],
      [{ schedule: { every: 'never' } }, 'schedule.every'],
      [{ schedule: 'daily' }, 'schedule'],
      [{ schedule: { every: 'month', on: '1', at: '02:30' } }, 'schedule'],
    ] as const) {
      const answer = await admin.post(`${automate}/tasks/sample`, body)
      expect([answer.status, (answer.json as { detail: string }).detail.split(':')[0]]).toEqual([400, field])
    }
  })

  test('JSON may leave out what is to stay', async () => {
    const schedule = { every: 'day', at: '05:00' }
    await admin.post(`${automate}/tasks/sample`, { active: true, schedule })
    const answer = await admin.post(`${automate}/tasks/sample`, { active: false })
    expect(answer.json).toMatchObject({
      task: { active: false, schedule, status: 'inactive', nextRunAt: null },
    })
  })

  test('pausing shows who did it and since when, on the page and as JSON', async () => {
    await admin.form(`${automate}/pause`)
    expect((await admin.page(automate)).text).toContain('Paused by admin since Fri, 20 Nov 2026, 13:00')
    const { paused } = (await admin.json(automate)).json as { paused: unknown }
    expect(paused).toEqual({ since: '2026-11-20T12:00:00.000Z', by: 'admin' })
    await admin.form(`${automate}/resume`)
    expect((await admin.page(automate)).text).toContain('AUTOMATE is running')
  })

  test('the log is filtered by text, action, outcome and tenant, and paged', async () => {
    const host = it.host.contractHosts.get('automate-plugin-sample')!
    for (let i = 0; i < 30; i++)
      await host.audit.record({
        id: `paged-${i}`,
        at: `2026-11-19T10:${String(i).padStart(2, '0')}:00.000Z`,
        scope: { tenant: i % 2 ? 'demo' : 'other' },
        actor: null,
        action: 'sample.paged',
        target: `100%_${i}`,
        outcome: i % 3 ? 'success' : 'failure',
        details: {},
      })
    const total = async (query: string) =>
      ((await admin.json(`/settings/admin/logging?${query}`)).json as { total: number }).total
    expect(await total('action=sample.paged')).toBe(30)
    expect(await total('action=sample.paged&tenant=demo')).toBe(15)
    expect(await total('action=sample.paged&outcome=failure')).toBe(10)
    expect(await total('text=100%25_7')).toBe(1)
    expect(await total('text=100%25%257')).toBe(0)
    expect(await total('text=%27%3B+drop+table+audit%3B--')).toBe(0)
    const { text } = await admin.page('/settings/admin/logging?action=sample.paged&page=2')
    expect(text).toContain('Page 2 of 2')
    expect(text).toContain('action=sample.paged&amp;page=1')
  })

  test.each(['../../etc/passwd', 'sqlite_schema', 'customers"; drop table customers; --', 'nothing'])(
    'a table named %s is not found',
    async (table) => {
      expect((await admin.json(`/data?table=${encodeURIComponent(table)}`)).status).toBe(404)
    },
  )

  test('broken JSON, an oversized body and odd encodings are refused without a stack trace', async () => {
    const type = { 'content-type': 'application/json', accept: 'application/json' }
    for (const [headers, body] of [
      [type, '{"a":'],
      [type, JSON.stringify({ a: 'x'.repeat(100_000) })],
      [{ ...type, 'content-encoding': 'nonsense' }, '{}'],
      [{ ...type, 'content-type': 'application/json; charset=nonsense' }, '{}'],
    ] as const) {
      const answer = await admin.send('POST', '/data/add', headers, body)
      expect(answer.status).toBe(400)
      expect(answer.json).toMatchObject({ code: 'invalid-request' })
      expect(answer.text).not.toMatch(/node_modules|\.ts:|\.js:/)
    }
  })
})
