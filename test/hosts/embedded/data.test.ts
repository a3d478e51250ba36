import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestHost, type TestHost } from '../../support/embedded-host.ts'
import type { Browser } from '../../support/host-browser.ts'

const oddTable = `odd "name"; drop table x; --`

async function oddDatabase(folder: string): Promise<string> {
  const file = join(folder, 'odd.sqlite')
  const database = new Database(file)
  database.pragma('journal_mode = WAL')
  database.exec(`
    create table plain (id integer primary key, name text not null, size real, bytes blob);
    insert into plain values (9007199254740993, 'big', 1.5, x'00ff'), (2, '<b>bold</b>', null, null);
    create table keyed (a text, b integer, c blob, note text, primary key (a, b, c)) without rowid;
    insert into keyed values ('x', 9007199254740993, x'0102', 'first'), ('x', 2, x'0102', 'second');
    create table "${oddTable.replaceAll('"', '""')}" ("a ""b""" text, "select" text);
    insert into "${oddTable.replaceAll('"', '""')}" values ('one', 'two');
    create table shadowed (rowid text, name text);
    insert into shadowed values ('r', 'one'), ('r', 'two');
    create table parents (id integer primary key);
    create table children (id integer primary key, parent integer references parents (id));
    insert into parents values (1);
    insert into children values (1, 1);
    create view seen as select * from plain;
    create virtual table search using fts5 (text);`)
  // Left open: what was written lies in the -wal only.
  database.pragma('wal_autocheckpoint = 0')
  database.exec("insert into plain values (3, 'in the wal', null, null)")
  oddDatabases.push(database)
  return file
}
const oddDatabases: Database.Database[] = []

interface Table {
  readonly table: {
    readonly rows: {
      readonly key: string
      readonly cells: { kind: string; text?: string; bytes?: number }[]
    }[]
    readonly total: number
  }
}

describe('the Data page', () => {
  let folder: string
  let it: TestHost
  let admin: Browser
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'embedded-data-'))
    const importDb = await oddDatabase(folder)
    it = await startTestHost({ config: null, importDb })
    admin = await it.signIn('admin')
  })
  afterAll(async () => {
    for (const database of oddDatabases) database.close()
    await it.end()
    await rm(folder, { recursive: true })
  })
  const read = async (table: string) =>
    ((await admin.json(`/data?${new URLSearchParams({ table })}`)).json as Table).table

  test('shows ordinary tables with their rows, also what lay in the -wal of the imported file', async () => {
    const { databases } = (await admin.json('/data')).json as { databases: { tables: unknown[] }[] }
    expect(databases[0]?.tables).toEqual([
      { name: 'children', rows: 1 },
      { name: 'keyed', rows: 2 },
      { name: oddTable, rows: 1 },
      { name: 'parents', rows: 1 },
      { name: 'plain', rows: 3 },
      { name: 'shadowed', rows: 2 },
    ])
  })

  test('shows big numbers whole, bytes by their count, and markup as text', async () => {
    const { rows } = await read('plain')
    expect(rows.at(-1)?.cells).toEqual([
      { kind: 'value', text: '9007199254740993', cut: false },
      { kind: 'value', text: 'big', cut: false },
      { kind: 'value', text: '1.5', cut: false },
      { kind: 'blob', bytes: 2 },
    ])
    const { text } = await admin.page('/data?table=plain')
    expect(text).toContain('&lt;b&gt;bold&lt;/b&gt;')
    expect(text).toContain('2 bytes')
  })

  test('adds a row, and deletes exactly the one that was meant', async () => {
    const added = await admin.post('/data/add', { table: 'plain', values: { name: 'new', size: '2.5' } })
    const { key } = added.json as { key: string }
    expect((await read('plain')).total).toBe(4)
    expect((await admin.post('/data/delete', { table: 'plain', key: '9007199254740993' })).status).toBe(200)
    expect((await admin.post('/data/delete', { table: 'plain', key })).status).toBe(200)
    expect((await read('plain')).rows.map((row) => row.key)).toEqual(['2', '3'])
    expect((await admin.post('/data/delete', { table: 'plain', key })).status).toBe(404)
  })

  test('deletes by primary key where rows have no number of their own', async () => {
    const [first] = (await read('keyed')).rows
    expect((await admin.post('/data/delete', { table: 'keyed', key: first?.key })).status).toBe(200)
    const { rows } = await read('keyed')
    expect(rows.map((row) => row.cells[3]?.text)).toEqual(['first'])
  })

  test('deletes by the hidden number where a column bears its usual name', async () => {
    const [first] = (await read('shadowed')).rows
    await admin.post('/data/delete', { table: 'shadowed', key: first?.key })
    expect((await read('shadowed')).rows.map((row) => row.cells[1]?.text)).toEqual(['two'])
  })

  test('quotes whatever tables and columns are called', async () => {
    await admin.form('/data/add', { table: oddTable, 'value.0': 'three', 'value.1': '' })
    expect((await read(oddTable)).rows.map((row) => row.cells.map((cell) => cell.text ?? null))).toEqual([
      ['one', 'two'],
      ['three', null],
    ])
  })

  test('says why the database refused, and keeps what was typed', async () => {
    const refused = await admin.post('/data/delete', { table: 'parents', key: '1' })
    expect(refused.status).toBe(422)
    expect((refused.json as { detail: string }).detail).toContain('FOREIGN KEY')
    const page = await admin.form('/data/add', { table: 'plain', 'value.1': '', 'value.2': '7.25' })
    expect(page.status).toBe(422)
    expect(page.text).toContain('NOT NULL')
    expect(page.text).toContain('value="7.25"')
    expect((await read('parents')).total).toBe(1)
  })

  test.each(['', '[]', '[1,2]', '{"a":1}', 'null', '1 or 1=1', '["x"]'])(
    'a key of %s deletes nothing',
    async (key) => {
      const before = (await read('keyed')).total
      const answer = await admin.post('/data/delete', { table: 'keyed', key })
      expect([404, 422]).toContain(answer.status)
      expect((await read('keyed')).total).toBe(before)
    },
  )

  test('keeps the database open in WAL mode, and never imports a second time', async () => {
    const file = join(it.dataDir, 'tenants/demo/main.sqlite')
    const other = new Database(file, { readonly: true })
    expect(other.pragma('journal_mode', { simple: true })).toBe('wal')
    other.close()
    await it.restart()
    expect(it.lines.join('\n')).toContain('--import-db is ignored')
    admin = await it.signIn('admin')
    expect((await read('plain')).rows.map((row) => row.key)).toEqual(['2', '3'])
  })
})
