import { linkSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { fill, firstOf, lookFor, tablesOf, take, takeJson, withFile } from '../support/looks.ts'
import { quietly, sharedEngine, startEngine, tempFolder } from '../support/tenant.ts'

const engine = sharedEngine()
const good = 'CREATE TABLE good (a); INSERT INTO good VALUES (1)'

/** Puts a line into the schema that SQLite itself would never write. */
function forge(database: Database.Database, type: string, name: string, sql: string, rootpage = 0): void {
  database.exec('PRAGMA writable_schema = ON')
  database.prepare('INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)').run(type, name, name, rootpage, sql)
  database.exec('PRAGMA writable_schema = OFF')
}

const endless = 'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c'

/** What can be made to do harm, and what is seen of it; null when it can't be looked into at all. */
const cases: readonly (readonly [
  string,
  (database: Database.Database) => void,
  Readonly<Record<string, string>>,
])[] = [
  ['a view that never ends', (db) => db.exec(`${good}; CREATE VIEW evil AS ${endless}`), { evil: 'view' }],
  [
    'a view that loads an extension',
    (db) => db.exec(`${good}; CREATE VIEW evil AS SELECT load_extension('/tmp/evil.so')`),
    { evil: 'view' },
  ],
  [
    'views that multiply by ten, thirty deep',
    (db) => {
      db.exec(`${good}; CREATE VIEW v0 AS SELECT 1 AS a`)
      for (let n = 1; n < 30; n++)
        db.exec(
          `CREATE VIEW v${n} AS SELECT a FROM v${n - 1} ${`UNION ALL SELECT a FROM v${n - 1} `.repeat(9)}`,
        )
    },
    Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`v${n}`, 'view'])),
  ],
  [
    'a search index, and its shadow tables',
    (db) => db.exec(`${good}; CREATE VIRTUAL TABLE evil USING fts5(a); INSERT INTO evil VALUES ('x')`),
    {
      evil: 'virtual',
      evil_data: 'shadow',
      evil_idx: 'shadow',
      evil_content: 'shadow',
      evil_docsize: 'shadow',
      evil_config: 'shadow',
    },
  ],
  [
    'a virtual table of a module that there isn’t',
    (db) => {
      db.exec(good)
      forge(db, 'table', 'evil', "CREATE VIRTUAL TABLE evil USING no_such_module('/etc/passwd')")
    },
    { evil: 'virtual' },
  ],
  [
    'a virtual table that reads pages of the file',
    (db) => db.exec(`${good}; CREATE VIRTUAL TABLE evil USING dbstat(main)`),
    { evil: 'virtual' },
  ],
  [
    'a table whose definition begins with a comment',
    (db) => {
      db.exec(good)
      forge(db, 'table', 'evil', 'CREATE /**/ TABLE evil (a)', 2)
    },
    { evil: 'unnameable' },
  ],
  [
    'triggers on everything',
    (db) =>
      db.exec(`${good}; CREATE TRIGGER t AFTER INSERT ON good BEGIN DELETE FROM good; END;
        CREATE TRIGGER u AFTER DELETE ON good BEGIN INSERT INTO good ${endless}; END`),
    {},
  ],
]

/** What SQLite itself finds wrong with a schema: nothing of such a file is looked into. */
const malformed: readonly (readonly [string, (database: Database.Database) => void])[] = [
  ['a view that is called a table', (db) => forge(db, 'table', 'evil', `CREATE VIEW evil AS ${endless}`)],
  [
    'a table that has another name in its definition',
    (db) => forge(db, 'table', 'evil', 'CREATE TABLE other (a)', 2),
  ],
  [
    'a name with a NUL in it',
    (db) => db.exec("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET name = 'go' || char(0) || 'od'"),
  ],
  ['two tables of one name', (db) => forge(db, 'table', 'good', 'CREATE TABLE good (b)', 2)],
  [
    'a table on a page that there isn’t',
    (db) => forge(db, 'table', 'evil', 'CREATE TABLE evil (a)', 900_000),
  ],
]

