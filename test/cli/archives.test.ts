import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { keys, missingForTerminal, run, start, Typist } from '../support/command-line.ts'
import { mountReadOnly } from '../support/file-systems.ts'
import { Installation } from '../support/system-backups.ts'

// Each starts several processes, one after the other.
vi.setConfig({ testTimeout: 120_000 })

const canary = 'canary-cli-71c0'

let place: Installation
let config: string
let archive = ''

beforeAll(() => {
  place = new Installation()
  config = join(place.root, 'backup.json')
  const server = {
    kind: 'mssql',
    connection: 'env:CLI_CANARY',
    database: 'app',
    serverFolder: '/tmp',
    localFolder: '/tmp',
  }
  const profiles = [
    place.profile({ retention: { maxCount: 2 } }),
    { id: 'server', sources: [server], folder: join(place.root, 'archives', 'server') },
    { id: 'nowhere', sources: [{ kind: 'directory', path: place.program }] },
  ]
  writeFileSync(config, JSON.stringify({ profiles }))
})
afterAll(() => place.remove())

const empty = () => mkdtempSync(join(place.root, 'to-'))

describe('automate-backup create --profile', () => {
  it('makes the archive that the application would make', async () => {
    const { code, stdout } = await run('create', '--profile', 'enterprise', '--config', config, '--json')
    expect(code).toBe(0)
    const [backup] = JSON.parse(stdout).backups
    expect(backup).toMatchObject({ database: 'enterprise', trigger: 'manual', proven: { outcome: 'passed' } })
    expect(backup.name).toMatch(/^entbak_\d{14}\.zip$/)
    archive = join(place.folder, backup.name)
    expect(existsSync(archive)).toBe(true)
  })

  it.each([
    ['one that there isn’t', ['--profile', 'other'], 'there are: enterprise, server, nowhere'],
    ['no folder', ['--profile', 'nowhere'], 'names no folder'],
    ['another content', ['--profile', 'enterprise', '--content', 'some'], 'everything, files, databases'],
    ['a database beside it', ['--profile', 'enterprise', '--db', 'x'], 'needs --db FILE and --to DIR'],
  ])('is wrong usage with %s', async (_, args, says) => {
    const { code, stderr } = await run('create', ...args, '--config', config)
    expect([code, stderr]).toEqual([2, expect.stringContaining(says)])
  })

  it('never shows the connection of a server', async () => {
    const { ended } = start(['create', '--profile', 'server', '--config', config], {
      env: { CLI_CANARY: `Server=127.0.0.1,1;User Id=sa;Password=${canary}` },
    })
    const { code, stdout, stderr } = await ended
    expect(code).not.toBe(0)
    expect(stdout + stderr).not.toContain(canary)
    const without = await run('create', '--profile', 'server', '--config', config)
    expect([without.code, without.stderr]).toEqual([1, expect.stringContaining('CLI_CANARY')])
  })
})

describe('automate-backup with a folder of archives', () => {
  it('lists them, proves them again, and says what retention would do', async () => {
    const listed = await run('list', place.folder, '--json')
    expect(JSON.parse(listed.stdout).backups.map(({ database }: { database: string }) => database)).toEqual([
      'enterprise',
    ])
    const verified = await run('verify', archive)
    expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('proven')])
    const pruned = await run('prune', place.folder, '--dry-run', '--max-count', '1')
    expect([pruned.code, pruned.stdout]).toEqual([0, expect.stringContaining('1 would stay')])
  })

  it('calls a damaged one damaged', async () => {
    const folder = empty()
    const copy = join(folder, 'copy.zip')
    const bytes = readFileSync(archive)
    const at = bytes.indexOf('name = demo')
    bytes.write('NAME', at > 0 ? at : 200)
    writeFileSync(copy, bytes)
    expect((await run('verify', copy)).code).toBe(1)
  })
})

