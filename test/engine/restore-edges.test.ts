import { spawn, spawnSync } from 'node:child_process'
import {
  chownSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { newestTime, timeColumn } from '../../src/engine/restore/table-times.ts'
import { compareVersions } from '../../src/engine/version-match.ts'
import { main } from '../support/command-line.ts'
import { contentOf } from '../support/invariants.ts'
import { until } from '../support/processes.ts'
import { bring, change, leftBeside, tenantWithPast, texts } from '../support/restores.ts'
import { back, fill, sharedEngine, tempFolder, tenant } from '../support/tenant.ts'

const engine = sharedEngine()

describe('a restore', () => {
  it('is refused while another one runs in the folder', async () => {
    const { vault, path, name, then } = await tenantWithPast(engine)
    const both = await Promise.allSettled([
      bring(engine, vault, { listed: name }),
      bring(engine, vault, { listed: name }),
    ])
    const refused = both.filter((one) => one.status === 'rejected').map(({ reason }) => reason.code)
    for (const code of refused) expect(['busy', 'database-in-use']).toContain(code)
    expect(refused.length).toBeLessThan(2)
    expect(texts(path)).toEqual(then)
    expect(leftBeside(path)).toEqual([])
  })

  it('leaves the old or the new database when whoever asked for it is killed, and the next one finishes', async () => {
    const vault = await tenant()
    const { path } = vault.databases[0]!
    change(path, (database) => fill(database, 20_000))
    const { backups } = await back(engine, vault, { trigger: 'manual' })
    change(path, (database) => fill(database, 10))
    const [old, restored] = [contentOf(path), contentOf(join(vault.folder, backups[0]!.name))]
    const child = spawn(process.execPath, [main, 'restore', join(vault.folder, backups[0]!.name), '--yes'])
    await until(() => existsSync(join(vault.folder, '.restore.json')), 20_000)
    child.kill('SIGKILL')
    // Its worker process ends a moment later by itself, and with it the lock is free.
    await until(async () => {
      try {
        await engine.reconcile(vault, { now: new Date().toISOString() })
        return true
      } catch {
        return false
      }
    }, 20_000)
    expect([old, restored]).toContain(contentOf(path))
    expect(existsSync(join(vault.folder, '.restore.json'))).toBe(false)
    expect(leftBeside(path)).toEqual([])
    await bring(engine, vault, { listed: backups[0]!.name })
    expect(contentOf(path)).toBe(restored)
  })

  it('never replaces what is reached through a link, nor what lies among the backups', async () => {
    const { vault, path, name, now } = await tenantWithPast(engine)
    const link = { name: 'main', path: join(vault.root, 'link.sqlite') }
    symlinkSync(path, link.path)
    await expect(bring(engine, vault, { listed: name }, { database: link })).rejects.toMatchObject({
      code: 'source-unsafe',
    })
    const inside = { name: 'main', path: join(vault.folder, 'inside.sqlite') }
    await expect(bring(engine, vault, { listed: name }, { database: inside })).rejects.toMatchObject({
      code: 'source-unsafe',
    })
    expect(texts(path)).toEqual(now)
    expect(readdirSync(vault.folder).filter((one) => one.endsWith('.sqlite'))).toEqual([name])
  })

  it('knows no backup of another tenant, whatever the name says', async () => {
    const [one, other] = [await tenantWithPast(engine), await tenantWithPast(engine)]
    renameSync(join(one.vault.folder, one.name), join(one.vault.folder, 'only-here.sqlite'))
    for (const listed of [
      'only-here.sqlite',
      `../../${one.vault.root}/backups/only-here.sqlite`,
      '..',
      '.lock',
      '',
    ])
      await expect(bring(engine, other.vault, { listed })).rejects.toMatchObject({ code: 'not-found' })
    expect(texts(other.path)).toEqual(other.now)
  })

  it('restores from a file with a second name, as other backup programs keep them', async () => {
    const { vault, path, name, then } = await tenantWithPast(engine)
    const folder = await tempFolder()
    copyFileSync(join(vault.folder, name), join(folder, 'daily.0'))
    linkSync(join(folder, 'daily.0'), join(folder, 'daily.1'))
    await bring(engine, vault, { file: join(folder, 'daily.1') })
    expect(texts(path)).toEqual(then)
  })

  it('copies a damaged database to the disk of the backups when that is another one', async (context) => {
    if (!existsSync('/dev/shm') || statSync('/dev/shm').dev === statSync(tmpdir()).dev)
      context.skip('NOT RUN: there is no second disk')
    const folder = mkdtempSync('/dev/shm/backup-test-')
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const inside = await tenantWithPast(engine)
    const vault = { ...inside.vault, folder: join(folder, 'backups') }
    mkdirSync(vault.folder)
    for (const name of readdirSync(inside.vault.folder)) {
      if (name.startsWith('main')) copyFileSync(join(inside.vault.folder, name), join(vault.folder, name))
    }
    writeFileSync(inside.path, 'damaged')
    writeFileSync(`${inside.path}-wal`, 'its log')
    const { salvagedTo } = await bring(engine, vault, { listed: inside.name })
    expect(readFileSync(join(salvagedTo!, 'main.sqlite'), 'utf8')).toBe('damaged')
    expect(readFileSync(join(salvagedTo!, 'main.sqlite-wal'), 'utf8')).toBe('its log')
    expect(readdirSync(salvagedTo!)).toHaveLength(2)
    expect(texts(inside.path)).toEqual(inside.then)
    expect(leftBeside(inside.path)).toEqual([])
  })

  it('takes a database with as long a name as there can be', async () => {
    const { vault, name, then } = await tenantWithPast(engine)
    const database = { name: 'long', path: join(vault.root, `${'ü'.repeat(120)}.sqlite`) }
    await bring(engine, vault, { listed: name }, { database })
    expect(texts(database.path)).toEqual(then)
  })

  it('says when it can not look into the processes of others, and goes on only when told to', async (context) => {
    if (process.getuid?.() !== 0 || spawnSync('setpriv', ['--version']).status !== 0)
      context.skip('NOT RUN: only root can become somebody else, with setpriv')
    const { vault, path, name, then } = await tenantWithPast(engine)
    const nobody = 65_534
    for (const folder of [vault.root, vault.folder]) {
      chownSync(folder, nobody, nobody)
      for (const one of readdirSync(folder)) chownSync(join(folder, one), nobody, nobody)
    }
    const asNobody = ['--reuid', String(nobody), '--regid', String(nobody), '--clear-groups']
    const cli = (...args: string[]) =>
      spawnSync(
        'setpriv',
        [...asNobody, process.execPath, main, 'restore', join(vault.folder, name), ...args],
        {
          encoding: 'utf8',
          env: { ...process.env, LC_ALL: 'C.UTF-8' },
        },
      )
    const preview = cli('--preview', '--json')
    const { inUse } = JSON.parse(preview.stdout).preview
    expect(inUse).toMatchObject({ processes: [], seen: 'some' })
    expect(inUse.unseen).toBeGreaterThan(0)
    await expect(bringAs(vault, name, asNobody)).resolves.toBe('use-unknown')
    expect(cli('--yes').status).toBe(0)
    expect(texts(path)).toEqual(then)
  })

  it('does not take processes that the system hides for processes that there are not', (context) => {
    if (cannotUnshare()) context.skip('NOT RUN: only root can mount /proc anew, with unshare and setpriv')
    const usage = new URL('../../dist/src/engine/restore/usage.js', import.meta.url).href
    const look = `const { findUsage, watch } = await import('${usage}'); console.log(findUsage(watch(process.execPath)).seen)`
    // The shell between them is the one process that this user may see.
    const asNobody = `setpriv --reuid 65534 --regid 65534 --clear-groups sh -c '"$0" --input-type=module -e "$1"; exit'`
    const seen = (hide: number) =>
      inOwnMounts(
        `mount -t proc -o hidepid=${hide} proc /proc && exec ${asNobody} "$0" "$1"`,
        process.execPath,
        look,
      ).stdout.trim()
    expect([seen(1), seen(2)]).toEqual(['some', 'some'])
  })

  it('says so when the database is mounted as a single file, and leaves it as it was', async (context) => {
    if (cannotUnshare()) context.skip('NOT RUN: only root can mount a file, with unshare')
    const { vault, path, name, now } = await tenantWithPast(engine)
    const elsewhere = join(vault.root, 'elsewhere')
    renameSync(path, elsewhere)
    writeFileSync(path, '')
    const { status, stderr } = inOwnMounts(
      'mount --bind "$1" "$2" && exec "$0" "$3" restore "$4" --yes',
      process.execPath,
      elsewhere,
      path,
      main,
      join(vault.folder, name),
    )
    expect(stderr).toContain('is mounted as a single file')
    expect(status).toBe(1)
    expect(texts(elsewhere)).toEqual(now)
    expect(leftBeside(path)).toEqual([])
  })

  const cannotUnshare = () =>
    process.getuid?.() !== 0 ||
    spawnSync('setpriv', ['--version']).status !== 0 ||
    inOwnMounts('mount -t proc proc /proc').status !== 0

  /** Nothing that is mounted there is seen outside. */
  function inOwnMounts(script: string, ...args: readonly string[]) {
    const env = { ...process.env, LC_ALL: 'C.UTF-8' }
    return spawnSync('unshare', ['-m', 'sh', '-c', script, ...args], { encoding: 'utf8', env })
  }

  it.each([
    ['takes a name away', { phase: 'reverting', existed: false }],
    ['puts another file in its place', { phase: 'reverting', existed: true }],
    ['lays a log beside it', { phase: 'staging', existed: true, salvage: 'planted' }],
  ])('believes nothing that somebody has planted about a database elsewhere: %s', async (_, marker) => {
    const { vault, path, now } = await tenantWithPast(engine)
    const other = await tenantWithPast(engine)
    const { dev, ino } = statSync(other.path)
    const whole = { formatVersion: 1, runId: 'r', target: other.path, journalMode: 'wal', salvage: null }
    const staged = { identity: `${dev}:${ino}`, sha256: '' }
    writeFileSync(join(vault.folder, '.restore.json'), JSON.stringify({ ...whole, staged, ...marker }))
    copyFileSync(path, join(other.vault.root, '.main.sqlite.replaced-r'))
    const planted = join(vault.folder, '.salvage', 'planted')
    mkdirSync(planted, { recursive: true })
    copyFileSync(other.path, join(planted, 'main.sqlite'))
    writeFileSync(join(planted, 'main.sqlite-wal'), 'frames')
    const before = [readFileSync(other.path), readdirSync(other.vault.root)]
    await engine.reconcile(vault, { now: new Date().toISOString() })
    expect([readFileSync(other.path), readdirSync(other.vault.root)]).toEqual(before)
    expect(existsSync(join(vault.folder, '.restore.json'))).toBe(false)
    expect(texts(path)).toEqual(now)
  })

  it('puts in order what a killed restore has begun of a database that was to be made elsewhere', async () => {
    const { vault, path, now } = await tenantWithPast(engine)
    const folder = await tempFolder()
    const staged = join(folder, '.new.sqlite.restoring-r')
    copyFileSync(path, staged)
    const marker = {
      formatVersion: 1,
      runId: 'r',
      phase: 'staging',
      target: join(folder, 'new.sqlite'),
      existed: false,
      journalMode: null,
      staged: null,
      salvage: null,
    }
    writeFileSync(join(vault.folder, '.restore.json'), JSON.stringify(marker))
    await engine.reconcile(vault, { now: new Date().toISOString() })
    expect(readdirSync(folder)).toEqual([])
    expect(texts(path)).toEqual(now)
  })

  /** The code with which an engine of another user refuses without being told to go on. */
  async function bringAs(vault: unknown, listed: string, as: readonly string[]): Promise<string> {
    const script = `
      const { createEngine } = await import(${JSON.stringify(new URL('../../src/engine/worker-engine.ts', import.meta.url).href)})
      const engine = createEngine()
      const vault = ${JSON.stringify(vault)}
      const request = { vault, from: { listed: ${JSON.stringify(listed)} }, database: vault.databases[0], runId: 'r', startedAt: new Date().toISOString(), trigger: 'manual', actor: null, appVersion: null, acceptNewer: false, acceptUnseen: false }
      await engine.restore(request, { signal: new AbortController().signal, onProgress() {} }).then(() => console.log('done'), (error) => console.log(error.code))
      await engine.close()`
    const { stdout } = spawnSync('setpriv', [...as, process.execPath, '--input-type=module', '-e', script], {
      encoding: 'utf8',
    })
    return stdout.trim()
  }
})

describe('versions', () => {
  it.each([
    ['1.2.3', '1.2.3', 0],
    ['1.2.3', '1.2.4', -1],
    ['1.10.0', '1.9.9', 1],
    ['2', '1.9', 1],
    ['v1.0', '1.0.0', 0],
    ['1.0.0-beta.2', '1.0.0-beta.11', -1],
    ['1.0.0-alpha', '1.0.0-beta', -1],
    ['1.0.0-rc.1', '1.0.0', -1],
    ['1.0.0-1', '1.0.0-alpha', -1],
    ['1.0.0-alpha', '1.0.0-alpha.1', -1],
    ['1.0.0+build.5', '1.0.0', 0],
    ['2026-11', '2026-10', 1],
    ['nightly', 'nightly', 0],
    ['nightly', '1.0.0', null],
    ['', '1.0.0', null],
  ])('compares %s with %s', (one, other, order) => {
    expect(compareVersions(one, other)).toBe(order)
    expect(compareVersions(other, one)).toBe(order === null ? null : order === 0 ? 0 : -order)
  })
})

describe('the newest record of a table', () => {
  const column = (...names: string[]) => timeColumn(names.map((name) => ({ name, type: '' })))

  it.each([
    [['id', 'created_at', 'updated_at'], 'updated_at'],
    [['id', 'birthDate', 'HireDate'], 'HireDate'],
    [['id', 'InvoiceDate'], 'InvoiceDate'],
    [['id', 'due_date', 'valid_until'], null],
    [['id', 'name', 'candidate'], null],
    [['id', 'calendar', 'sender_time'], 'sender_time'],
    [['id', 'updated', 'time'], 'time'],
    [['id', 'name'], null],
  ])('looks for the time in %j', (names, expected) => {
    expect(column(...names)).toBe(expected)
  })

  it.each([
    ['2026-11-19 11:30:00', '2026-11-19T11:30:00.000Z'],
    ['2026-11-19T11:30:00+01:00', '2026-11-19T10:30:00.000Z'],
    ['2026-11-19', '2026-11-19T00:00:00.000Z'],
    [1_763_551_800, '2025-11-19T11:30:00.000Z'],
    [1_763_551_800_000, '2025-11-19T11:30:00.000Z'],
    ['2031-01-01', null],
    ['yesterday', null],
    [7, null],
    [Number.NaN, null],
    [null, null],
  ])('reads %j', (value, expected) => {
    expect(newestTime(value, Date.UTC(2026, 10, 20))).toBe(expected)
  })
})
