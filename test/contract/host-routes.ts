import { expect, test } from 'vitest'
import type { Caller, Handler, Mount } from '../../src/host/contract.ts'
import type { MakeHarness } from './describe-host.ts'
import { deferred, type HostHarness, withHost } from './host-harness.ts'

const json = { accept: 'application/json' }

function sampleMount(handler: Handler, per: Mount['per'] = 'tenant'): Mount {
  return {
    prefix: per === 'tenant' ? '/sample' : '/system-sample',
    per,
    menu: { label: { en: 'Sample', de: 'Muster' }, permission: 'backup.read' },
    permissions: { 'backup.read': { en: 'See backups', de: 'Sicherungen sehen' } },
    handler,
  }
}

export function describeRoutes(make: MakeHarness): void {
  const withHandler = (handler: Handler, work: (harness: HostHarness) => Promise<void>): Promise<void> =>
    withHost(make, (host) => host.routes.mount(sampleMount(handler)), work)
  const sayWhere: Handler = async (request) => Response.json({ method: request.method, url: request.url })

  test('hand over the prefix and everything below it, with any method, and nothing else', () =>
    withHandler(sayWhere, async (it) => {
      for (const [method, path] of [
        ['GET', '/sample'],
        ['GET', '/sample/deep/down?x=%2F&x=2'],
        ['POST', '/sample/create'],
        ['PUT', '/sample/a%2Fb'],
        ['DELETE', '/sample/x'],
        ['PATCH', '/sample/x'],
        ['OPTIONS', '/sample/x'],
      ] as const) {
        const response = await it.request('first-admin', path, { method })
        expect(response.status).toBe(200)
        expect(await response.json()).toEqual({ method, url: it.origin + it.host.routes.base + path })
      }
      expect((await it.request('first-admin', '/sampler', { headers: json })).status).toBe(404)
    }))

  test('tell who sends the request, from the session only', () =>
    withHandler(
      async (_request, { refresh, permissions, ...caller }) =>
        Response.json({ ...caller, permissions: [...permissions] }),
      async (it) => {
        const headers = {
          ...json,
          'x-tenant': it.tenants.second,
          'x-user': 'admin',
          'x-forwarded-for': '6.6.6.6',
        }
        const path = `/sample?tenant=${it.tenants.second}&user=admin`
        const caller = await (await it.request('first-admin', path, { headers })).json()
        expect(caller).toMatchObject({
          tenant: it.tenants.first,
          language: 'en',
          address: expect.stringMatching(/127\.0\.0\.1$/),
        })
        expect(caller.user.name).not.toBe('')
        expect(caller.permissions).toEqual(expect.arrayContaining(['backup.read', 'backup.write']))
        expect(caller.permissions).not.toContain('backup.operate')
        const other = await (await it.request('second-admin', '/sample', { headers: json })).json()
        expect(other.tenant).toBe(it.tenants.second)
      },
    ))

  test('are closed to who is not signed in: a program gets 401, a browser is sent to sign in', () => {
    let calls = 0
    return withHandler(
      async () => {
        calls += 1
        return new Response('ok')
      },
      async (it) => {
        const program = await it.request(null, '/sample', { headers: json })
        expect(program.status).toBe(401)
        expect(program.headers.get('content-type')).toContain('application/problem+json')
        const browser = await it.request(null, '/sample?x=1', { headers: { accept: 'text/html' } })
        expect(browser.status).toBe(303)
        expect(browser.headers.get('location')).toContain(encodeURIComponent('/sample?x=1'))
        expect(calls).toBe(0)
      },
    )
  })

  test('of a tenant are served only to who acts for one', () =>
    withHandler(
      async (_request, caller) =>
        Response.json({ tenant: caller.tenant, operate: caller.permissions.has('backup.operate') }),
      async (it) => {
        const before = await it.request('operator', '/sample', { headers: json })
        expect(before.status).toBe(409)
        expect(await before.json()).toMatchObject({ code: 'choose-tenant' })
        const chooser = await it.request('operator', '/sample', { headers: { accept: 'text/html' } })
        expect(await chooser.text()).toContain('<form')
        await it.choose(it.tenants.second)
        const after = await it.request('operator', '/sample', { headers: json })
        expect(await after.json()).toEqual({ tenant: it.tenants.second, operate: true })
        expect((await it.request('user', '/sample', { headers: json })).status).toBe(403)
      },
    ))

  test('of the system have no tenant', () =>
    withHost(
      make,
      (host) =>
        host.routes.mount(
          sampleMount(async (_request, caller) => Response.json({ tenant: caller.tenant }), 'system'),
        ),
      async (it) => {
        const answer = await it.request('operator', '/system-sample', { headers: json })
        expect(await answer.json()).toEqual({ tenant: null })
      },
    ))

  test('of the system may lie below those of tenants: the longer prefix serves', () =>
    withHost(
      make,
      (host) => {
        const say =
          (what: string): Handler =>
          async (_request, { tenant }) =>
            Response.json({ what, tenant })
        const undo = host.routes.mount(sampleMount(say('tenants')))
        const system = { ...sampleMount(say('system'), 'system'), prefix: '/sample/system' }
        const undoSystem = host.routes.mount(system)
        return async () => {
          await undoSystem()
          await undo()
        }
      },
      async (it) => {
        const ask = async (path: string) => {
          const answer = await it.request('operator', path, { headers: json })
          return answer.status === 200 ? answer.json() : answer.status
        }
        expect(await ask('/sample/system')).toEqual({ what: 'system', tenant: null })
        expect(await ask('/sample/system/deep')).toEqual({ what: 'system', tenant: null })
        expect(await ask('/sample/systems')).toBe(409)
        await it.choose(it.tenants.second)
        expect(await ask('/sample/systems')).toEqual({ what: 'tenants', tenant: it.tenants.second })
        expect(await ask('/sample/system')).toEqual({ what: 'system', tenant: null })
      },
    ))

  test('get the body unread and as a stream', () =>
    withHandler(
      async (request) => {
        const sizes: number[] = []
        for await (const chunk of request.body ?? []) sizes.push(chunk.length)
        return Response.json({ bytes: sizes.reduce((a, b) => a + b, 0), chunks: sizes.length > 1 })
      },
      async (it) => {
        const body = Buffer.alloc(3 * 1024 * 1024, 'x')
        const answer = await it.request('first-admin', '/sample', { method: 'POST', body })
        expect(await answer.json()).toEqual({ bytes: body.length, chunks: true })
        const part = { 'content-type': 'application/offset+octet-stream' }
        const patch = await it.request('first-admin', '/sample', { method: 'PATCH', body, headers: part })
        expect(await patch.json()).toEqual({ bytes: body.length, chunks: true })
        const form = await it.request('first-admin', '/sample', {
          method: 'POST',
          body: new URLSearchParams({ a: 'b' }),
        })
        expect(await form.json()).toMatchObject({ bytes: 3 })
      },
    ))

  test('answer as a stream: the first part arrives while the rest is still to come', () => {
    const gate = deferred()
    return withHandler(
      async () => {
        const text = new TextEncoder()
        const body = new ReadableStream({
          async start(stream) {
            stream.enqueue(text.encode('event: first\n\n'))
            await gate.promise
            stream.enqueue(text.encode('event: last\n\n'))
            stream.close()
          },
        })
        return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
      },
      async (it) => {
        const response = await it.request('first-admin', '/sample')
        expect(response.headers.get('content-type')).toBe('text/event-stream')
        const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
        expect((await reader?.read())?.value).toBe('event: first\n\n')
        gate.resolve()
        expect((await reader?.read())?.value).toBe('event: last\n\n')
        expect((await reader?.read())?.done).toBe(true)
      },
    )
  })

  test('keep the status and headers of the answer', () =>
    withHandler(
      async () =>
        new Response(null, { status: 204, headers: { etag: '"x"', 'cache-control': 'private, max-age=5' } }),
      async (it) => {
        const response = await it.request('first-admin', '/sample')
        expect(response.status).toBe(204)
        expect(response.headers.get('etag')).toBe('"x"')
        expect(response.headers.get('cache-control')).toBe('private, max-age=5')
      },
    ))

  test('abort the request when the client goes away', () => {
    const aborted = deferred()
    const begun = deferred()
    return withHandler(
      async (request) => {
        request.signal.addEventListener('abort', () => aborted.resolve(), { once: true })
        begun.resolve()
        return new Response(new ReadableStream({ start: (stream) => stream.enqueue(new Uint8Array(1)) }))
      },
      async (it) => {
        const client = new AbortController()
        const response = await it.request('first-admin', '/sample', { signal: client.signal })
        await begun.promise
        client.abort()
        await response.text().catch(() => {})
        await aborted.promise
      },
    )
  })

  test('let an open answer look at the session again', () => {
    const callers: Caller[] = []
    return withHandler(
      async (_request, caller) => {
        callers.push(caller)
        return new Response('ok')
      },
      async (it) => {
        await it.request('first-admin', '/sample')
        const [caller] = callers
        expect(await caller?.refresh()).toMatchObject({ tenant: it.tenants.first, user: caller?.user })
        await it.signOut('first-admin')
        expect(await caller?.refresh()).toBeNull()
      },
    )
  })

  test('answer 500 without a stack trace when a handler rejects', () =>
    withHandler(
      async () => {
        throw new Error('secret detail')
      },
      async (it) => {
        const response = await it.request('first-admin', '/sample', { headers: json })
        expect(response.status).toBe(500)
        expect(await response.text()).not.toMatch(/secret detail|at .*\.ts/)
      },
    ))

  test('can be taken back', () =>
    withHost(
      make,
      () => {},
      async (it) => {
        const undo = it.host.routes.mount(sampleMount(sayWhere))
        expect((await it.request('first-admin', '/sample')).status).toBe(200)
        await undo()
        await undo()
        expect((await it.request('first-admin', '/sample', { headers: json })).status).toBe(404)
      },
    ))

  test('lend the header of the host, without scripts and inline styles, with names escaped', () =>
    withHost(
      make,
      () => {},
      async ({ host, tenants: { first } }) => {
        expect(host.routes.home).toMatch(/^\//)
        expect(host.routes.base).toMatch(/^(\/.*[^/])?$/)
        expect(host.routes.home.startsWith(host.routes.base)).toBe(true)
        const caller: Caller = {
          user: { id: 'x', name: '<img src=x onerror=alert(1)>' },
          tenant: first,
          permissions: new Set(['backup.read']),
          language: 'de',
          address: '127.0.0.1',
          refresh: async () => null,
        }
        const header = (await host.routes.header?.(caller, '/sample?"><script>')) ?? ''
        expect(header).not.toMatch(/<script|<img|\sstyle=|\son\w+="/i)
      },
    ))
}
