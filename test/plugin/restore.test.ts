import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, type TestContext } from 'vitest'
import type { Run } from '../../src/engine/backup.ts'
import type { Host } from '../../src/host/contract.ts'
import { type App, type AppOptions, base, eventually, type Session, startApp } from '../support/app.ts'

let app: App
const disks: string[] = []
afterEach(async () => {
  await app.halt()
  for (const disk of disks.splice(0)) execFileSync('umount', ['-l', disk])
  await app.stop()
})

const allowed = { operator: { restoreFromPage: true } }
const atStart = { ...allowed, offers: { suspend: false, beforeOpen: true } }
const confirm = 'demo GmbH'

/** A tenant with a backup of three notes, of which one was deleted since then and one was added. */
async function withPast(options: AppOptions = allowed) {
  app = await startApp(options)
  const admin = await app.signIn('demo-admin')
  const name = (await admin.backUp()).backups[0] ?? ''
  await remove(admin, '1')
  await add(admin, 'four')
  await add(admin, 'five')
  return { admin, name }
}

const remove = (who: Session, key: string) => who.post('/data/delete', { table: 'notes', key })
const add = (who: Session, text: string) => who.post('/data/add', { table: 'notes', values: { text } })

async function notes(who: Session): Promise<readonly string[]> {
  const response = await who.get('/data?table=notes')
  expect(response.status).toBe(200)
  const { table } = (await response.json()) as { table: { rows: { cells: { text: string }[] }[] } }
  return table.rows.map(({ cells }) => cells[1]?.text ?? '')
}

const then = ['one', 'two', 'three']
const now = ['two', 'three', 'four', 'five']

async function begin(who: Session, name: string, more: object = {}): Promise<Run> {
  const response = await who.post(`${base}/restore`, { name, confirm, ...more })
  expect(response.status).toBe(202)
  return ((await response.json()) as { run: Run }).run
}

async function refusal(response: Response) {
  const { code, detail, hint } = (await response.json()) as Record<string, string>
  return { status: response.status, code, detail, hint }
}

/** Names beside the database, and beside the backups, that only an unfinished restore has. */
function leftovers(): readonly string[] {
  const beside = readdirSync(app.root()).filter((name) => name.startsWith('.'))
  const own = readdirSync(app.backupsFolder()).filter((name) => name.startsWith('.restore'))
  return [...beside, ...own]
}

async function parked(who: Session, id: string) {
  return eventually(async () => {
    const { run, runs } = await who.overview()
    return run === null && runs.find((one: Run) => one.id === id && one.status === 'queued')
  })
}

describe('the preview of a restore', () => {
  it('says what would change, and changes nothing', async () => {
    const { admin, name } = await withPast()
    const before = app.files()
    const response = await admin.get(`${base}/restore?name=${name}`)
    expect(response.status).toBe(200)
    const { preview, restore } = (await response.json()) as Record<string, object>
    expect(preview).toMatchObject({
      backup: { name, proven: { outcome: 'passed' } },
      database: 'main',
      present: { state: 'readable' },
      tables: [{ table: 'notes', now: { rows: 4 }, inBackup: { rows: 3 } }],
      version: { relation: 'same' },
    })
    expect(restore).toEqual({
      allowed: true,
      way: 'now',
      confirm,
      waiting: null,
      command: `automate-backup restore backups/${name} --to main.sqlite`,
    })
    expect([await notes(admin), app.files()]).toEqual([now, before])
    expect(JSON.stringify(preview)).not.toContain(app.dataDir)
  })

  it('is there too where the operator does not allow restoring, with the command to hand over', async () => {
    const { admin, name } = await withPast({})
    const { restore } = (await (await admin.get(`${base}/restore?name=${name}`)).json()) as {
      restore: object
    }
    expect(restore).toMatchObject({ allowed: false, way: 'now' })
    const operator = await app.signIn('admin')
    const { restore: whole } = (await (await operator.get(`${base}/restore?name=${name}`)).json()) as {
      restore: { command: string }
    }
    const file = join(app.backupsFolder(), name)
    expect(whole.command).toBe(`automate-backup restore ${file} --to ${app.databasePath()}`)
  })

  it('knows nothing of a name that is not listed', async () => {
    const { admin } = await withPast()
    for (const name of ['../main.sqlite', '', 'x'.repeat(300), '.lock'])
      expect((await admin.get(`${base}/restore?name=${encodeURIComponent(name)}`)).status).toBe(404)
  })
})

