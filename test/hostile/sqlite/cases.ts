import { made, page, pageSize, patched, rootOf, sound, withRoot, withRow, withSql } from './make.ts'

/**
 * What a check must say: `taken` for a file whose pages are whole, however mean its schema is, because nothing of it is
 * ever run; `refused` for damage; `limits` when time or memory has to end it; `either` where versions of SQLite differ.
 */
export type Verdict = 'taken' | 'refused' | 'limits' | 'either'

export interface HostileCase {
  readonly name: string
  readonly expected: Verdict
  readonly bytes: () => Buffer
  /** Files beside it, by what is appended to its name. */
  readonly beside?: Readonly<Record<string, Buffer>>
}

const base = sound()
const rows = "CREATE TABLE t (n INTEGER, text TEXT); INSERT INTO t VALUES (1, 'a'), (1, 'b'), (1, 'c');"
const endless = 'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c'
const huge = 'length(hex(zeroblob(n * 400000000)))'
const slow = Array.from(
  { length: 40 },
  (_, index) => `length(replace(hex(zeroblob(n * 5000000 + ${index})), '0', '00'))`,
).join(' + ')
const garbage = Buffer.alloc(32 + 4 * (24 + pageSize), 0xa5)

const sql = (
  name: string,
  expected: Verdict,
  text: string,
  tamper?: Parameters<typeof made>[1],
): HostileCase => ({
  name,
  expected,
  bytes: () => made(text, tamper),
})

const raw = (name: string, expected: Verdict, change: (copy: Buffer) => void): HostileCase => ({
  name,
  expected,
  bytes: () => patched(base, change),
})

const whole = (name: string, expected: Verdict, bytes: () => Buffer): HostileCase => ({
  name,
  expected,
  bytes,
})

