import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type App, base, eventually, type Session, startApp } from '../support/app.ts'
import { grow } from '../support/live-database.ts'

let app: App
let admin: Session
let name: string

beforeAll(async () => {
  app = await startApp({ tenants: [{ id: 'demo' }, { id: 'other' }] })
  admin = await app.signIn('demo-admin')
  grow(app.databasePath(), 4)
  name = (await admin.backUp()).backups[0] ?? ''
  await admin.post('/data/delete', { table: 'notes', key: '2' })
})

afterAll(() => app.stop())

/** What was written down about rows since the test began. */
let before = 0
const entries = async () => (await admin.logged()).filter(({ action }) => action === 'backup.rescue')
const written = async () => {
  const all = await entries()
  return all
    .slice(0, all.length - before)
    .map(({ outcome, target, details, actor }) => [outcome, target, details, actor?.name])
}

beforeEach(async () => {
  before = (await entries()).length
})

const browse = (query: string) => admin.get(`${base}/browse?name=${name}${query}`)
const take = (more: object) => admin.post(`${base}/browse`, { name, table: 'notes', format: 'json', ...more })
const form = (...fields: readonly (readonly [string, string])[]) =>
  admin.form(`${base}/browse`, [['tenant', 'demo'], ['name', name], ['table', 'notes'], ...fields])

describe('looking into a backup', () => {
  it('names its tables', async () => {
    expect(await (await browse('')).json()).toMatchObject({
      backup: { name, database: 'main' },
      tables: [
        { name: 'filler', rows: 4 },
        { name: 'notes', rows: 3 },
      ],
      leftOut: [],
      more: false,
    })
  })

  it('shows a table, and which of its rows are missing today', async () => {
    expect(await (await browse('&table=notes')).json()).toMatchObject({
      columns: [
        { name: 'id', type: 'INTEGER', primaryKey: true },
        { name: 'text', type: 'TEXT', primaryKey: false },
      ],
      rows: [
        { key: '1', missingToday: false, values: { id: 1, text: 'one' } },
        { key: '2', missingToday: true, values: { id: 2, text: 'two' } },
        { key: '3', missingToday: false, values: { id: 3, text: 'three' } },
      ],
      page: 1,
      next: null,
      total: 3,
    })
    const { rows } = (await (await browse('&table=notes&missing=1&search=TW')).json()) as {
      rows: { key: string }[]
    }
    expect(rows.map(({ key }) => key)).toEqual(['2'])
  })

  it('shows the beginning of a BLOB', async () => {
    const { rows } = (await (await browse('&table=filler')).json()) as {
      rows: { values: { bytes: object } }[]
    }
    expect(rows[0]?.values.bytes).toEqual({
      hex: expect.stringMatching(/^[0-9a-f]{32}$/),
      bytes: 1_048_576,
      cut: true,
    })
  })

  it.each([
    ['&table=notes&page=0', 400],
    ['&table=notes&page=1e3', 400],
    [`&table=notes&search=${'x'.repeat(201)}`, 400],
    ['&table=notes&from=nowhere', 400],
    ['&table=nothing', 404],
    ['&table=', 404],
    ['x', 404],
  ])('refuses %s with %i', async (query, status) => {
    expect((await browse(query)).status).toBe(status)
  })

  it('is not written down', async () => {
    await browse('')
    await browse('&table=notes&search=one')
    await browse('&table=nothing')
    expect(await written()).toEqual([])
  })
})

describe('taking rows out', () => {
  it('is a download with a safe name, written down once', async () => {
    const answer = await take({ search: 'o', format: 'csv' })
    expect(answer.headers.get('content-disposition')).toContain(
      `filename="notes_${name.replace('.sqlite', '')}.csv"`,
    )
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present')
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
    expect(Buffer.from(await answer.arrayBuffer()).toString()).toBe('\uFEFFid,text\r\n1,one\r\n2,two\r\n')
    expect(await written()).toEqual([
      ['success', name, { table: 'notes', rows: 2, format: 'csv', search: 'o' }, 'demo-admin'],
    ])
  })

  it('gives chosen rows, or those that are missing today', async () => {
    expect(await (await take({ rows: ['3', '1'] })).json()).toEqual([
      { id: 3, text: 'three' },
      { id: 1, text: 'one' },
    ])
    expect(await (await take({ missing: true })).json()).toEqual([{ id: 2, text: 'two' }])
    expect((await written()).map(([, , details]) => details)).toEqual([
      { table: 'notes', rows: 1, format: 'json', search: '', missingToday: true },
      { table: 'notes', rows: 2, format: 'json', chosen: 2 },
    ])
  })

  it('works with the form, by the button that was pressed', async () => {
    const chosen = await form(['row', '2'], ['row', '3'], ['search', ''], ['take', 'chosen json'])
    expect(await chosen.json()).toHaveLength(2)
    const all = await form(['row', '2'], ['search', 'thr'], ['take', 'all csv'])
    expect(await all.text()).toBe('id,text\r\n3,three\r\n')
  })

  it('shows the page again, with what was searched, when no row was chosen', async () => {
    const answer = await form(['search', 'thr'], ['take', 'chosen csv'])
    const page = await answer.text()
    expect(answer.status).toBe(400)
    expect(page).toContain('No row was chosen.')
    expect(page).toContain('value="thr"')
    expect(await written()).toEqual([])
  })

  it.each([
    ['another format', { format: 'xml' }, 400],
    ['rows that are no list', { rows: 'x' }, 400],
    ['too many rows', { rows: Array.from({ length: 1_001 }, String) }, 400],
  ])('refuses %s before anything is opened', async (_, more, status) => {
    expect((await take(more)).status).toBe(status)
    expect(await written()).toEqual([])
  })

  it('is written down when it fails', async () => {
    expect((await take({ table: 'nothing' })).status).toBe(404)
    expect((await take({ name: 'nothing.sqlite' })).status).toBe(404)
    expect((await take({ rows: ['x'] })).status).toBe(400)
    expect(
      (await written()).map(([outcome, , details]) => [outcome, (details as { code: string }).code]),
    ).toEqual([
      ['failure', 'invalid-request'],
      ['failure', 'not-found'],
      ['failure', 'not-found'],
    ])
  })

  it('is written down as cancelled when the reader goes away', async () => {
    const leaving = new AbortController()
    const answer = await fetch(`${app.origin}${base}/browse`, {
      method: 'POST',
      signal: leaving.signal,
      headers: { 'content-type': 'application/json', accept: 'application/json', cookie: admin.cookie },
      body: JSON.stringify({ name, table: 'filler', format: 'json' }),
    })
    await answer.body?.getReader().read()
    leaving.abort()
    const [entry] = await eventually(async () => {
      const all = await written()
      return all.length > 0 && all
    })
    expect([entry?.[0], entry?.[2]]).toEqual(['cancelled', expect.objectContaining({ table: 'filler' })])
  })
})