describe('a restore from the page, while the application runs', () => {
  it('puts the data back, keeps the state before, and can be rolled back', async () => {
    const { admin, name } = await withPast()
    const { id } = await begin(admin, name)
    const run = await admin.ended(id)
    expect(run).toMatchObject({ kind: 'restore', status: 'completed', error: null })
    expect(await notes(admin)).toEqual(then)
    const saved = run.backups[1] ?? ''
    expect(run.backups).toEqual([name, saved])
    const { backups } = await admin.overview()
    expect(backups[0]).toMatchObject({
      name: saved,
      trigger: 'before-restore',
      proven: { outcome: 'passed' },
      createdBy: 'demo-admin',
    })
    expect(leftovers()).toEqual([])
    await admin.ended((await begin(admin, saved)).id)
    expect(await notes(admin)).toEqual(now)
    const told = (await admin.logged()).filter(({ action }) => action === 'backup.restore')
    expect(told.map(({ outcome, actor }) => [outcome, actor.name])).toEqual([
      ['success', 'demo-admin'],
      ['success', 'demo-admin'],
    ])
  })

  it("answers the tenant's requests with 503 only while the database is closed", async () => {
    const statuses: number[] = []
    let ask: () => Promise<void> = async () => {}
    const { admin, name } = await withPast({
      ...allowed,
      between: (host) => suspending(host, () => ask()),
    })
    ask = async () => {
      statuses.push((await admin.get('/data')).status, (await admin.get(base)).status)
    }
    expect((await admin.get('/data')).status).toBe(200)
    expect(await admin.ended((await begin(admin, name)).id)).toMatchObject({ status: 'completed' })
    expect(statuses).toEqual([503, 200])
    expect(await notes(admin)).toEqual(then)
  })

  it('asks for the exact name of the tenant', async () => {
    const { admin, name } = await withPast()
    for (const typed of ['demo', 'Demo GmbH', 'demo GmbH ', '', 'demo GmbH\n', null]) {
      const answer = await refusal(await admin.post(`${base}/restore`, { name, confirm: typed }))
      expect(answer).toMatchObject({ status: 422, code: 'wrong-confirmation' })
      expect(answer.detail).toContain(confirm)
    }
    expect(await notes(admin)).toEqual(now)
  })

  it('is refused where the operator has not allowed it, and that is written down', async () => {
    const { admin, name } = await withPast({})
    const answer = await refusal(await admin.post(`${base}/restore`, { name, confirm }))
    expect(answer).toMatchObject({ status: 403, code: 'restore-not-allowed' })
    const told = (await admin.logged()).filter(({ action }) => action === 'backup.restore')
    expect(told).toMatchObject([{ target: name, outcome: 'failure', actor: { name: 'demo-admin' } }])
    app.setOperator({ restoreFromPage: true })
    await admin.ended((await begin(admin, name)).id)
    expect(await notes(admin)).toEqual(then)
  })

  it('is refused while another run is in flight, and of two at once one is carried out', async () => {
    const { admin, name } = await withPast()
    const answers = await Promise.all([1, 2, 3].map(() => admin.post(`${base}/restore`, { name, confirm })))
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409])
    const { run } = await admin.overview()
    if (run) {
      expect((await admin.post(`${base}/create`)).status).toBe(409)
      expect(await refusal(await admin.get(`${base}/restore?name=${name}`))).toMatchObject({ code: 'busy' })
      await admin.ended(run.id)
    }
    const { backups, runs } = await admin.overview()
    expect(backups.filter(({ trigger }: { trigger: string }) => trigger === 'before-restore')).toHaveLength(1)
    expect(runs.filter(({ kind }: Run) => kind === 'restore')).toMatchObject([{ status: 'completed' }])
    expect(await notes(admin)).toEqual(then)
  })

  it('refuses a backup of a newer application, naming both versions', async () => {
    const { admin, name } = await withPast({ ...allowed, version: '4.3.0' })
    await app.halt()
    app.nextStart = { version: '4.2.0' }
    await app.start()
    const again = await app.signIn('demo-admin')
    const answer = await refusal(await again.post(`${base}/restore`, { name, confirm }))
    expect(answer).toMatchObject({ status: 409, code: 'newer-application' })
    expect(answer.detail).toMatch(/4\.3\.0.*4\.2\.0/)
    expect(await notes(again)).toEqual(now)
    void admin
  })

  it('takes one of an older application, after saying that the host will migrate', async () => {
    const { name } = await withPast({ ...allowed, version: '4.2.0' })
    await app.halt()
    app.nextStart = { version: '4.10.0' }
    await app.start()
    const admin = await app.signIn('demo-admin')
    const page = await (await admin.get(`${base}/restore?name=${name}`, { accept: 'text/html' })).text()
    expect(page).toContain('The backup is of version 4.2.0; version 4.10.0 is running.')
    expect(page).toContain('brings the data up to date')
    await admin.ended((await begin(admin, name)).id)
    expect(await notes(admin)).toEqual(then)
  })

  it('leaves the data alone and opens it again when the backup is damaged', async () => {
    const { admin, name } = await withPast()
    const file = join(app.backupsFolder(), name)
    const bytes = readFileSync(file)
    bytes[bytes.length - 20]! ^= 1
    rmSync(file)
    writeFileSync(file, bytes)
    const run = await admin.ended((await begin(admin, name)).id)
    expect(run).toMatchObject({ status: 'failed', error: { code: 'proof-failed' } })
    expect(await notes(admin)).toEqual(now)
    expect(leftovers()).toEqual([])
  })

  it.each([
    ['says no', async () => Promise.reject(new Error('the pool does not drain'))],
    ['only pretends', async () => ({ signal: new AbortController().signal, release: async () => {} })],
    ['takes it back at once', async () => ({ signal: AbortSignal.abort(), release: async () => {} })],
  ] as const)('comes to nothing with a host that %s', async (_how, suspend) => {
    const { admin, name } = await withPast({
      ...allowed,
      between: (host) => ({ ...host, tenants: { ...host.tenants, suspend } }),
    })
    const run = await admin.ended((await begin(admin, name)).id)
    expect(run.status).toBe('failed')
    expect(['suspend-failed', 'database-in-use']).toContain(run.error?.code)
    expect(run.error?.message).not.toContain(app.dataDir)
    expect([await notes(admin), leftovers()]).toEqual([now, []])
  })

  it('can be cancelled while the database is being closed, and the tenant is served again', async () => {
    let asked: () => void = () => {}
    const reached = new Promise<void>((resolve) => {
      asked = resolve
    })
    let letGo: () => void = () => {}
    const { admin, name } = await withPast({
      ...allowed,
      between: (host) =>
        suspending(host, () => {
          asked()
          return new Promise<void>((resolve) => {
            letGo = resolve
          })
        }),
    })
    const { id } = await begin(admin, name)
    await reached
    expect((await admin.post(`${base}/runs/${id}/cancel`)).status).toBe(202)
    expect(await admin.ended(id)).toMatchObject({ status: 'cancelled' })
    letGo()
    await eventually(async () => (await admin.get('/data')).status === 200)
    expect([await notes(admin), leftovers()]).toEqual([now, []])
    await admin.backUp()
  })

  it('comes to nothing when the disk fills up while the present state is saved', async (context) => {
    let fill: () => Promise<void> = async () => {}
    const { admin, name } = await withPast({ ...allowed, between: (host) => suspending(host, () => fill()) })
    const { run: before } = await admin.overview()
    expect(before).toBeNull()
    const folder = mountDisk(context, '3m')
    fill = async () => {
      const { bavail, bsize } = statfsSync(folder)
      writeFileSync(join(folder, '.in-the-way'), Buffer.alloc(bavail * bsize - 4096))
    }
    const run = await admin.ended((await begin(admin, name)).id)
    expect(run).toMatchObject({ status: 'failed', error: { code: 'disk-full' } })
    expect(await notes(admin)).toEqual(now)
    expect(leftovers()).toEqual([])
    fill = async () => {}
    rmSync(join(folder, '.in-the-way'))
    await admin.ended((await begin(admin, name)).id)
    expect(await notes(admin)).toEqual(then)
  })

  it('is refused, with the numbers, when there is no room for it', async (context) => {
    const { admin, name } = await withPast()
    mountDisk(context, '1m')
    const page = await (await admin.get(`${base}/restore?name=${name}`, { accept: 'text/html' })).text()
    expect(page).toMatch(/Not enough space: .* are needed, .* are free\./)
    const run = await admin.ended((await begin(admin, name)).id)
    expect(run).toMatchObject({ status: 'failed', error: { code: 'disk-full' } })
    expect(await notes(admin)).toEqual(now)
  })

  it('needs the right to write, and is never for another tenant', async () => {
    const { name } = await withPast({ ...allowed, tenants: [{ id: 'demo' }, { id: 'other' }] })
    const user = await app.signIn('demo-user')
    expect((await user.post(`${base}/restore`, { name, confirm })).status).toBe(403)
    const foreign = await app.signIn('other-admin')
    const answer = await foreign.post(`${base}/restore`, {
      name: 'main_20200101_000000Z.sqlite',
      confirm: 'other GmbH',
    })
    expect(answer.status).toBe(404)
  })
})