/** Schemas that would do harm if anything of them ran. */
const schemas: readonly HostileCase[] = [
  sql(
    'a trigger that deletes everything',
    'taken',
    `${rows} CREATE TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM t; END`,
  ),
  sql(
    'a trigger that loads an extension',
    'taken',
    `${rows} CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT load_extension('/tmp/evil.so'); END`,
  ),
  sql(
    'a trigger that never ends',
    'taken',
    `${rows} CREATE TRIGGER x AFTER UPDATE ON t BEGIN INSERT INTO t (n) ${endless}; END`,
  ),
  sql('a view that never ends', 'taken', `${rows} CREATE VIEW v AS ${endless}`),
  sql(
    'a view that loads an extension',
    'taken',
    `${rows} CREATE VIEW v AS SELECT load_extension('/tmp/evil.so')`,
  ),
  sql(
    'a view that reads and writes files',
    'taken',
    `${rows} CREATE VIEW v AS SELECT readfile('/etc/passwd'), writefile('/tmp/evil', 'x'), edit('x')`,
  ),
  sql(
    'a view of itself',
    'taken',
    `${rows} CREATE VIEW v AS SELECT 1`,
    withSql('v', 'CREATE VIEW v AS SELECT * FROM v'),
  ),
  sql(
    'views that double forty times',
    'taken',
    `${rows} CREATE VIEW v0 AS SELECT 1 AS a; ${Array.from({ length: 40 }, (_, i) => `CREATE VIEW v${i + 1} AS SELECT * FROM v${i} UNION ALL SELECT * FROM v${i};`).join('')}`,
  ),
  sql(
    'a view in place of a statistics table',
    'either',
    rows,
    withRow('view', 'sqlite_stat1', 0, `CREATE VIEW sqlite_stat1 AS ${endless}`),
  ),
  sql(
    'a full-text table',
    'taken',
    `${rows} CREATE VIRTUAL TABLE f USING fts5(a); INSERT INTO f VALUES ('hello')`,
  ),
  sql(
    'a full-text table whose shadow tables hold nonsense',
    'taken',
    `${rows} CREATE VIRTUAL TABLE f USING fts5(a); INSERT INTO f VALUES ('hello');`,
    (database) => {
      database.pragma('writable_schema = ON')
      database.exec("UPDATE f_data SET block = x'ffffffffffffffffff'; UPDATE f_config SET v = 999999")
    },
  ),
  sql(
    'an older full-text table whose segments loop',
    'taken',
    `${rows} CREATE VIRTUAL TABLE f USING fts4(a); INSERT INTO f VALUES ('hello');`,
    (database) => {
      database.exec(
        "UPDATE f_segdir SET root = x'ff00ffffffff', start_block = 1, end_block = 9223372036854775807",
      )
    },
  ),
  sql(
    'an r-tree whose nodes lie',
    'taken',
    `${rows} CREATE VIRTUAL TABLE r USING rtree(id, a, b); INSERT INTO r VALUES (1, 2, 3);`,
    (database) => {
      database.exec("UPDATE r_node SET data = x'7fffffff'")
    },
  ),
  sql(
    'a virtual table of an unknown kind',
    'taken',
    rows,
    withRow('table', 'u', 0, 'CREATE VIRTUAL TABLE u USING nothing_like_that(a)'),
  ),
  sql(
    'a virtual table over files',
    'taken',
    rows,
    withRow('table', 'u', 0, "CREATE VIRTUAL TABLE u USING csv(filename='/etc/passwd')"),
  ),
  sql(
    'a virtual table over the pages themselves',
    'taken',
    rows,
    withRow('table', 'u', 0, 'CREATE VIRTUAL TABLE u USING dbstat'),
  ),
  sql(
    'a tokenizer that is a pointer',
    'taken',
    rows,
    withRow('table', 'u', 0, "CREATE VIRTUAL TABLE u USING fts3(a, tokenize=x'4141414141414141')"),
  ),
  sql(
    'a virtual table with a real root page',
    'either',
    rows,
    withRow('table', 'u', 2, 'CREATE VIRTUAL TABLE u USING fts5(a)'),
  ),
  sql(
    'a default that loads an extension',
    'taken',
    "CREATE TABLE t (a DEFAULT (load_extension('x'))); INSERT INTO t VALUES (1)",
  ),
  sql(
    'a computed column of 400 megabytes',
    'taken',
    'CREATE TABLE t (n, big AS (zeroblob(n * 400000000))); INSERT INTO t (n) VALUES (1)',
  ),
  sql(
    'a stored column that lies about its value',
    'either',
    `CREATE TABLE t (n, s AS (n + 1) STORED); INSERT INTO t (n) VALUES (1)`,
    withSql('t', `CREATE TABLE t (n, s AS (${huge}) STORED)`),
  ),
  sql(
    'a check that takes more memory than there is',
    'either',
    rows,
    withSql('t', `CREATE TABLE t (n INTEGER, text TEXT, CHECK (${huge} > 0))`),
  ),
  sql(
    'a check that takes for ever',
    'either',
    rows,
    withSql('t', `CREATE TABLE t (n INTEGER, text TEXT, CHECK (${slow} > 0))`),
  ),
  sql(
    'a check that calls what is not there',
    'either',
    rows,
    withSql('t', "CREATE TABLE t (n INTEGER, text TEXT, CHECK (load_extension('/tmp/evil.so')))"),
  ),
  sql(
    'an index on an expression that takes for ever',
    'limits',
    `${rows} CREATE INDEX x ON t (abs(n))`,
    withSql('x', `CREATE INDEX x ON t (abs(n) + ${slow})`),
  ),
  sql(
    'an index on an expression of 400 megabytes',
    'limits',
    `${rows} CREATE INDEX x ON t (abs(n))`,
    withSql('x', `CREATE INDEX x ON t (${huge})`),
  ),
  sql(
    'an index on what loads an extension',
    'refused',
    `${rows} CREATE INDEX x ON t (abs(n))`,
    withSql('x', "CREATE INDEX x ON t (load_extension('/tmp/evil.so'))"),
  ),
  sql(
    'a partial index whose condition asks for a file',
    'refused',
    `${rows} CREATE INDEX x ON t (n) WHERE n > 0`,
    withSql('x', "CREATE INDEX x ON t (n) WHERE readfile('/etc/passwd')"),
  ),
  sql(
    'an index with a collation that is not there',
    'either',
    `${rows} CREATE INDEX x ON t (text)`,
    withSql('x', 'CREATE INDEX x ON t (text COLLATE evil)'),
  ),
  sql('statistics that lie', 'either', `${rows} CREATE INDEX x ON t (n); ANALYZE`, (database) => {
    database.exec(
      "UPDATE sqlite_stat4 SET sample = x'ffffffff', nlt = '9223372036854775807'; UPDATE sqlite_stat1 SET stat = '0 0 0 0 unordered noskipscan sz=-1'",
    )
  }),
  sql('two tables that share their pages', 'refused', `${rows} CREATE TABLE u (x)`, withRoot('u', 2)),
  sql(
    'a table that begins at the schema itself',
    'refused',
    rows,
    withRow('table', 'u', 1, 'CREATE TABLE u (type, name, tbl_name, rootpage, sql)'),
  ),
  sql('a table beyond the end', 'refused', `${rows} CREATE TABLE u (x)`, withRoot('u', 1_000_000)),
  sql('a table at a negative page', 'either', `${rows} CREATE TABLE u (x)`, withRoot('u', -7)),
  sql('a table without a definition', 'either', `${rows} CREATE TABLE u (x)`, withSql('u', null)),
  sql(
    'a definition of something else',
    'refused',
    `${rows} CREATE TABLE u (x)`,
    withSql('u', 'DROP TABLE t'),
  ),
  sql(
    'a definition that is no SQL',
    'refused',
    `${rows} CREATE TABLE u (x)`,
    withSql('u', 'CREATE TABLE u (x'.padEnd(5000, '(')),
  ),
  sql(
    'a definition of several statements',
    'either',
    `${rows} CREATE TABLE u (x)`,
    withSql('u', "CREATE TABLE u (x); ATTACH '/tmp/evil' AS evil; CREATE TABLE evil.x (y)"),
  ),
  sql(
    'an expression a thousand levels deep',
    'either',
    rows,
    withSql('t', `CREATE TABLE t (n INTEGER, text TEXT, CHECK (${'('.repeat(990)}1${')'.repeat(990)}))`),
  ),
  sql(
    'two thousand tables',
    'taken',
    `BEGIN; ${Array.from({ length: 2000 }, (_, i) => `CREATE TABLE t${i} (x);`).join('')} COMMIT`,
  ),
  sql(
    'two thousand columns',
    'taken',
    `CREATE TABLE t (${Array.from({ length: 1999 }, (_, i) => `c${i}`).join(', ')}); INSERT INTO t (c1) VALUES (1)`,
  ),
  sql(
    'names with quotes, line breaks and signs that turn around',
    'taken',
    'CREATE TABLE "a""b\n\u202Ec" (x); CREATE TABLE "\'; DROP TABLE t; --" (y)',
  ),
  sql('a name of a million letters', 'either', `CREATE TABLE "${'x'.repeat(1_000_000)}" (y)`),
  sql(
    'a table called like one of SQLite',
    'either',
    rows,
    withRow('table', 'sqlite_master', 2, 'CREATE TABLE sqlite_master (x)'),
  ),
]