describe('a backup that was made to do harm', () => {
  it.each(malformed)('is refused whole: %s', async (_, make) => {
    const file = await withFile((db) => {
      db.exec(good)
      make(db)
    })
    await expect(lookFor(engine, file, 'good')).rejects.toMatchObject({ code: 'proof-failed' })
  })

  it.each(cases)('shows what is harmless in it: %s', async (_, make, leftOut) => {
    const file = await withFile(make)
    const found = await tablesOf(engine, file)
    expect(Object.fromEntries(found.leftOut.map(({ name, reason }) => [name, reason]))).toEqual(leftOut)
    expect(found.tables).toContainEqual({ name: 'good', rows: 1 })
    expect(firstOf(await lookFor(engine, file, 'good'))).toEqual(['1'])
    const [evil] = Object.keys(leftOut)
    if (evil) await expect(lookFor(engine, file, evil)).rejects.toMatchObject({ code: 'not-found' })
  })

  it('never computes what a column is computed from, nor what a check or an index says', async () => {
    const file = await withFile((db) => {
      db.exec(`CREATE TABLE evil (a, b AS (a), c AS (a + 1) STORED, CHECK (a > 0)); INSERT INTO evil (a) VALUES (1);
               CREATE INDEX i ON evil (length(a)) WHERE a > 0; PRAGMA writable_schema = ON;
               UPDATE sqlite_schema SET sql = replace(sql, 'AS (a)', 'AS (hex(zeroblob(400000000)) || a)');
               UPDATE sqlite_schema SET sql = replace(sql, 'length(a)', 'hex(zeroblob(400000000))');
               UPDATE sqlite_schema SET sql = replace(sql, 'CHECK (a > 0)', 'CHECK (hex(zeroblob(400000000)) > a)')`)
    })
    const look = await lookFor(engine, file, 'evil', { search: '2' })
    expect([look.columns.map(({ name }) => name), look.computed]).toEqual([['a', 'c'], ['b']])
    expect(firstOf(look)).toEqual(['1'])
    expect(await takeJson(engine, file, 'evil')).toEqual([{ a: 1, c: 2 }])
  })

  it('does not let the schema call what a search is done with', async () => {
    const file = await withFile((db) => {
      db.exec(`${good}; CREATE TABLE evil (a, b AS (a) VIRTUAL); INSERT INTO evil VALUES ('Ärger')`)
      db.exec(
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'AS (a)', 'AS (has_wanted_text(a))')",
      )
    })
    expect(firstOf(await lookFor(engine, file, 'evil', { search: 'ä' }))).toEqual(['Ärger'])
  })

  const names: Readonly<Record<string, string>> = {
    quotes: 'a"b\'c`d]',
    'line breaks': 'a\nb\r\nc',
    'another direction': 'a\u202egnp.exe',
    markup: '<script>alert(1)</script>',
    'a statement': '"; DROP TABLE good; --',
    nothing: '',
    spaces: '  ',
    'a keyword': 'select',
    'a thousand characters': 'x'.repeat(1_000),
  }
  const ofHostileNames = () =>
    withFile((db) => {
      for (const name of Object.values(names)) {
        const quoted = `"${name.replaceAll('"', '""')}"`
        db.exec(`CREATE TABLE ${quoted} (${quoted} TEXT); INSERT INTO ${quoted} VALUES ('in')`)
      }
    })

  it('lists names as they are', async () => {
    const { tables } = await tablesOf(engine, await ofHostileNames())
    expect(tables.map(({ name }) => name)).toEqual(Object.values(names).sort())
    expect(tables.every(({ rows }) => rows === 1)).toBe(true)
  })

  it.each(Object.entries(names))('asks for names as they are: %s', async (_, name) => {
    expect(await takeJson(engine, await ofHostileNames(), name, { search: 'in' })).toEqual([{ [name]: 'in' }])
  })

  it('shows a hundred of two thousand columns, searches and takes out all', async () => {
    const names = Array.from({ length: 2_000 }, (_, index) => `c${index}`)
    const file = await withFile((db) => {
      db.exec(`CREATE TABLE wide (${names.join(', ')})`)
      db.exec(`INSERT INTO wide (c0, c1999) VALUES (1, 'the last')`)
    })
    const look = await lookFor(engine, file, 'wide', { search: 'the LAST' })
    expect([look.columns.length, look.columnCount, look.rows[0]?.cells.length]).toEqual([100, 2_000, 100])
    const [row] = await takeJson(engine, file, 'wide', { search: 'the last' })
    expect([Object.keys(row).length, row.c0, row.c1999]).toEqual([2_000, 1, 'the last'])
  })

  it('does not take rows for a table that hides what tells them apart', async () => {
    const file = await withFile((db) =>
      db.exec('CREATE TABLE hidden (rowid, oid, _rowid_); INSERT INTO hidden VALUES (1, 1, 1)'),
    )
    await expect(lookFor(engine, file, 'hidden')).rejects.toMatchObject({ code: 'proof-failed' })
  })

  it('says that a file which is none can’t be read', async () => {
    const file = await withFile((db) => db.exec(good))
    writeFileSync(file.path, 'x'.repeat(8_192))
    await expect(tablesOf(engine, file)).rejects.toMatchObject({ code: 'proof-failed' })
  })

  it('does not follow pages in a circle', async () => {
    const file = await withFile((db) => {
      db.exec('CREATE TABLE many (a)')
      const insert = db.prepare('INSERT INTO many VALUES (?)')
      for (let n = 0; n < 2_000; n++) insert.run('x'.repeat(100))
    })
    const bytes = readFileSync(file.path)
    // The table's root, page 2, is an interior page here: all its children become the first one.
    const root = 4_096
    expect(bytes[root]).toBe(5)
    const cells = bytes.readUInt16BE(root + 3)
    const first = bytes.readUInt32BE(root + bytes.readUInt16BE(root + 12))
    for (let cell = 0; cell < cells; cell++)
      bytes.writeUInt32BE(first, root + bytes.readUInt16BE(root + 12 + 2 * cell))
    bytes.writeUInt32BE(2, root + 8)
    writeFileSync(file.path, bytes)
    await expect(take(engine, file, 'many')).rejects.toMatchObject({ code: 'proof-failed' })
  })

  it('ends a look that takes longer than it may', async () => {
    const hurried = startEngine({ looks: { withinMs: 1 } })
    const file = await withFile((db) => {
      db.exec('CREATE TABLE many (a TEXT)')
      const insert = db.prepare('INSERT INTO many VALUES (?)')
      for (let n = 0; n < 300; n++) insert.run('x'.repeat(50_000))
    })
    await expect(lookFor(hurried, file, 'many', { search: 'nowhere' })).rejects.toMatchObject({
      code: 'look-stopped',
      details: { limit: 'time' },
    })
  })

  it('says how long a value is that is too large to be shown, and takes it out whole', async () => {
    const megabytes = 5
    const file = await withFile((db) =>
      db.exec(`CREATE TABLE big (a); INSERT INTO big VALUES (CAST(zeroblob(${megabytes * 1e6}) AS TEXT))`),
    )
    const { rows } = await lookFor(engine, file, 'big')
    expect(rows[0]?.cells).toEqual([{ type: 'text', value: '', bytes: 5_000_000, cut: true }])
    const { bytes, omitted } = await take(engine, file, 'big', { format: 'csv' })
    expect([bytes.length, omitted]).toEqual([5_000_000 + '\uFEFFa\r\n""\r\n'.length + 2, 0])
  })

  it('notes a value that does not fit into its memory', async () => {
    const file = await withFile((db) =>
      db.exec('CREATE TABLE big (a, b); INSERT INTO big VALUES (zeroblob(70000000), 1)'),
    )
    const taken = await take(engine, file, 'big')
    expect(JSON.parse(taken.text)).toEqual([{ a: { omitted: 'BLOB', bytes: 70_000_000 }, b: 1 }])
    expect(taken.omitted).toBe(1)
  })

  it('is not looked into when it became something else meanwhile', async () => {
    const file = await withFile((db) => db.exec(good))
    const elsewhere = join(await tempFolder(), 'other.sqlite')
    fill(elsewhere, (db) => db.exec(good))
    renameSync(file.path, `${file.path}.old`)
    symlinkSync(elsewhere, file.path)
    await expect(tablesOf(engine, file)).rejects.toMatchObject({ code: 'not-found' })
    renameSync(`${file.path}.old`, file.path)
    linkSync(file.path, `${file.path}.second`)
    await expect(engine.rescueTables(file, quietly())).rejects.toMatchObject({ code: 'not-found' })
  })
})
