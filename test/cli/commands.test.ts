import { copyFileSync, existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { run, start } from '../support/command-line.ts'
import { until } from '../support/processes.ts'
import { change, tenantWithPast, texts } from '../support/restores.ts'
import {
  back,
  fill,
  keepAll,
  openLive,
  operation,
  sharedEngine,
  tempFolder,
  tenant,
} from '../support/tenant.ts'

// Each starts several processes, one after the other.
vi.setConfig({ testTimeout: 120_000 })

const engine = sharedEngine()

describe('automate-backup create', () => {
  it('makes a proven backup of a database that is in use', async () => {
    const vault = await tenant()
    const live = openLive(vault.databases[0]!.path)
    fill(live, 10)
    const { code, stdout } = await run(
      'create',
      '--db',
      vault.databases[0]!.path,
      '--to',
      vault.folder,
      '--note',
      'by hand',
      '--json',
    )
    expect(code).toBe(0)
    const [backup] = JSON.parse(stdout).backups
    expect(backup).toMatchObject({
      database: 'main',
      trigger: 'manual',
      note: 'by hand',
      appVersion: null,
      proven: { outcome: 'passed' },
    })
    expect(texts(join(vault.folder, backup.name))).toHaveLength(10)
    const [entry] = await engine.outbox(vault)
    expect(entry).toMatchObject({ action: 'backup.create', actor: { id: expect.stringMatching(/^shell:./) } })
  })

  it('says in one line what it made', async () => {
    const { vault, path } = await tenantWithPast(engine)
    const { code, stdout, stderr } = await run('create', '--db', path, '--to', vault.folder)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^main_\d{8}_\d{6}Z(-2)?\.sqlite: [\d.]+ kB, proven, took [\d.]+ s\n$/)
  })

  it('takes a folder with the database in it for the root of a tenant', async () => {
    const { root, databases } = await tenant()
    openLive(databases[0]!.path)
    const { code, stdout } = await run('create', '--db', databases[0]!.path, '--to', root, '--json')
    expect(code).toBe(0)
    const [{ name }] = JSON.parse(stdout).backups
    expect(readdirSync(join(root, 'backups'))).toContain(name)
    expect(readdirSync(root).filter((one) => one.startsWith('.'))).toEqual([])
    const listed = JSON.parse((await run('list', root, '--json')).stdout).backups
    expect(listed).toEqual([expect.objectContaining({ name })])
  })

  it('keeps to the limits of the operator', async () => {
    const { vault, path } = await tenantWithPast(engine)
    const config = join(vault.root, 'backup.json')
    writeFileSync(config, JSON.stringify({ limits: { maxBytes: 10_000 } }))
    const { code, stderr } = await run('create', '--db', path, '--to', vault.folder, '--config', config)
    expect(code).toBe(1)
    expect(stderr).toMatch(/10.?000/)
    writeFileSync(config, '{ "limit": 1 }')
    const broken = await run('create', '--db', path, '--to', vault.folder, '--config', config)
    expect(broken).toMatchObject({ code: 1, stderr: expect.stringContaining('limit (unknown-field)') })
  })

  it.each([
    ['a profile without settings', ['--profile', 'x'], 'needs the operator’s settings'],
    ['no database', ['--to', 'x'], 'needs --db FILE and --to DIR'],
    ['no folder', ['--db', 'x'], 'needs --db FILE and --to DIR'],
  ])('ends with 2 when given %s', async (_, args, problem) => {
    expect(await run('create', ...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(problem) })
  })

  it('ends with 130 and leaves nothing half-made when it is interrupted', async () => {
    const vault = await tenant()
    const { path } = vault.databases[0]!
    change(path, (database) => fill(database, 30_000))
    const { child, ended } = start(['create', '--db', path, '--to', vault.folder])
    await until(() => existsSync(join(vault.folder, '.lock-holder.json')), 20_000)
    child.kill('SIGINT')
    expect((await ended).code).toBe(130)
    expect(readdirSync(vault.folder).filter((name) => !name.startsWith('.'))).toEqual([])
    expect(readdirSync(join(vault.folder, '.partial'))).toEqual([])
  })
})

describe('automate-backup verify', () => {
  it('proves a backup again and notes it beside it', async () => {
    const { vault, name } = await tenantWithPast(engine)
    const before = (await engine.inspect(vault)).backups[0]!.backup.proven!.at
    const { code, stdout } = await run('verify', join(vault.folder, name))
    expect(code).toBe(0)
    expect(stdout).toContain(`${name}: proven`)
    expect((await engine.inspect(vault)).backups[0]!.backup.proven!.at > before).toBe(true)
  })

  it('only looks at a file that lies elsewhere', async () => {
    const { vault, name } = await tenantWithPast(engine)
    const folder = await tempFolder()
    const [alone, accompanied] = [join(folder, 'alone.bak'), join(folder, name)]
    copyFileSync(join(vault.folder, name), alone)
    copyFileSync(join(vault.folder, name), accompanied)
    copyFileSync(join(vault.folder, `${name}.json`), `${accompanied}.json`)
    const { code, stdout } = await run('verify', alone, accompanied, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout).files).toMatchObject([
      { file: alone, outcome: 'checked', error: null },
      { file: accompanied, outcome: 'proven', error: null },
    ])
    expect(readdirSync(folder).sort()).toEqual(['alone.bak', name, `${name}.json`].sort())
  })

  it('ends with 3 when some are damaged, with 1 when all are', async () => {
    const { vault, name } = await tenantWithPast(engine)
    const [good, bad] = [join(vault.folder, name), join(vault.root, 'bad.sqlite')]
    const bytes = readFileSync(good)
    bytes.fill(0xee, 4096, 8000)
    writeFileSync(bad, bytes)
    const some = await run('verify', good, bad)
    expect(some).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/proven.*\n.*bad\.sqlite: FAILED\n$/),
    })
    expect(some.stderr).toContain('failed its check')
    expect((await run('verify', bad)).code).toBe(1)
    expect((await run('verify')).code).toBe(2)
  })
})

