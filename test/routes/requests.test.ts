import { describe, expect, it } from 'vitest'
import { field, flagOf, readBody } from '../../src/routes/body.ts'
import { refuseCrossSite } from '../../src/routes/cross-site.ts'
import { wantsHtml } from '../../src/routes/exchange.ts'

const address = 'http://127.0.0.1:3080/settings/admin/backup/create'

function post(headers: Record<string, string>, body = '{}'): Request {
  return new Request(address, { method: 'POST', headers, body })
}

describe('cross-site requests', () => {
  const own = 'http://127.0.0.1:3080'

  it.each([
    ['same-origin', undefined, true],
    ['none', undefined, true],
    ['same-site', own, false],
    ['cross-site', own, false],
    [undefined, own, true],
    [undefined, undefined, true],
    [undefined, 'http://127.0.0.1:3081', false],
    [undefined, 'http://evil.example', false],
    [undefined, 'null', false],
    ['', undefined, false],
  ])('with Sec-Fetch-Site %s and Origin %s pass: %s', (site, origin, passes) => {
    const headers = new Headers()
    if (site !== undefined) headers.set('sec-fetch-site', site)
    if (origin !== undefined) headers.set('origin', origin)
    const check = () => refuseCrossSite({ headers } as Request, own)
    if (passes) expect(check).not.toThrow()
    else expect(check).toThrow(expect.objectContaining({ code: 'cross-site' }))
  })
})

describe('the form of the answer', () => {
  it.each([
    ['text/html,application/xhtml+xml,*/*;q=0.8', undefined, true],
    ['application/json', undefined, false],
    ['application/json, text/html;q=0.5', undefined, false],
    ['text/html, application/json;q=0.9', undefined, true],
    ['*/*', 'application/json', false],
    ['*/*', undefined, true],
    ['*/*', 'application/x-www-form-urlencoded', true],
  ])('Accept %s with Content-Type %s is a page: %s', (accept, type, expected) => {
    const headers = new Headers({ accept })
    if (type) headers.set('content-type', type)
    expect(wantsHtml({ headers } as Request)).toBe(expected)
  })
})

const read = (request: Request) => readBody({ request, tenant: 'demo' })

describe('a body', () => {
  it('may be JSON, a form, or nothing at all', async () => {
    expect(field(await read(post({ 'content-type': 'application/json' }, '{"name":"a"}')), 'name')).toBe('a')
    const form = post({ 'content-type': 'application/x-www-form-urlencoded' }, 'name=b%20c')
    expect(field(await read(form), 'name')).toBe('b c')
    expect(field(await read(post({}, '')), 'name')).toBeUndefined()
  })

  it('gives no field that the object only inherits', async () => {
    const body = await read(post({ 'content-type': 'application/json' }))
    expect(field(body, 'constructor')).toBeUndefined()
    expect(field(body, '__proto__')).toBeUndefined()
  })

  it('that comes from a page of another tenant is refused', async () => {
    const form = (fields: string) => post({ 'content-type': 'application/x-www-form-urlencoded' }, fields)
    await expect(read(form('name=a&tenant=other'))).rejects.toMatchObject({ code: 'tenant-changed' })
    expect(field(await read(form('name=a&tenant=demo')), 'name')).toBe('a')
    expect(field(await read(form('name=a')), 'name')).toBe('a')
  })

  it('says true and false as such in JSON, and as words in a form', async () => {
    const json = (text: string) => read(post({ 'content-type': 'application/json' }, text))
    const form = (text: string) => read(post({ 'content-type': 'application/x-www-form-urlencoded' }, text))
    expect(flagOf(await json('{"protected":false}'), 'protected')).toBe(false)
    expect(flagOf(await form('protected=true'), 'protected')).toBe(true)
    for (const body of [await json('{"protected":"true"}'), await form('protected=yes'), await json('{}')])
      expect(() => flagOf(body, 'protected')).toThrow(expect.objectContaining({ code: 'invalid-request' }))
  })

  it.each([
    ['application/json', '[]', 'must be a JSON object'],
    ['application/json', '"text"', 'must be a JSON object'],
    ['application/json', 'null', 'must be a JSON object'],
    ['application/json', '{"name":', 'is not valid JSON'],
    ['application/xml', '<a/>', 'must be application/json'],
    ['application/json', `"${'x'.repeat(70_000)}"`, 'larger than'],
  ])('of type %s is refused when it is wrong', async (type, text, message) => {
    await expect(read(post({ 'content-type': type }, text))).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringContaining(message),
    })
  })
})