describe('a restore that waits for the next start', () => {
  it('is carried out once, before the database is opened, and the result is shown afterwards', async () => {
    const { admin, name } = await withPast(atStart)
    const { id } = await begin(admin, name)
    expect(await parked(admin, id)).toMatchObject({ kind: 'restore', stage: 'waiting', backups: [name] })
    await add(admin, 'six')
    expect(await notes(admin)).toEqual([...now, 'six'])
    await admin.backUp()
    await app.halt()
    await app.start()
    const again = await app.signIn('demo-admin')
    expect(await notes(again)).toEqual(then)
    const { run } = (await (await again.get(`${base}/runs/${id}`)).json()) as { run: Run }
    expect(run).toMatchObject({ status: 'completed', kind: 'restore', backups: [name, expect.any(String)] })
    const entries = await eventually(async () => {
      const told = (await again.logged()).filter(({ action }) => action === 'backup.restore')
      return told.length > 0 && told
    })
    expect(entries).toMatchObject([{ outcome: 'success', actor: { name: 'demo-admin' } }])
    const page = await (await again.get(base, { accept: 'text/html' })).text()
    expect(page).toContain('Restore successful')
    await add(again, 'seven')
    await app.halt()
    await app.start()
    const third = await app.signIn('demo-admin')
    expect(await notes(third)).toEqual([...then, 'seven'])
    const saved = run.backups[1] ?? ''
    await parked(third, (await begin(third, saved)).id)
    await app.halt()
    await app.start()
    expect(await notes(await app.signIn('demo-admin'))).toEqual([...now, 'six'])
    expect(leftovers()).toEqual([])
  })

  it('can be cancelled until then, and keeps its backup until then', async () => {
    const { admin, name } = await withPast(atStart)
    const { id } = await begin(admin, name)
    await parked(admin, id)
    const again = await refusal(await admin.post(`${base}/restore`, { name, confirm }))
    expect(again).toMatchObject({ status: 409, code: 'restore-waiting' })
    const gone = await refusal(await admin.post(`${base}/delete`, { name }))
    expect(gone).toMatchObject({ status: 409, code: 'restore-waiting' })
    const response = await admin.post(`${base}/runs/${id}/cancel`)
    expect([response.status, await response.json()]).toMatchObject([
      202,
      { run: { id, status: 'cancelled' } },
    ])
    expect((await admin.post(`${base}/runs/${id}/cancel`)).status).toBe(404)
    await app.halt()
    await app.start()
    expect(await notes(await app.signIn('demo-admin'))).toEqual(now)
  })

  it('says afterwards why it failed, tells the host, and is not tried again', async () => {
    const told: unknown[] = []
    const { admin, name } = await withPast({
      ...atStart,
      between: (host) => ({ ...host, notify: async (event) => void told.push(event) }),
    })
    const { id } = await begin(admin, name)
    await parked(admin, id)
    await app.halt()
    const file = join(app.backupsFolder(), name)
    const bytes = readFileSync(file)
    bytes[bytes.length - 20]! ^= 1
    rmSync(file)
    writeFileSync(file, bytes)
    await app.start()
    const again = await app.signIn('demo-admin')
    expect(await notes(again)).toEqual(now)
    const page = await (await again.get(base, { accept: 'text/html' })).text()
    expect(page).toMatch(/The restore of .* failed/)
    await expect.poll(() => told).toMatchObject([{ runId: id, outcome: 'failed' }])
    await app.halt()
    await app.start()
    expect(await notes(await app.signIn('demo-admin'))).toEqual(now)
    expect(told).toHaveLength(1)
    expect(existsSync(join(app.backupsFolder(), '.restore-at-start.json'))).toBe(false)
  })

  it('is given up when the operator does not allow it any more, which the page and the audit log say', async () => {
    const { admin, name } = await withPast(atStart)
    const { id } = await begin(admin, name)
    await parked(admin, id)
    await app.halt()
    app.setOperator({ restoreFromPage: false })
    await app.start()
    const again = await app.signIn('demo-admin')
    expect(await notes(again)).toEqual(now)
    const { run } = (await (await again.get(`${base}/runs/${id}`)).json()) as { run: Run }
    expect(run).toMatchObject({ status: 'failed', error: { code: 'restore-not-allowed' } })
    const entries = await eventually(async () => {
      const told = (await again.logged()).filter(({ action }) => action === 'backup.restore')
      return told.length > 0 && told
    })
    expect(entries).toMatchObject([{ outcome: 'failure', details: { code: 'restore-not-allowed' } }])
    const page = await (await again.get(base, { accept: 'text/html' })).text()
    expect(page).toContain('was given up')
    expect(leftovers()).toEqual([])
    await app.halt()
    app.setOperator({ restoreFromPage: true })
    await app.start()
    expect(await notes(await app.signIn('demo-admin'))).toEqual(now)
  })

  it("finds the backups in the operator's own folder", async () => {
    const { admin, name } = await withPast(atStart)
    const elsewhere = join(app.dataDir, 'elsewhere', '{tenant}')
    await app.halt()
    app.setOperator({ restoreFromPage: true, backupsFolder: elsewhere })
    await app.start()
    const moved = await app.signIn('demo-admin')
    const made = (await moved.backUp()).backups[0] ?? ''
    await add(moved, 'six')
    await parked(moved, (await begin(moved, made)).id)
    await app.halt()
    await app.start()
    expect(await notes(await app.signIn('demo-admin'))).toEqual(now)
    void [admin, name]
  })
})