/** Where the root of the table lies, and a page of its overflow chain. */
const root = page(rootOf(base, 't'))
const trunk = page(base.readUInt32BE(32))

function overflowHead(bytes: Buffer): number {
  for (let at = page(3); at < bytes.length; at += pageSize) {
    const next = bytes.readUInt32BE(at)
    const looksLikeText = bytes[at + 100] === 0x30 && bytes[at + 200] === 0x30
    if (looksLikeText && next > 0 && next <= bytes.length / pageSize) return at
  }
  throw new Error('The sound database has no overflow chain')
}

/** Headers and pages that lie. */
const files: readonly HostileCase[] = [
  whole('nothing at all', 'refused', () => Buffer.alloc(0)),
  whole('one byte', 'refused', () => Buffer.from('S')),
  whole('a header alone', 'refused', () => base.subarray(0, 100)),
  whole('half a page', 'refused', () => base.subarray(0, 2000)),
  whole('its first page alone', 'refused', () => base.subarray(0, pageSize)),
  whole('cut off in the middle', 'refused', () => base.subarray(0, Math.floor(base.length / 2))),
  whole('cut off by one byte', 'refused', () => base.subarray(0, -1)),
  whole('bytes that look encrypted', 'refused', () =>
    Buffer.from(base.map((byte, at) => byte ^ ((at * 131 + 17) & 0xff))),
  ),
  whole('an archive', 'refused', () => Buffer.from('PK\u0003\u0004'.padEnd(9000, 'x'))),
  whole('a program', 'refused', () => Buffer.concat([Buffer.from('\u007fELF'), Buffer.alloc(8192)])),
  whole('megabytes after its end', 'taken', () => Buffer.concat([base, Buffer.alloc(32 * 1024 * 1024)])),
  ...[512, 1024, 8192, 32768, 1].map((size) =>
    raw(
      `a page size of ${size === 1 ? 65536 : size} that is none`,
      'refused',
      (copy) => void copy.writeUInt16BE(size, 16),
    ),
  ),
  ...[0, 3, 513, 65535].map((size) =>
    raw(`an impossible page size of ${size}`, 'refused', (copy) => void copy.writeUInt16BE(size, 16)),
  ),
  raw('four billion pages', 'refused', (copy) => void copy.writeUInt32BE(0xfffffffe, 28)),
  raw('nearly all of each page reserved', 'refused', (copy) => void copy.writeUInt8(255, 20)),
  raw('a version that is yet to come', 'either', (copy) => void copy.fill(9, 18, 20)),
  raw('a schema format that is yet to come', 'refused', (copy) => void copy.writeUInt32BE(99, 44)),
  raw('an encoding that there is not', 'either', (copy) => void copy.writeUInt32BE(9, 56)),
  raw('a payload fraction of zero', 'refused', (copy) => void copy.fill(0, 21, 24)),
  raw(
    'a freelist that goes round',
    'refused',
    (copy) => void copy.writeUInt32BE(copy.readUInt32BE(32), trunk),
  ),
  raw(
    'a freelist that is longer than the file',
    'refused',
    (copy) => void copy.writeUInt32BE(0x7fffffff, 36),
  ),
  raw('a freelist that holds the schema', 'refused', (copy) => void copy.writeUInt32BE(1, trunk + 8)),
  raw(
    'a freelist with four billion leaves',
    'refused',
    (copy) => void copy.writeUInt32BE(0xffffffff, trunk + 4),
  ),
  raw('an overflow chain that goes round', 'refused', (copy) => {
    const at = overflowHead(copy)
    copy.writeUInt32BE(at / pageSize + 1, at)
  }),
  raw(
    'an overflow chain that leaves the file',
    'refused',
    (copy) => void copy.writeUInt32BE(0x7fffffff, overflowHead(copy)),
  ),
  raw(
    'an overflow chain into the schema',
    'refused',
    (copy) => void copy.writeUInt32BE(1, overflowHead(copy)),
  ),
  raw(
    'cells that begin outside of their page',
    'refused',
    (copy) => void copy.fill(0xff, root + 12, root + 20),
  ),
  raw('a page with 65535 cells', 'refused', (copy) => void copy.writeUInt16BE(65535, root + 3)),
  raw(
    'a page that is its own child',
    'refused',
    (copy) => void copy.writeUInt32BE(root / pageSize + 1, root + 8),
  ),
  raw('a page whose child is the schema', 'refused', (copy) => void copy.writeUInt32BE(1, root + 8)),
  raw('a page of a kind that there is not', 'refused', (copy) => void copy.writeUInt8(77, root)),
  raw('a schema of a kind that there is not', 'refused', (copy) => void copy.writeUInt8(77, 100)),
  raw('a row of nine quintillion bytes', 'refused', (copy) => {
    const at = copy.readUInt16BE(page(rootOf(base, 'by_n')) + 8)
    copy.fill(0xff, page(rootOf(base, 'by_n')) + at, page(rootOf(base, 'by_n')) + at + 9)
  }),
  raw('a map of pages that is not there', 'refused', (copy) => void copy.writeUInt32BE(3, 52)),
  {
    name: 'a WAL header with a hostile log beside it',
    expected: 'taken',
    bytes: () => patched(base, (copy) => void copy.fill(2, 18, 20)),
    beside: { '-wal': garbage, '-shm': Buffer.alloc(32768, 0xff) },
  },
  {
    name: 'a hot journal beside it',
    expected: 'taken',
    bytes: () => base,
    beside: { '-journal': Buffer.concat([Buffer.from('d9d505f920a163d7', 'hex'), garbage]) },
  },
]

/** Every hostile database there is; archives have a corpus of their own beside this one. */
export const hostileCases: readonly HostileCase[] = [...schemas, ...files]
