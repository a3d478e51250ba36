import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { rowsPerPage } from '../../src/engine/rescuing.ts'
import { firstOf, lookFor, tablesOf, take, takeJson, withFile } from '../support/looks.ts'
import { back, quietly, sharedEngine, startEngine, tenant, tenantWithRows } from '../support/tenant.ts'

const engine = sharedEngine()
const chinook = fileURLToPath(new URL('../../../shared/data/chinook.sqlite', import.meta.url))

/** Numbers 1 to `count` in a table `numbers`. */
const numbers = (count: number) => (database: Database.Database) => {
  database.exec('CREATE TABLE numbers (id INTEGER PRIMARY KEY, word TEXT)')
  const insert = database.prepare('INSERT INTO numbers VALUES (?, ?)')
  database.transaction(() => {
    for (let id = 1; id <= count; id++) insert.run(id, `word ${id}`)
  })()
}

describe('looking into a backup', () => {
  it('names the tables with their rows, those of a proven one as they were counted', async () => {
    const { vault } = await tenantWithRows(20)
    const { backups } = await back(engine, vault)
    const found = await tablesOf(engine, { vault, name: backups[0]!.name })
    expect(found).toMatchObject({ tables: [{ name: 'rows', rows: 20 }], leftOut: [], more: false })
    const page = await lookFor(engine, { vault, name: backups[0]!.name }, 'rows')
    expect([page.total, page.rows.length, page.next, page.comparable]).toEqual([20, 20, null, true])
  })

  it('leaves nothing beside the backup, and changes nothing in it', async () => {
    const file = await withFile((database) => {
      database.pragma('journal_mode = WAL')
      numbers(3)(database)
    })
    const before = [readdirSync(file.vault.folder), statSync(file.path).mtimeMs, statSync(file.path).size]
    await tablesOf(engine, file)
    await lookFor(engine, file, 'numbers', { search: 'word' })
    await take(engine, file, 'numbers')
    expect([readdirSync(file.vault.folder), statSync(file.path).mtimeMs, statSync(file.path).size]).toEqual(
      before,
    )
  })

  it('goes through a table page by page, and by number', async () => {
    const file = await withFile(numbers(2 * rowsPerPage + 3))
    const first = await lookFor(engine, file, 'numbers')
    const second = await lookFor(engine, file, 'numbers', { page: 2, from: first.next })
    const third = await lookFor(engine, file, 'numbers', { page: 3, from: second.next })
    expect(firstOf(first)[0]).toBe('1')
    expect(firstOf(second)).toEqual(
      Array.from({ length: rowsPerPage }, (_, index) => String(rowsPerPage + 1 + index)),
    )
    expect([firstOf(third), third.next]).toEqual([['101', '102', '103'], null])
    expect(firstOf(await lookFor(engine, file, 'numbers', { page: 3 }))).toEqual(['101', '102', '103'])
    expect((await lookFor(engine, file, 'numbers', { page: 9 })).rows).toEqual([])
  })

  it('finds a part of a value in any column, and goes on where the page before ended', async () => {
    const file = await withFile(numbers(600))
    const first = await lookFor(engine, file, 'numbers', { search: 'WORD 5' })
    const second = await lookFor(engine, file, 'numbers', { search: 'WORD 5', page: 2, from: first.next })
    const third = await lookFor(engine, file, 'numbers', { search: 'WORD 5', page: 3 })
    // 5, 50 to 59, 500 to 599.
    expect([first.rows.length, second.rows.length, firstOf(third)]).toEqual([
      rowsPerPage,
      rowsPerPage,
      ['589', '590', '591', '592', '593', '594', '595', '596', '597', '598', '599'],
    ])
    expect(firstOf(await lookFor(engine, file, 'numbers', { search: '599' }))).toEqual(['599'])
  })

  it.each([
    ['100%', ['1']],
    ['a_b', ['2']],
    ['back\\slash', ['3']],
    ["it's", ['4']],
    ['ÄRGER', ['5']],
    ['straße', ['6']],
    ['9.5', ['7']],
    ['9007199254740993', ['8']],
    ['nowhere', []],
    ['\0', ['10']],
    ['a\0b', []],
    ['e\0n', ['10']],
  ])('takes a search as it is: %s', async (search, ids) => {
    const file = await withFile((database) => {
      database.exec('CREATE TABLE texts (id INTEGER PRIMARY KEY, value)')
      const insert = database.prepare('INSERT INTO texts (value) VALUES (?)')
      const values = [
        '100%',
        'a_b',
        'back\\slash',
        "it's",
        'Ärger',
        'Straße',
        9.5,
        9007199254740993n,
        Buffer.from('nowhere'),
        'the\0nul',
      ]
      for (const value of values) insert.run(value)
    })
    expect(firstOf(await lookFor(engine, file, 'texts', { search }))).toEqual(ids)
  })

  it('pauses a search that takes long, and goes on from there', async () => {
    const patient = startEngine({ looks: { pauseMs: 0 } })
    const file = await withFile(numbers(1_000))
    let [from, pages, found]: [string | null, number, unknown[]] = [null, 0, []]
    do {
      const page = await lookFor(patient, file, 'numbers', { search: 'word 999', page: pages + 1, from })
      if (page.next !== null) expect(page.stopped?.scanned).toBeGreaterThan(0)
      found = [...found, ...firstOf(page)]
      from = page.next
      pages++
    } while (from !== null)
    expect([found, pages]).toEqual([['999'], 4])
  })

  it('shows values of every kind, the beginning of long ones', async () => {
    const file = await withFile((database) => {
      database.exec('CREATE TABLE kinds (a, b, c, d, e, f)')
      database
        .prepare('INSERT INTO kinds VALUES (?, ?, ?, ?, ?, ?)')
        .run(9007199254740993n, 1.5, null, 'ü'.repeat(5_000), Buffer.alloc(1_200, 7), 'with \0 inside')
    })
    const { rows } = await lookFor(engine, file, 'kinds')
    expect(rows[0]?.cells).toEqual([
      { type: 'integer', value: '9007199254740993' },
      { type: 'real', value: '1.5' },
      { type: 'null' },
      { type: 'text', value: 'ü'.repeat(200), bytes: 10_000, cut: true },
      { type: 'blob', value: '07'.repeat(16), bytes: 1_200, cut: true },
      { type: 'text', value: 'with \0 inside', bytes: 13, cut: false },
    ])
  })

  it('tells which rows are missing today, and finds only those', async () => {
    const { vault, live } = await tenantWithRows(120)
    const { backups } = await back(engine, vault)
    const file = { vault, name: backups[0]!.name }
    live.exec('DELETE FROM rows WHERE id IN (7, 33, 119); UPDATE rows SET text = 1 WHERE id = 8')
    const { rows } = await lookFor(engine, file, 'rows')
    expect(rows.filter(({ missing }) => missing).map(({ key }) => key)).toEqual(['7', '33'])
    expect(rows.filter(({ missing }) => missing === false)).toHaveLength(rowsPerPage - 2)
    const missing = await lookFor(engine, file, 'rows', { missingOnly: true })
    expect([firstOf(missing), missing.next]).toEqual([['7', '33', '119'], null])
    const taken = await takeJson(engine, file, 'rows', { missingOnly: true })
    expect(taken.map(({ id }) => id)).toEqual([7, 33, 119])
    live.exec('DROP TABLE rows')
    expect((await lookFor(engine, file, 'rows', { missingOnly: true })).rows).toHaveLength(rowsPerPage)
    expect(live.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()).toBe(0)
  })

  it('says so when rows can’t be compared, and looks at them all the same', async () => {
    const file = await withFile(
      (database) => {
        database.exec('CREATE TABLE keyless (a); INSERT INTO keyless VALUES (1)')
        database.exec('CREATE TABLE other (a PRIMARY KEY, b); INSERT INTO other VALUES (1, 2)')
      },
      { live: (database) => database.exec('CREATE TABLE other (a, b PRIMARY KEY)') },
    )
    const { comparable, rows } = await lookFor(engine, file, 'keyless')
    expect([comparable, rows[0]?.missing]).toEqual([false, null])
    expect((await lookFor(engine, file, 'other')).rows[0]?.missing).toBeNull()
    for (const table of ['keyless', 'other'])
      await expect(lookFor(engine, file, table, { missingOnly: true })).rejects.toMatchObject({
        code: 'invalid-request',
      })
  })

  it('keeps the backup from retention until the last row has left', async () => {
    const { vault, live } = await tenantWithRows(400)
    const [old] = (await back(engine, vault)).backups
    const taking = {
      vault,
      name: old!.name,
      table: 'rows',
      search: '',
      missingOnly: false,
      format: 'csv',
      keys: null,
    } as const
    const taken = await engine.takeRows(taking, quietly())
    live.exec('DELETE FROM rows WHERE id = 1')
    const one = {
      retention: {
        maxCount: 1,
        maxAgeDays: null,
        keepDaily: null,
        keepWeekly: null,
        keepMonthly: null,
        keepYearly: null,
      },
    }
    await back(engine, vault, one)
    expect(readdirSync(vault.folder)).toContain(old!.name)
    await taken.stream.cancel()
    await expect(taken.ended).rejects.toMatchObject({ code: 'cancelled' })
    await back(engine, vault, one)
    expect(readdirSync(vault.folder)).not.toContain(old!.name)
  })

  it.each(['../main.sqlite', '/etc/passwd', '', 'nothing.sqlite', '.lock'])(
    'knows no backup "%s"',
    async (name) => {
      const { vault } = await tenantWithRows(1)
      await back(engine, vault)
      await expect(tablesOf(engine, { vault, name })).rejects.toMatchObject({ code: 'not-found' })
    },
  )

  it.each([
    'nothing',
    'sqlite_schema',
    'NUMBERS',
    '',
    'numbers"; DROP TABLE numbers; --',
    'pragma_table_list',
  ])('knows no table "%s"', async (table) => {
    const file = await withFile(numbers(1))
    await expect(lookFor(engine, file, table)).rejects.toMatchObject({ code: 'not-found' })
  })

  it.each(['x', '1.zz', '99999999999999999999', '5.5.5'])('knows no place "%s"', async (from) => {
    const file = await withFile(numbers(1))
    await expect(lookFor(engine, file, 'numbers', { from })).rejects.toMatchObject({
      code: 'invalid-request',
    })
  })
})