describe('a host that can do neither', () => {
  it('shows the command and refuses', async () => {
    const { admin, name } = await withPast({ ...allowed, offers: { suspend: false, beforeOpen: false } })
    const answer = await refusal(await admin.post(`${base}/restore`, { name, confirm }))
    expect(answer).toMatchObject({ status: 409, code: 'restore-unavailable' })
    const page = await (await admin.get(`${base}/restore?name=${name}`, { accept: 'text/html' })).text()
    expect(page).toContain(`automate-backup restore backups/${name} --to main.sqlite`)
    expect(page).not.toContain('name="confirm"')
  })
})

/** A small disk in place of the backups folder, with what lies in there, until the test ends. */
function mountDisk(context: TestContext, size: string): string {
  const folder = app.backupsFolder()
  const names = readdirSync(folder).filter((file) => statSync(join(folder, file)).isFile())
  const files = names.map((file) => [file, readFileSync(join(folder, file))] as const)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'pipe' })
  } catch (error) {
    context.skip(`NOT RUN: a file system can't be mounted here: ${error}`)
  }
  disks.push(folder)
  for (const [file, bytes] of files) writeFileSync(join(folder, file), bytes)
  return folder
}

/** The host, with something that happens while it has the database closed. */
function suspending(host: Host, meanwhile: () => Promise<void>): Host {
  const { suspend } = host.tenants
  return {
    ...host,
    tenants: {
      ...host.tenants,
      async suspend(id, options) {
        const lease = await suspend?.(id, options)
        if (!lease) throw new Error('The host can not close databases')
        await meanwhile()
        return lease
      },
    },
  }
}
