import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { keys, main, missingForTerminal, run, start, Typist } from '../support/command-line.ts'
import { contentOf } from '../support/invariants.ts'
import { hasOpen, until } from '../support/processes.ts'
import { change, leftBeside, tenantWithPast, texts } from '../support/restores.ts'
import { fill, sharedEngine, tempFolder } from '../support/tenant.ts'

// Each starts several processes, one after the other.
vi.setConfig({ testTimeout: 120_000 })

const engine = sharedEngine()

async function past() {
  const tenant = await tenantWithPast(engine)
  return { ...tenant, file: join(tenant.vault.folder, tenant.name) }
}

describe('automate-backup restore', () => {
  it('restores where the backup came from, saves the state before, and says how to undo it', async () => {
    const { path, file, then, now, vault } = await past()
    const { code, stdout, stderr } = await run('restore', file, '--yes')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Restore successful\n/)
    expect(stderr).toMatch(/^rows +25 +20 +−5/m)
    expect(texts(path)).toEqual(then)
    const undo = /To undo: automate-backup (.*)/.exec(stdout)![1]!.split(' ')
    expect((await run(...undo, '--yes', '--json')).code).toBe(0)
    expect(texts(path)).toEqual(now)
    expect(readdirSync(vault.root).sort()).toEqual(['backups', 'main.sqlite'])
  })

  it('prints the result as JSON', async () => {
    const { path, file, name } = await past()
    const { stdout } = await run('restore', file, '--yes', '--json', '--app-version', '1.0.1')
    expect(JSON.parse(stdout).restored).toMatchObject({
      restored: name,
      verdict: 'proven',
      target: path,
      saved: { trigger: 'before-restore', createdBy: expect.any(String) },
      salvagedTo: null,
      version: { relation: 'older', backup: '1.0.0', running: '1.0.1' },
      warnings: [],
    })
  })

  it('shows what would change, and changes nothing', async () => {
    const { path, file, now, vault } = await past()
    const before = readdirSync(vault.folder)
    const { code, stdout } = await run('restore', file, '--preview', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout).preview.tables).toMatchObject([
      { table: 'rows', now: { rows: 25 }, inBackup: { rows: 20 } },
    ])
    expect(texts(path)).toEqual(now)
    expect(readdirSync(vault.folder)).toEqual(before)
  })

  it('makes a database somewhere else, and no folder for nothing to save', async () => {
    const { file, then } = await past()
    const elsewhere = await tempFolder()
    const target = join(elsewhere, 'look.sqlite')
    expect((await run('restore', file, '--to', target, '--yes')).code).toBe(0)
    expect(texts(target)).toEqual(then)
    expect(readdirSync(elsewhere)).toEqual(['look.sqlite'])
  })

  it('keeps the state of a database outside every tenant beside it', async () => {
    const { file, then } = await past()
    const elsewhere = await tempFolder()
    const target = join(elsewhere, 'other.sqlite')
    change(target, (database) => fill(database, 3))
    expect((await run('restore', file, '--to', target, '--yes')).code).toBe(0)
    expect(texts(target)).toEqual(then)
    const saved = readdirSync(join(elsewhere, 'backups')).filter((name) => name.endsWith('.sqlite'))
    expect(saved).toHaveLength(1)
    expect(texts(join(elsewhere, 'backups', saved[0]!))).toHaveLength(3)
  })

  it('restores a damaged database and says where it was moved', async () => {
    const { path, file, then } = await past()
    writeFileSync(path, 'no database '.repeat(1000))
    const { code, stdout, stderr } = await run('restore', file, '--yes')
    expect(code).toBe(0)
    expect(stderr).toContain('moved aside whole into backups/.salvage')
    const folder = /moved aside whole: (.*)/.exec(stdout)![1]!
    expect(readdirSync(folder)).toEqual(['main.sqlite'])
    expect(texts(path)).toEqual(then)
  })

  it.each(['WAL', 'DELETE'])(
    'refuses while an idle process has the database open in %s mode',
    async (mode) => {
      const { path, file, now } = await past()
      const holder = spawn(process.execPath, ['-e', idle, path, mode], {
        cwd: dirname(fileURLToPath(import.meta.url)),
      })
      onTestFinished(() => void holder.kill('SIGKILL'))
      await until(() => hasOpen(holder.pid!, path), 20_000)
      const { code, stderr, stdout } = await run('restore', file, '--yes')
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toContain(`The database "main" is in use by ${holder.pid} (node)`)
      expect(stderr).toContain('Stop the application')
      holder.kill('SIGKILL')
      await until(() => !hasOpen(holder.pid!, path))
      expect(texts(path)).toEqual(now)
    },
  )

  it('refuses a backup that lies among those of another tenant', async () => {
    const [one, other] = [await past(), await past()]
    const { code, stderr } = await run('restore', one.file, '--to', other.path, '--yes')
    expect(code).toBe(1)
    expect(stderr).toMatch(/lies among the backups of another tenant/)
    expect(texts(other.path)).toEqual(other.now)
    copyFileSync(one.file, join(other.vault.folder, 'copied.sqlite'))
    const copied = await run(
      'restore',
      join(other.vault.folder, 'copied.sqlite'),
      '--to',
      other.path,
      '--yes',
    )
    expect(copied.code).toBe(0)
    expect(copied.stdout).toContain('came from elsewhere')
    expect(texts(other.path)).toEqual(one.then)
  })

  it('refuses another tenant’s database that is reached through a linked folder', async () => {
    const [one, other] = [await past(), await past()]
    symlinkSync(other.vault.root, join(one.vault.root, 'link'))
    const { code, stderr } = await run(
      'restore',
      one.file,
      '--to',
      join(one.vault.root, 'link', 'main.sqlite'),
      '--yes',
    )
    expect(code).toBe(1)
    expect(stderr).toMatch(/lies among the backups of another tenant/)
    expect(texts(other.path)).toEqual(other.now)
  })

  it('never follows a sidecar that points out of the tenant', async () => {
    const { vault, file, name } = await past()
    const victim = join(await tempFolder(), 'victim.sqlite')
    change(victim, (database) => fill(database, 1))
    const sidecar = JSON.parse(readFileSync(`${file}.json`, 'utf8'))
    sidecar.snapshot.original.path = join('..', victim.slice(1))
    writeFileSync(join(vault.folder, `${name}.json`), JSON.stringify(sidecar))
    expect(await run('restore', file, '--yes')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('name it with --to DB'),
    })
    sidecar.snapshot.original.path = victim
    writeFileSync(join(vault.folder, `${name}.json`), JSON.stringify(sidecar))
    expect((await run('restore', file, '--yes')).code).toBe(2)
    symlinkSync(dirname(victim), join(vault.root, 'link'))
    sidecar.snapshot.original.path = 'link/victim.sqlite'
    writeFileSync(join(vault.folder, `${name}.json`), JSON.stringify(sidecar))
    expect((await run('restore', file, '--yes')).code).toBe(2)
    expect(texts(victim)).toHaveLength(1)
  })

  describe('given a file that is no backup', () => {
    it.each([
      ['a link', 'is a symbolic link', (file: string, good: string) => symlinkSync(good, file)],
      ['a folder', 'is not a file', (file: string) => mkdirSync(file)],
      ['no database', 'file is not a database', (file: string) => writeFileSync(file, 'x'.repeat(5_000))],
      ['an empty file', 'it is empty', (file: string) => writeFileSync(file, '')],
      ['nothing', 'does not exist', () => {}],
    ])('refuses %s and touches nothing', async (_, why, make) => {
      const { path, file: good, now, vault } = await past()
      const file = join(vault.root, 'given.sqlite')
      make(file, good)
      const { code, stderr } = await run('restore', file, '--to', path, '--yes')
      expect(code).toBe(1)
      expect(stderr).toContain(why)
      expect(texts(path)).toEqual(now)
      expect(leftBeside(path)).toEqual([])
    })

    it('refuses the live database itself, and its log', async () => {
      const { path, now } = await past()
      for (const file of [path, `${path}-wal`]) {
        writeFileSync(`${path}-wal`, '')
        const { code, stderr } = await run('restore', file, '--to', path, '--yes')
        expect(code).toBe(1)
        expect(stderr).toContain('is the live database itself, or belongs to it')
      }
      expect(texts(path)).toEqual(now)
    })

    it('refuses a copy whose last changes lie in a log beside it', async () => {
      const { path, now, vault } = await past()
      const file = join(vault.root, 'copied.sqlite')
      copyFileSync(path, file)
      writeFileSync(`${file}-wal`, 'frames')
      const { code, stderr } = await run('restore', file, '--to', path, '--yes')
      expect(code).toBe(1)
      expect(stderr).toContain('has a -wal beside it')
      expect(texts(path)).toEqual(now)
    })
  })

  it('never takes what belongs to another database for one that is damaged', async () => {
    const { path, file, vault } = await past()
    for (const end of ['-wal', '-shm', '-journal']) {
      writeFileSync(path + end, 'precious')
      const { code, stderr } = await run('restore', file, '--to', path + end, '--yes')
      expect(code).toBe(1)
      expect(stderr).toContain('belongs to the database beside it')
      expect(readFileSync(path + end, 'utf8')).toBe('precious')
    }
    expect(existsSync(join(vault.folder, '.salvage'))).toBe(false)
  })

  it('says that the backup does not exist, rather than asking where it belongs', async () => {
    const { vault } = await past()
    const { code, stderr } = await run('restore', join(vault.root, 'mistyped.sqlite'), '--yes')
    expect(code).toBe(1)
    expect(stderr).toMatch(/mistyped\.sqlite does not exist\n/)
  })

  it('says that the folder of the database does not exist', async () => {
    const { file, vault } = await past()
    const { code, stderr } = await run('restore', file, '--to', join(vault.root, 'none', 'x.sqlite'), '--yes')
    expect(code).toBe(1)
    expect(stderr).toMatch(/The folder of .*x\.sqlite does not exist\n.*mounted/)
  })

  it('fails with a hint where it may not write', async (context) => {
    const isRoot = process.getuid?.() === 0
    if (isRoot && spawnSync('setpriv', ['--version']).status !== 0)
      context.skip('NOT RUN: root may write everywhere, and setpriv is missing')
    const { path, file, vault, now } = await past()
    chmodSync(vault.root, 0o500)
    const command = [process.execPath, main, 'restore', file, '--yes']
    const [program, ...args] = isRoot ? ['setpriv', '--bounding-set=-all', ...command] : command
    const { status, stderr } = spawnSync(program!, args, { encoding: 'utf8' })
    chmodSync(vault.root, 0o700)
    expect(status).toBe(1)
    expect(stderr).toMatch(/not writable \((EACCES|SQLITE_\w+)\)\n.*right to write/)
    expect(texts(path)).toEqual(now)
    expect(leftBeside(path)).toEqual([])
  })

  it.each([
    ['no file and no terminal', [], 'name the FILE'],
    ['two files', ['a', 'b', '--yes'], 'takes one FILE'],
    ['nobody to ask', ['a'], 'add --yes'],
    ['an empty name for the database', ['a', '--to', '', '--yes'], '--to needs the path'],
    ['an unknown option', ['a', '--force'], "Unknown option '--force'"],
  ])('ends with 2 and the usage when given %s', async (_, args, problem) => {
    const { code, stdout, stderr } = await run('restore', ...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(problem)
    expect(stderr).toContain('Usage: automate-backup restore')
  })

  it('ends with 130 when it is interrupted, and the database is the old one', async () => {
    const { path, file, now } = await past()
    const old = contentOf(path)
    const { child, ended } = start(['restore', file, '--yes'])
    await until(() => existsSync(join(dirname(file), '.lock-holder.json')), 20_000)
    child.kill('SIGINT')
    const { code } = await ended
    // So fast that it was done before the signal came is fine, too.
    if (code === 0) expect(texts(path)).not.toEqual(now)
    else {
      expect(code).toBe(130)
      expect(contentOf(path)).toBe(old)
    }
  })

  it('speaks German where the machine does', async () => {
    const { file, path, then } = await past()
    const env = { LC_ALL: 'de_DE.UTF-8' }
    const { code, stdout } = await start(['restore', file, '--yes'], { env }).ended
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Wiederherstellung erfolgreich \(Restore successful\)\n/)
    expect(texts(path)).toEqual(then)
    const refused = await start(['restore', join(path, 'x'), '--to', path, '--yes'], { env }).ended
    expect(refused.stderr).toMatch(/Im Einzelnen \(englisch\): /)
  })
})

