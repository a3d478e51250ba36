import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import type { CommandName } from '../../src/cli/command.ts'
import { commandHelp, overview } from '../../src/cli/help.ts'
import { languageFrom, words } from '../../src/cli/text/index.ts'
import { main, run, start } from '../support/command-line.ts'
import { isAlive, until, workersOf } from '../support/processes.ts'
import {
  back,
  operation,
  quietly,
  sharedEngine,
  tempFolder,
  tenantWithRows,
  verifyRequest,
} from '../support/tenant.ts'

// Each starts several processes, one after the other.
vi.setConfig({ testTimeout: 120_000 })

const engine = sharedEngine()

async function oneBackup() {
  const { vault } = await tenantWithRows()
  const { backups } = await back(engine, vault)
  return { vault, backup: backups[0]! }
}

describe('automate-backup list', () => {
  it('shows the newest backup first, with its proof and protection', async () => {
    const { vault, backup } = await oneBackup()
    await engine.protect(vault, backup.name, { ...operation(), protected: true })
    copyFileSync(join(vault.folder, backup.name), join(vault.folder, 'main_20250102_030405Z.sqlite'))
    const { code, stdout, stderr } = await run('list', vault.folder)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [headings, newest, oldest] = stdout.split('\n')
    expect(headings).toMatch(/^TIME \(UTC\) +SIZE +DATABASE +TRIGGER +PROOF +PROTECTED +FILE$/)
    const time = backup.createdAt.slice(0, 19).replace('T', ' ')
    expect(newest).toMatch(new RegExp(`^${time}  [\\d.]+ kB +main +scheduled +proven +yes +${backup.name}$`))
    expect(oldest).toMatch(/^2025-01-02 03:04:05 .* imported +not proven +no +main_20250102_030405Z\.sqlite$/)
  })

  it('tells a checked file and a damaged backup from a proven one', async () => {
    const { vault, backup } = await oneBackup()
    const from = join(vault.folder, backup.name)
    copyFileSync(from, join(vault.folder, 'elsewhere.sqlite'))
    await engine.verify(verifyRequest(vault, 'elsewhere.sqlite'), quietly())
    writeFileSync(from, Buffer.alloc(backup.sizeBytes, 'x'))
    await expect(engine.verify(verifyRequest(vault, backup.name), quietly())).rejects.toThrow()
    const { stdout } = await run('list', vault.folder)
    expect(stdout).toMatch(new RegExp(` damaged +no +${backup.name}\n`))
    expect(stdout).toMatch(/ checked +no +elsewhere\.sqlite\n/)
  })

  it('prints exactly the promised fields as JSON, given a tenant root too', async () => {
    const { vault, backup } = await oneBackup()
    const { code, stdout } = await run('list', vault.root, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({ backups: [backup] })
    expect(Object.keys(JSON.parse(stdout).backups[0])).toEqual(
      'name database runId createdAt sizeBytes trigger createdBy note sha256 proven checked protected appVersion'.split(
        ' ',
      ),
    )
  })

  it('says that a folder is empty, and changes nothing in it', async () => {
    const folder = await tempFolder()
    expect(await run('list', folder)).toEqual({ code: 0, stdout: `No backups in ${folder}\n`, stderr: '' })
    const json = await run('list', folder, '--json')
    expect(JSON.parse(json.stdout)).toEqual({ backups: [] })
    expect(readdirSync(folder)).toEqual([])
  })

  it('fails with a hint when the folder is not there', async () => {
    const missing = join(await tempFolder(), 'missing')
    const { code, stdout, stderr } = await run('list', missing, '--json')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^There is no folder .*missing\nCheck the path, .*\n$/)
  })

  it('fails with a hint when a file is in the place of the folder', async () => {
    const file = join(await tempFolder(), 'file')
    writeFileSync(file, '')
    const { code, stdout, stderr } = await run('list', file)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(`There is no folder ${file}\n`)
  })

  it('fails with a hint, and calls nothing empty, when the folder may not be read', async (context) => {
    const isRoot = process.getuid?.() === 0
    if (isRoot && spawnSync('setpriv', ['--version']).status !== 0)
      context.skip('NOT RUN: root may read everything, and setpriv is missing')
    const { vault } = await oneBackup()
    chmodSync(vault.folder, 0)
    const command = [process.execPath, main, 'list', vault.folder]
    const [program, ...args] = isRoot ? ['setpriv', '--bounding-set=-all', ...command] : command
    const { status, stdout, stderr } = spawnSync(program!, args, { encoding: 'utf8' })
    chmodSync(vault.folder, 0o700)
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toMatch(/^The folder .* may not be read\nRun this as the user .*\n$/)
  })

  it('makes control characters in names visible, and keeps their value in JSON', async () => {
    const { vault, backup } = await oneBackup()
    const hostile = 'a\u001b[2J\r\n\u009b\u202e\u{e0041}".sqlite'
    renameSync(join(vault.folder, backup.name), join(vault.folder, hostile))
    symlinkSync('/etc/passwd', join(vault.folder, 'link\u001b[31m.sqlite'))
    const human = await run('list', vault.folder)
    expect(human.stdout).toContain('a\\u{1b}[2J\\u{d}\\u{a}\\u{9b}\\u{202e}\\u{e0041}".sqlite\n')
    expect(human.stderr).toBe('Not listed: link\\u{1b}[31m.sqlite is a symbolic link\n')
    const json = await run('list', vault.folder, '--json')
    for (const output of [human.stdout, json.stdout]) expect(output).not.toMatch(/(?!\n)\p{C}/u)
    expect(JSON.parse(json.stdout).backups).toMatchObject([{ name: hostile }])
  })

  it('ends with 130 and leaves no process behind when it is told to stop', async () => {
    const folder = await tempFolder()
    const { child, ended } = start(['list', folder])
    const pid = child.pid!
    await until(() => workersOf(pid).length > 0, 20_000)
    const workers = workersOf(pid)
    for (const worker of workers) process.kill(worker, 'SIGSTOP')
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 130, stdout: '' })
    await until(() => !workers.some(isAlive))
  })
})

