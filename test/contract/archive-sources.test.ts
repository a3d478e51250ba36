import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe } from 'vitest'
import { zipFormat } from '../../src/engine/archives/zip/zip-format.ts'
import { createDirectorySource } from '../../src/engine/sources/directory/directory-source.ts'
import { createSqliteArchiveSource } from '../../src/engine/sources/sqlite/sqlite-archive-source.ts'
import { createSqliteSource } from '../../src/engine/sources/sqlite/sqlite-source.ts'
import { contentOf } from '../support/invariants.ts'
import { tempFolder } from '../support/tenant.ts'
import { treeOf } from '../support/tree.ts'
import { describeArchiveSource, type SourceBench } from './archive-source.ts'

// As the engine's processes have it: copies are looked at under an address.
process.env.SQLITE_USE_URI = '1'

const databases = createSqliteSource({ timeoutMs: 400 })

/** A database with a log that no process has open, as a killed application leaves it. */
function makeDatabase(path: string): void {
  const live = new Database(path)
  live.pragma('journal_mode = WAL')
  live.exec("CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('one'), ('two')")
  live.close()
}

function spoilDatabase(path: string): void {
  const live = new Database(path)
  live.exec('DELETE FROM notes')
  live.close()
}

async function directory(): Promise<SourceBench> {
  const folder = await tempFolder()
  const root = join(folder, 'root')
  mkdirSync(join(root, 'data/deep'), { recursive: true })
  mkdirSync(join(root, 'WorkDir'))
  mkdirSync(join(root, 'backups'))
  mkdirSync(join(root, 'empty'))
  const old = new Date('2020-02-29T12:00:00.000Z')
  for (const [name, text] of Object.entries({
    'readme.txt': 'read me',
    'data/deep/ü.bin': '\u0000\u0001',
    'data/none': '',
  })) {
    writeFileSync(join(root, name), text)
    utimesSync(join(root, name), old, old)
  }
  chmodSync(join(root, 'readme.txt'), 0o640)
  writeFileSync(join(root, 'WorkDir/huge'), 'not wanted')
  writeFileSync(join(root, 'data/scrap.tmp'), 'not wanted')
  writeFileSync(join(root, 'backups/old.zip'), 'a backup')
  symlinkSync('../..', join(root, 'data/up'))
  makeDatabase(join(root, 'data/state.sqlite'))
  utimesSync(join(root, 'data/deep'), old, old)
  const source = createDirectorySource(
    {
      kind: 'directory',
      id: 'files',
      path: root,
      exclude: ['WorkDir/**', '**/*.tmp'],
      alwaysExclude: [join(root, 'backups')],
    },
    { databases },
  )
  const content = (at = root) => {
    const tree = Object.entries(treeOf(at)).filter(([path]) => !/^(WorkDir|backups)|\.tmp$|^data$/.test(path))
    return Object.fromEntries(tree)
  }
  return {
    source,
    origin: root,
    takes: [
      'files',
      'files/readme.txt',
      'files/data/deep/ü.bin',
      'files/data/none',
      'files/data/up',
      'files/data/state.sqlite',
      'files/empty',
    ],
    leavesOut: [
      { path: 'WorkDir', reason: 'excluded' },
      { path: 'data/scrap.tmp', reason: 'excluded' },
      { path: 'backups', reason: 'excluded' },
    ],
    elsewhere: join(folder, 'elsewhere'),
    watched: [root],
    content,
    spoil() {
      writeFileSync(join(root, 'readme.txt'), 'spoilt and longer')
      rmSync(join(root, 'data/deep'), { recursive: true })
      rmSync(join(root, 'data/up'))
      symlinkSync('elsewhere', join(root, 'data/up'))
      spoilDatabase(join(root, 'data/state.sqlite'))
    },
    breakDown: () => rmSync(root, { recursive: true }),
  }
}

async function sqlite(): Promise<SourceBench> {
  const folder = await tempFolder()
  const path = join(folder, 'state.sqlite')
  makeDatabase(path)
  return {
    source: createSqliteArchiveSource({ kind: 'sqlite', id: 'state', path }, { databases }),
    origin: path,
    takes: ['state/state.sqlite'],
    leavesOut: [],
    elsewhere: join(folder, 'elsewhere.sqlite'),
    watched: [folder],
    content: (at = path) => (existsSync(at) ? contentOf(at) : 'missing'),
    spoil: () => spoilDatabase(path),
    breakDown: () => rmSync(path),
  }
}

describe('in the simplest archive', () => {
  describeArchiveSource('directory', directory)
  describeArchiveSource('sqlite', sqlite)
})

describe('in a ZIP', () => {
  describeArchiveSource('directory', directory, zipFormat)
  describeArchiveSource('sqlite', sqlite, zipFormat)
})