const idle = `
const database = new (require('better-sqlite3'))(process.argv[1])
database.pragma('journal_mode = ' + process.argv[2])
database.prepare('SELECT count(*) FROM rows').get()
setInterval(() => {}, 1000)
`

const missing = missingForTerminal()
describe.skipIf(missing !== null)(`automate-backup restore on a terminal ${missing ?? ''}`, () => {
  it('asks step by step and restores the backup that is chosen with arrow keys', async () => {
    const { vault, path, then } = await past()
    await run('create', '--db', path, '--to', vault.folder)
    const typist = new Typist(['restore'], { cwd: vault.root })
    await typist.after('Folder with the backups', keys.enter)
    await typist.after('Which backup?', keys.down)
    await typist.after('Arrow keys', keys.enter)
    await typist.after('Database to replace:', keys.enter)
    await typist.sees('rows   25        20')
    await typist.after('Type yes to go on:', `yes${keys.enter}`)
    await typist.sees('Restore successful')
    expect(await typist.end()).toBe(0)
    expect(texts(path)).toEqual(then)
  })

  it('lets a number choose, and asks again for a folder without backups', async () => {
    const { vault, path, then } = await past()
    await run('create', '--db', path, '--to', vault.folder)
    const empty = await tempFolder()
    const typist = new Typist(['restore'], { cwd: empty })
    await typist.after('Folder with the backups', `${empty}${keys.enter}`)
    await typist.sees(`No backups in ${empty}`)
    await typist.after('Folder with the backups', `${vault.folder}${keys.enter}`)
    await typist.after('Which backup?', '2')
    await typist.after('Arrow keys', keys.enter)
    await typist.after('Database to replace:', keys.enter)
    await typist.after('Type yes to go on:', `yes${keys.enter}`)
    await typist.sees('Restore successful')
    expect(await typist.end()).toBe(0)
    expect(texts(path)).toEqual(then)
  })

  it.each([
    ['no', keys.enter, 'Nothing was changed.'],
    ['Ctrl-C', keys.interrupt, ''],
  ])('changes nothing after %s', async (_, key, said) => {
    const { path, file, now } = await past()
    const typist = new Typist(['restore', file])
    await typist.after('Database to replace:', keys.enter)
    await typist.after('Type yes to go on:', key)
    await typist.sees(said)
    expect(await typist.end()).toBe(130)
    expect(texts(path)).toEqual(now)
  })

  it('ends with 130 on Ctrl-C in the list', async () => {
    const { vault, path, now } = await past()
    const typist = new Typist(['restore'], { cwd: vault.root })
    await typist.after('Folder with the backups', keys.enter)
    await typist.after('Arrow keys', keys.interrupt)
    expect(await typist.end()).toBe(130)
    expect(texts(path)).toEqual(now)
  })

  it('asks in German', async () => {
    const { file, path, then } = await past()
    const typist = new Typist(['restore', file], { env: { LC_ALL: 'de_DE.UTF-8' } })
    await typist.after('Zu ersetzende Datenbank:', keys.enter)
    await typist.after('eingeben, um fortzufahren:', `ja${keys.enter}`)
    await typist.sees('Wiederherstellung erfolgreich')
    expect(await typist.end()).toBe(0)
    expect(texts(path)).toEqual(then)
  })
})
