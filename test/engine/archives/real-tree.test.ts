import { copyFileSync, cpSync, existsSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { describe, expect, it, vi } from 'vitest'
import { archiveVault } from '../../../src/engine/archiving.ts'
import { archive, sharedArchiveEngine, unpack } from '../../support/archives.ts'
import { differences, pathsBelow } from '../../support/packed-tree.ts'
import { tempFolder } from '../../support/tenant.ts'
import { complaintsOf, missingUnpacker, unpackers, unpack as unpackWith } from '../../support/unpackers.ts'
import {
  committedBy,
  momentIn,
  openAccounts,
  sumOfAccounts,
  writeWithoutPause,
} from '../../support/write-load.ts'

const full = process.env.ARCHIVES === 'full'
const fewest = full ? 10_001 : 1_500
const most = full ? Number.POSITIVE_INFINITY : 1_500

vi.setConfig({ testTimeout: full ? 900_000 : 60_000 })

const engine = sharedArchiveEngine()
const pathOf = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
const packages = ['node_modules', 'test/hosts/node-red/installation/node_modules'].map(pathOf)
const database = 'data/live.sqlite'
const isDatabase = (path: string) => path.startsWith(database)

/** Packages that are installed here, up to a number of files, and made up ones where these are too few. */
function plantTree(root: string): void {
  let files = 0
  for (const [index, from] of packages.filter((path) => existsSync(path)).entries()) {
    for (const name of readdirSync(from)) {
      // Tools keep things there that change while we look.
      if (files >= most || (name.startsWith('.') && name !== '.bin')) continue
      cpSync(join(from, name), join(root, `packages-${index}`, name), {
        recursive: true,
        preserveTimestamps: true,
        verbatimSymlinks: true,
        filter: (path) => files < most && (lstatSync(path).isDirectory() || files++ < most),
      })
    }
  }
  for (; files < fewest; files++) {
    const path = join(root, 'made-up', String(files % 100), `${files}.txt`)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `file ${files}\n`.repeat(files % 500))
  }
}

/** A database in that tree, and somebody who writes to it. */
function plantDatabase(root: string) {
  const path = join(root, database)
  mkdirSync(dirname(path))
  const live = new Database(path)
  live.pragma('journal_mode = WAL')
  openAccounts(live)
  live.close()
  return writeWithoutPause(path, ['journal_mode = WAL', 'synchronous = OFF'])
}

const entriesBelow = (root: string) => pathsBelow(root).filter((path) => !isDatabase(path))

/** The live database goes on: of it a moment is compared, and of its folder nothing but that it is there. */
function expectSame(copy: string, root: string): void {
  expect(entriesBelow(copy)).toEqual(entriesBelow(root))
  expect(differences(copy, root).filter((path) => !isDatabase(path) && !path.startsWith('data: '))).toEqual(
    [],
  )
}

function tell(what: string, began: number): void {
  if (full || process.env.TELLX)
    process.stdout.write(`${what}: ${((performance.now() - began) / 1000).toFixed(1)} s\n`)
}

describe('an archive of an installation with a database under load', () => {
  it('is good for every unpacker, and comes back byte for byte, times and permissions included', async (context) => {
    const missing = unpackers.map(missingUnpacker).find((why) => why !== null)
    if (missing) context.skip(missing)
    const base = await tempFolder()
    const [root, back] = [join(base, 'app'), join(base, 'back')]
    plantTree(root)
    const writer = plantDatabase(root)
    const before = await committedBy(writer)
    const profile = {
      vault: archiveVault(join(base, 'archives')),
      sources: [{ kind: 'directory', id: 'app', path: root, exclude: [], alwaysExclude: [] }] as const,
    }

    let began = performance.now()
    const { backup, leftOut } = await archive(engine, profile)
    const after = await committedBy(writer)
    tell(`${entriesBelow(root).length} entries into ${backup.sizeBytes} bytes, proven`, began)
    expect(backup.proven).toMatchObject({ outcome: 'passed' })
    expect(leftOut.map(({ path, reason }) => `${path} ${reason}`).sort()).toEqual([
      'app/data/live.sqlite-shm part-of-database',
      'app/data/live.sqlite-wal part-of-database',
    ])

    const file = join(profile.vault.folder, backup.name)
    for (const program of unpackers) {
      began = performance.now()
      expect(complaintsOf(program, file)).toBe('')
      tell(`tested by ${program}`, began)
    }
    for (const program of ['unzip', 'bsdtar'] as const) {
      const folder = join(base, program)
      mkdirSync(folder)
      began = performance.now()
      expect(unpackWith(program, file, folder)).toBe('')
      tell(`unpacked by ${program}`, began)
      expectSame(join(folder, 'app'), root)
    }

    began = performance.now()
    const sources = [{ id: 'app', config: profile.sources[0], to: back }]
    const {
      sources: [restored],
    } = await unpack(engine, profile, { listed: backup.name }, { sources })
    tell(`${restored?.files} files put back`, began)
    expect(restored?.untouched).toEqual([])
    expectSame(back, root)
    for (const [index, folder] of [back, join(base, 'unzip/app'), join(base, 'bsdtar/app')].entries()) {
      const copy = join(base, `moment-${index}.sqlite`)
      copyFileSync(join(folder, database), copy)
      const moment = momentIn(copy)
      expect(moment).toMatchObject({ whole: 'ok', sum: sumOfAccounts })
      expect(moment.counter).toBeGreaterThanOrEqual(before)
      expect(moment.counter).toBeLessThanOrEqual(after + 1)
    }
    expect(await committedBy(writer)).toBeGreaterThan(after)
  })
})