describe('taking rows out', () => {
  it('writes CSV that programs read: quotes, line breaks, NULL and empty, no formulas', async () => {
    const file = await withFile((database) => {
      database.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, "a,b" TEXT)')
      const insert = database.prepare('INSERT INTO t ("a,b") VALUES (?)')
      const values = [
        'plain',
        'say "hi"',
        'two\r\nlines',
        null,
        '',
        '=1+1',
        '+49 30',
        '-5',
        '@x',
        ' =2',
        Buffer.from('AB'),
      ]
      for (const value of values) insert.run(value)
    })
    const { text, rows } = await take(engine, file, 't', { format: 'csv' })
    expect(rows).toBe(11)
    expect(text).toBe(
      [
        '\uFEFFid,"a,b"',
        '1,plain',
        '2,"say ""hi"""',
        '3,"two\r\nlines"',
        '4,',
        '5,""',
        "6,'=1+1",
        "7,'+49 30",
        "8,'-5",
        "9,'@x",
        "10,' =2",
        "11,X'4142'",
        '',
      ].join('\r\n'),
    )
  })

  it('writes JSON that loses nothing', async () => {
    const file = await withFile((database) => {
      database.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, "__proto__")')
      const insert = database.prepare('INSERT INTO t VALUES (?, ?)')
      const values = [9007199254740991n, 9007199254740993n, -9223372036854775808n, 0.1, 'a "b"\u2028', null]
      for (const [index, value] of [...values, Buffer.from([0, 255]), Number.POSITIVE_INFINITY].entries())
        insert.run(index, value)
      database.exec("INSERT INTO t VALUES (8, CAST(x'61ff62' AS TEXT))")
    })
    const taken = await takeJson(engine, file, 't')
    expect(taken.map((row) => Object.entries(row)[1]?.[1])).toEqual([
      9007199254740991,
      '9007199254740993',
      '-9223372036854775808',
      0.1,
      'a "b"\u2028',
      null,
      { base64: 'AP8=' },
      'Infinity',
      { text: 'a\uFFFDb', base64: 'Yf9i' },
    ])
  })

  it('takes chosen rows only, once each, and leaves out those that there aren’t', async () => {
    const file = await withFile(numbers(10))
    const chosen = await takeJson(engine, file, 'numbers', { keys: ['7', '2', '7', '99'] })
    expect(chosen).toEqual([
      { id: 7, word: 'word 7' },
      { id: 2, word: 'word 2' },
    ])
    for (const key of ['x', '1.5', '99999999999999999999', ''])
      await expect(take(engine, file, 'numbers', { keys: [key] })).rejects.toMatchObject({
        code: 'invalid-request',
      })
  })

  it('takes every row that matches, as many as there are', async () => {
    const file = await withFile(numbers(3_000))
    expect(await takeJson(engine, file, 'numbers')).toHaveLength(3_000)
    expect(await takeJson(engine, file, 'numbers', { search: 'word 29' })).toHaveLength(111)
    expect(await takeJson(engine, file, 'numbers', { search: 'nothing' })).toEqual([])
  })

  it('takes long texts and BLOBs whole', async () => {
    const [text, blob] = ['ü"\n'.repeat(700_000), Buffer.alloc(3_000_001, 5)]
    const file = await withFile((database) => {
      database.exec('CREATE TABLE big (a, b)')
      database.prepare('INSERT INTO big VALUES (?, ?)').run(text, blob)
    })
    const [row] = await takeJson(engine, file, 'big')
    expect(row.a === text).toBe(true)
    expect(Buffer.from(row.b.base64, 'base64').equals(blob)).toBe(true)
    const csv = (await take(engine, file, 'big', { format: 'csv' })).text
    expect(csv === `\uFEFFa,b\r\n"${text.replaceAll('"', '""')}",X'${blob.toString('hex')}'\r\n`).toBe(true)
  })

  it('tells rows of tables without a rowid apart by any primary key', async () => {
    const file = await withFile((database) => {
      database.exec('CREATE TABLE w (a, b, c, PRIMARY KEY (a, b)) WITHOUT ROWID')
      const insert = database.prepare('INSERT INTO w VALUES (?, ?, ?)')
      for (let n = 0; n < 120; n++)
        insert.run(`key ${String(n).padStart(3, '0')}`, n % 2 === 0 ? n : Buffer.from([n]), n)
      database.exec("INSERT INTO w VALUES (CAST(x'ff' AS TEXT), 1.5, 'odd')")
    })
    const first = await lookFor(engine, file, 'w')
    const second = await lookFor(engine, file, 'w', { page: 2, from: first.next })
    const third = await lookFor(engine, file, 'w', { page: 3, from: second.next })
    expect([firstOf(second)[0], third.rows.length, third.next]).toEqual(['key 050', 21, null])
    const keys = [first.rows[3]!.key, third.rows.at(-1)!.key]
    expect((await takeJson(engine, file, 'w', { keys })).map(({ c }) => c)).toEqual([3, 'odd'])
  })

  it('ends the process when the reader goes away, and lets the next one in', async () => {
    const file = await withFile(numbers(50_000))
    const taking = {
      ...file,
      table: 'numbers',
      search: '',
      missingOnly: false,
      format: 'json',
      keys: null,
    } as const
    const taken = await engine.takeRows(taking, quietly())
    const reader = taken.stream.getReader()
    expect((await reader.read()).value?.length).toBeGreaterThan(10_000)
    await reader.cancel()
    await expect(taken.ended).rejects.toMatchObject({ code: 'cancelled' })
    expect(taken.rows()).toBeLessThan(50_000)
    expect(await takeJson(engine, file, 'numbers', { keys: ['5'] })).toHaveLength(1)
  })
})

describe.runIf(existsSync(chinook))(
  'the sample database (NOT RUN without ../shared/data/chinook.sqlite)',
  () => {
    it('gives back an album that was deleted', async () => {
      const vault = await tenant()
      mkdirSync(vault.folder)
      copyFileSync(chinook, vault.databases[0]!.path)
      const { backups } = await back(engine, vault)
      const live = new Database(vault.databases[0]!.path)
      live.pragma('foreign_keys = OFF')
      live.exec('DELETE FROM Track WHERE AlbumId = 5')
      const file = { vault, name: backups[0]!.name }
      const look = await lookFor(engine, file, 'Track', { missingOnly: true })
      expect(look.rows).toHaveLength(15)
      const lost = await takeJson(engine, file, 'Track', { missingOnly: true, search: 'elevator' })
      expect(lost).toMatchObject([{ TrackId: 24, Name: 'Love In An Elevator', UnitPrice: 0.99 }])
      live.close()
    })
  },
)