describe('automate-backup restore FILE.zip', () => {
  it('shows what is in it and changes nothing with --preview', async () => {
    const { code, stdout } = await run('restore', archive, '--preview')
    expect(code).toBe(0)
    expect(stdout).toMatch(/Archive of the profile enterprise/)
    expect(stdout).toMatch(/ProgramData +folder/)
    expect(stdout).toMatch(/state +SQLite/)
  })

  it('puts one source elsewhere and ends with "Restore successful"', async () => {
    const to = empty()
    const { code, stdout } = await run('restore', archive, '--only', 'ProgramData', '--to', to, '--yes')
    expect([code, stdout.trimEnd().split('\n').at(-1)]).toEqual([0, 'Restore successful'])
    expect(place.files(to)).toEqual(['WorkDir/scan.tiff', 'config/app.ini', 'config/deep/list.txt'])
    expect(place.read('config/app.ini', to)).toBe('name = demo\n')
  })

  it('puts everything below a folder, and back in its place with what is extra removed', async () => {
    const to = empty()
    expect((await run('restore', archive, '--to', to, '--yes', '--json')).code).toBe(0)
    expect(readdirSync(to).sort()).toEqual(['ProgramData', 'state.sqlite'])
    place.write('extra.txt', 'x')
    const args = ['restore', archive, '--only', 'ProgramData', '--mirror', '--yes', '--config', config]
    expect((await run(...args)).code).toBe(0)
    expect(place.files()).toEqual([
      'WorkDir/scan.tiff',
      'config/app.ini',
      'config/deep/list.txt',
      'notes.tmp',
    ])
  })

  it('refuses another version unless any will do, a source that there isn’t, and what is no archive', async () => {
    const common = ['restore', archive, '--only', 'ProgramData', '--to', empty(), '--yes']
    expect((await run('restore', archive, '--only', 'other', '--yes')).code).toBe(2)
    expect((await run(...common, '--app-version', '9.0.0')).code).toBe(0)
    const broken = join(place.root, 'broken.zip')
    writeFileSync(broken, 'PK\x03\x04 no archive')
    expect((await run('restore', broken, '--yes', '--to', empty())).code).toBe(1)
    expect((await run('restore', archive)).code).toBe(2)
  })

  it('asks on a terminal which source goes where', async (context) => {
    const missing = missingForTerminal()
    if (missing) context.skip(missing)
    const to = empty()
    const typist = new Typist(['restore', archive])
    await typist.after('Where does "ProgramData" go?', keys.erase + to + keys.enter)
    await typist.after('Where does "state" go?', keys.erase + keys.enter)
    await typist.after('Those of the same names are replaced and not kept.', `yes${keys.enter}`)
    await typist.sees('Restore successful')
    expect(await typist.end()).toBe(0)
    expect(place.files(to)).toContain('config/app.ini')
  })
})

describe('an archive where nothing is to be written', () => {
  const state = () => join(place.root, 'state')
  const outcomeOf = (stdout: string) => JSON.parse(stdout).files[0].outcome
  const restoring = (file: string, to: string) =>
    start(['restore', file, '--only', 'ProgramData', '--to', to, '--yes'], {
      env: { XDG_STATE_HOME: state() },
    }).ended

  it('is only looked at and put back where it lies alone', async () => {
    const folder = empty()
    const copy = join(folder, 'copy.zip')
    copyFileSync(archive, copy)
    expect(outcomeOf((await run('verify', copy, '--json')).stdout)).toBe('checked')
    const to = empty()
    const { code, stderr } = await restoring(copy, to)
    expect([code, stderr]).toEqual([0, expect.stringContaining('What a restore replaces is not kept.')])
    expect(place.read('config/app.ini', to)).toBe('name = demo\n')
    expect(readdirSync(folder)).toEqual(['copy.zip'])
    expect(readdirSync(join(state(), 'automate-backup'))).toContain('.runs.jsonl')
  })

  it('is proven and put back from a disk that is mounted read-only', async (context) => {
    const mounted = empty()
    const unmount = mountReadOnly(place.folder, mounted)
    if (typeof unmount === 'string') return context.skip(unmount)
    try {
      const file = join(mounted, basename(archive))
      expect(outcomeOf((await run('verify', file, '--json')).stdout)).toBe('proven')
      const to = empty()
      expect((await restoring(file, to)).code).toBe(0)
      expect(place.read('config/app.ini', to)).toBe('name = demo\n')
    } finally {
      unmount()
    }
  })
})

/** What the machine's folder for temporary files still has of these tests. */
it('leaves nothing behind', () => {
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith('to-'))).toEqual([])
  rmSync(join(place.root, 'broken.zip'), { force: true })
})