describe('automate-backup', () => {
  it('says on request what there is, in English and German', async () => {
    for (const [args, LC_ALL, text] of [
      [['--help'], 'C.UTF-8', overview(words.en)],
      [['restore', '-h'], 'de_DE.UTF-8', commandHelp(words.de, 'restore')],
    ] as const) {
      const { code, stdout, stderr } = await start(args, { env: { LC_ALL } }).ended
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${text}\n`, stderr: '' })
    }
  })

  it.each(['en', 'de'] as const)('has helps that fit a screen of 80 by 24, in %s', (language) => {
    const names = Object.keys(words[language].usage.help) as CommandName[]
    expect(names).toEqual(['list', 'status', 'verify', 'create', 'restore', 'prune'])
    const helps = names.map((name) => commandHelp(words[language], name))
    for (const [index, name] of names.entries()) expect(helps[index]).toContain(`automate-backup ${name} `)
    for (const lines of [overview(words[language]), ...helps].map((help) => help.split('\n'))) {
      expect(lines.length).toBeLessThanOrEqual(23)
      expect(lines.filter((line) => line.length > 80)).toEqual([])
    }
  })

  it.each([
    [{ LANG: 'de_AT.UTF-8' }, 'de'],
    [{ LANG: 'de' }, 'de'],
    [{ LANG: 'de_DE', LC_MESSAGES: 'en_GB' }, 'en'],
    [{ LANG: 'en_GB', LC_ALL: 'de_DE' }, 'de'],
    [{ LANG: 'den_XX' }, 'en'],
    [{}, 'en'],
  ])('takes the language from %j', (environment, language) => {
    expect(languageFrom(environment)).toBe(language)
  })

  it.each([
    ['no command', [], 'A command is missing'],
    ['an unknown command', ['li\u001bst'], 'There is no command "li\\u{1b}st"'],
    ['a name that every object has', ['constructor'], 'There is no command "constructor"'],
    ['no folder', ['list'], '"list" needs exactly one folder'],
    ['two folders', ['list', 'a', 'b'], '"list" needs exactly one folder'],
    ['an empty folder name', ['list', ''], '"list" needs exactly one folder'],
    ['an unknown option', ['list', 'a', '--xml'], "Unknown option '--xml'"],
    ['a value where none belongs', ['list', 'a', '--json=1'], "Option '--json' does not take an argument"],
  ])('shows the usage and ends with 2 when given %s', async (_, args, problem) => {
    const { code, stdout, stderr } = await run(...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(problem)
    expect(stderr).toContain('Usage: automate-backup ')
  })

  it('says in one line when Node is too old, before it loads anything', async () => {
    const pretend = "Object.defineProperty(process, 'versions', { value: { node: '22.11.0' } })"
    const { ended } = start(['--help'], {
      nodeOptions: ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`],
    })
    expect(await ended).toEqual({
      code: 1,
      stdout: '',
      stderr: 'automate-backup needs Node 22.12 or newer, this is 22.11.0.\n',
    })
  })
})