describe('automate-backup prune', () => {
  it('shows what the rules would remove and why, and removes nothing', async () => {
    const { vault, path, name } = await tenantWithPast(engine)
    const made: string[] = []
    for (let count = 0; count < 3; count++) {
      change(path, (database) => fill(database, 1))
      made.push((await back(engine, vault, { trigger: 'scheduled', retention: keepAll })).backups[0]!.name)
    }
    const { code, stdout } = await run('prune', vault.root, '--dry-run', '--max-count', '2')
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^stays .*${made[2]} .*one of the last`, 'm'))
    expect(stdout).toMatch(new RegExp(`^goes .*${made[0]} .*no rule keeps it`, 'm'))
    expect(stdout).toMatch(new RegExp(`^stays .*${name} .*made by hand`, 'm'))
    const json = JSON.parse(
      (await run('prune', vault.root, '--dry-run', '--json', '--max-count', '1')).stdout,
    )
    expect(json.remove.map((one: { name: string }) => one.name)).toEqual(made)
    expect((await engine.inspect(vault)).backups).toHaveLength(4)
  })

  it.each([
    ['no --dry-run', [], 'only shows what would be removed'],
    ['a count that is none', ['--dry-run', '--max-count', '0'], '--max-count takes a whole number from 1 on'],
    ['no time zone', ['--dry-run', '--time-zone', 'Nowhere/Land'], 'There is no time zone "Nowhere/Land"'],
  ])('ends with 2 when given %s', async (_, args, problem) => {
    const folder = await tempFolder()
    expect(await run('prune', folder, ...args)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(problem),
    })
  })
})

describe('automate-backup status', () => {
  const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString()

  it('ends with 0 while the last proven backup is young', async () => {
    const { vault } = await tenantWithPast(engine)
    const { code, stdout } = await run('status', vault.root)
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `${vault.folder}: last proven backup just now, one backup in all\n`,
    })
  })

  it('ends with 1 when it is older than it may be', async () => {
    const vault = await tenant()
    change(vault.databases[0]!.path, (database) => fill(database, 1))
    await back(engine, vault, { startedAt: hoursAgo(30) })
    const { code, stdout } = await run('status', vault.root)
    expect(code).toBe(1)
    expect(stdout).toContain('OVERDUE: last proven backup 1 day ago, at most 25 hours are fine')
    expect((await run('status', vault.root, '--max-age', '48')).code).toBe(0)
    const json = JSON.parse((await run('status', vault.root, '--json', '--max-age', '2')).stdout)
    expect(json.folders).toMatchObject([
      { folder: vault.folder, overdue: true, maxAgeHours: 2, backups: 1, damaged: 0 },
    ])
  })

  it('goes by the schedule that is noted in the folder', async () => {
    const vault = await tenant()
    change(vault.databases[0]!.path, (database) => fill(database, 1))
    await back(engine, vault, { startedAt: hoursAgo(30) })
    await engine.noteSchedule(vault, {
      at: hoursAgo(40),
      enabled: true,
      schedule: { every: 'hours', count: 48 },
    })
    expect((await run('status', vault.root)).code).toBe(0)
    await engine.noteSchedule(vault, {
      at: hoursAgo(35),
      enabled: true,
      schedule: { every: 'hours', count: 12 },
    })
    const { code, stdout } = await run('status', vault.root)
    expect(code).toBe(1)
    expect(stdout).toMatch(/OVERDUE: last proven backup 1 day ago, one was due at /)
  })

  it('counts every database for itself, and a folder without any as overdue', async () => {
    const vault = await tenant('one', 'two')
    for (const { path } of vault.databases) change(path, (database) => fill(database, 1))
    await back(engine, vault, { startedAt: hoursAgo(30) })
    await back(engine, { ...vault, databases: [vault.databases[0]!] })
    expect((await run('status', vault.root)).code).toBe(1)
    const empty = await tempFolder()
    expect(await run('status', empty)).toMatchObject({
      code: 1,
      stdout: `${empty}: OVERDUE: no proven backup\n`,
    })
  })

  it('looks at the other folders when one is missing, which counts as overdue', async () => {
    const { vault } = await tenantWithPast(engine)
    const missing = join(vault.root, 'nowhere')
    const text = await run('status', missing, vault.root, '--max-age', '99999')
    expect(text).toMatchObject({ code: 1, stdout: expect.stringMatching(/: last proven backup .*\n$/) })
    expect(text.stderr).toContain(`There is no folder ${missing}`)
    const { code, stdout } = await run('status', missing, vault.root, '--max-age', '99999', '--json')
    expect(code).toBe(1)
    expect(JSON.parse(stdout).folders).toEqual([
      {
        folder: missing,
        overdue: true,
        error: { code: 'not-found', message: expect.any(String), hint: expect.any(String) },
      },
      expect.objectContaining({ folder: vault.folder, overdue: false, backups: 1 }),
    ])
  })

  it('does not take an imported or a damaged file for a proven one', async () => {
    const { vault, name } = await tenantWithPast(engine)
    const from = join(vault.folder, name)
    copyFileSync(from, join(vault.folder, 'imported.sqlite'))
    await engine.remove(vault, name, operation())
    utimesSync(join(vault.folder, 'imported.sqlite'), new Date(), new Date())
    expect((await run('status', vault.root)).code).toBe(1)
  })
})
