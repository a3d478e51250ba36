import { createHash } from 'node:crypto'
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type App, base, type Session, startApp } from '../support/app.ts'
import { grow } from '../support/live-database.ts'

let app: App
let admin: Session

beforeEach(async () => {
  app = await startApp()
  admin = await app.signIn('demo-admin')
})

afterEach(() => app.stop())

describe('the main job', () => {
  it('makes a backup that is a plain, whole SQLite file with a sidecar, and lists it', async () => {
    const run = await admin.backUp('before the price import')
    expect(run).toMatchObject({ status: 'completed', kind: 'create', trigger: 'manual', error: null })
    const { backups } = await admin.overview()
    const [name] = run.backups
    expect(name).toBe('main_20261120_110000Z.sqlite')
    expect(app.files()).toEqual([name, `${name}.json`])
    const bytes = readFileSync(join(app.backupsFolder(), name ?? ''))
    expect(backups).toEqual([
      {
        name,
        database: 'main',
        runId: run.id,
        createdAt: expect.stringMatching(/^2026-11-20T11:00:0/),
        sizeBytes: bytes.length,
        trigger: 'manual',
        createdBy: 'demo-admin',
        note: 'before the price import',
        sha256: createHash('sha256').update(bytes).digest('hex'),
        proven: { at: expect.any(String), outcome: 'passed' },
        checked: null,
        protected: false,
        appVersion: expect.any(String),
      },
    ])
    const copy = new Database(join(app.backupsFolder(), name ?? ''), { readonly: true })
    expect(copy.pragma('journal_mode', { simple: true })).toBe('delete')
    expect(copy.prepare('SELECT text FROM notes').pluck().all()).toEqual(['one', 'two', 'three'])
    copy.close()
  })

  it('writes a sidecar that says where the backup comes from and what binds it', async () => {
    const { backups } = await admin.backUp()
    expect(app.sidecar(backups[0] ?? '')).toMatchObject({
      formatVersion: 1,
      sequence: 1,
      rowCounts: { notes: 3 },
      foreignKeyViolations: 0,
    })
  })

  it('shows progress as events, the first at once, the final one last', async () => {
    const { run } = (await (await admin.post(`${base}/create`)).json()) as { run: { id: string } }
    const response = await admin.get(`${base}/runs/${run.id}/events`, { accept: 'text/event-stream' })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const text = await response.text()
    const events = [...text.matchAll(/event: run\ndata: (.*)\n\n/g)].map(([, data]) => JSON.parse(data ?? ''))
    expect(events.length).toBeGreaterThan(1)
    expect(events[0]).toMatchObject({ id: run.id, endedAt: null })
    expect(events.at(-1)).toMatchObject({ status: 'completed', stage: null })
    expect((await admin.get(`${base}/runs/${run.id}/events`)).status).toBe(204)
  })

  it('answers busy while a run is in flight, and names no second run', async () => {
    const first = await admin.post(`${base}/create`)
    const second = await admin.post(`${base}/create`)
    expect([first.status, second.status]).toEqual([202, 409])
    expect(second.headers.get('content-type')).toContain('application/problem+json')
    expect(await second.json()).toMatchObject({ code: 'busy', status: 409, hint: expect.any(String) })
    const { run } = (await first.json()) as { run: { id: string } }
    await admin.ended(run.id)
    expect((await admin.overview()).backups).toHaveLength(1)
  })

  it('downloads the bytes that lie in the folder', async () => {
    const { backups } = await admin.backUp()
    const response = await admin.get(`${base}/download?name=${backups[0]}`)
    const bytes = Buffer.from(await response.arrayBuffer())
    expect(bytes.equals(readFileSync(join(app.backupsFolder(), backups[0] ?? '')))).toBe(true)
    expect(response.headers.get('etag')).toBe(`"${createHash('sha256').update(bytes).digest('hex')}"`)
    const part = await admin.get(`${base}/download?name=${backups[0]}`, { range: 'bytes=0-14' })
    expect([part.status, await part.text()]).toEqual([206, 'SQLite format 3'])
  })

  it('deletes a backup with its sidecar, and says 404 the second time', async () => {
    const { backups } = await admin.backUp()
    const answer = await admin.post(`${base}/delete`, { name: backups[0] })
    expect([answer.status, await answer.json()]).toEqual([200, { deleted: backups[0] }])
    expect(app.files()).toEqual([])
    expect((await admin.post(`${base}/delete`, { name: backups[0] })).status).toBe(404)
  })

  it('keeps a protected backup from deletion until the protection is lifted', async () => {
    const [name] = (await admin.backUp()).backups
    const on = await admin.post(`${base}/protect`, { name, protected: true })
    expect([on.status, await on.json()]).toEqual([
      200,
      { backup: expect.objectContaining({ name, protected: true }) },
    ])
    const refused = await admin.post(`${base}/delete`, { name })
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([409, 'protected'])
    await admin.post(`${base}/protect`, { name, protected: false })
    expect((await admin.post(`${base}/delete`, { name })).status).toBe(200)
  })

  it('proves a backup again, and marks a damaged one instead of hiding it', async () => {
    const [name] = (await admin.backUp()).backups
    const again = await admin.post(`${base}/verify`, { name })
    expect(again.status).toBe(202)
    const { run } = (await again.json()) as { run: { id: string } }
    expect(await admin.ended(run.id)).toMatchObject({ kind: 'verify', status: 'completed', backups: [name] })

    flipByte(join(app.backupsFolder(), name ?? ''), 5000)
    const { run: second } = (await (await admin.post(`${base}/verify`, { name })).json()) as {
      run: { id: string }
    }
    expect(await admin.ended(second.id)).toMatchObject({ status: 'failed', error: { code: 'proof-failed' } })
    const { backups, health } = await admin.overview()
    expect(backups).toMatchObject([{ name, proven: { outcome: 'failed' } }])
    expect(health).toContainEqual(expect.objectContaining({ code: 'damaged-backup', severity: 'error' }))
  })

  it('cancels a run that waits or works, and keeps nothing of it', async () => {
    grow(app.databasePath(), 60)
    const { run } = (await (await admin.post(`${base}/create`)).json()) as { run: { id: string } }
    const cancelled = await admin.post(`${base}/runs/${run.id}/cancel`)
    expect(cancelled.status).toBe(202)
    expect(await admin.ended(run.id)).toMatchObject({ status: 'cancelled', error: { code: 'cancelled' } })
    expect(app.files()).toEqual([])
    expect((await admin.post(`${base}/runs/${run.id}/cancel`)).status).toBe(404)
  })

  it('tells a failed run by what is wrong, without telling where on the machine things lie', async () => {
    rmSync(app.databasePath())
    const run = await admin.backUp()
    expect(run).toMatchObject({ status: 'failed', error: { code: 'source-missing' } })
    expect(run.error?.message).toContain('main.sqlite')
    expect(JSON.stringify([run, await admin.overview()]).includes(app.dataDir)).toBe(false)
  })

  it('makes one backup per database of the tenant', async () => {
    await app.stop()
    const databases = [
      { name: 'main', path: 'main.sqlite' },
      { name: 'Büro "2"', path: 'büro 2.sqlite' },
    ]
    app = await startApp({ tenants: [{ id: 'demo', databases }] })
    admin = await app.signIn('demo-admin')
    const run = await admin.backUp()
    expect(run.backups).toHaveLength(2)
    const { backups } = await admin.overview()
    expect(backups.map(({ database }: { database: string }) => database).sort()).toEqual(['Büro "2"', 'main'])
  })

  it('lists a plain file that somebody put there as imported', async () => {
    await admin.backUp()
    const copy = new Database(app.databasePath(), { readonly: true })
    await copy.backup(join(app.backupsFolder(), 'from-elsewhere.sqlite'))
    copy.close()
    const { backups } = await admin.overview()
    expect(backups).toContainEqual(
      expect.objectContaining({
        name: 'from-elsewhere.sqlite',
        trigger: 'imported',
        proven: null,
        runId: null,
      }),
    )
    const { run } = (await (
      await admin.post(`${base}/verify`, { name: 'from-elsewhere.sqlite' })
    ).json()) as {
      run: { id: string }
    }
    expect(await admin.ended(run.id)).toMatchObject({ status: 'completed' })
    expect((await admin.overview()).backups).toContainEqual(
      expect.objectContaining({
        name: 'from-elsewhere.sqlite',
        proven: null,
        checked: { at: expect.any(String), outcome: 'passed' },
      }),
    )
  })
})

describe('restoring by copying a file', () => {
  it('brings the data of then back, row for row, once the -wal is put aside', async () => {
    const rows = () => {
      const database = new Database(app.databasePath())
      const found = database.prepare('SELECT id, text FROM notes ORDER BY id').all()
      database.close()
      return found
    }
    const before = rows()
    const [name] = (await admin.backUp()).backups
    const live = new Database(app.databasePath())
    live.exec("DELETE FROM notes WHERE id > 1; INSERT INTO notes (text) VALUES ('later')")
    live.close()
    expect(rows()).not.toEqual(before)

    await app.halt()
    mkdirSync(join(app.root(), 'before-restore'))
    for (const end of ['', '-wal', '-shm'])
      if (existsSync(app.databasePath() + end))
        renameSync(app.databasePath() + end, join(app.root(), 'before-restore', `main.sqlite${end}`))
    copyFileSync(join(app.backupsFolder(), name ?? ''), app.databasePath())
    await app.start()
    expect(rows()).toEqual(before)
    admin = await app.signIn('demo-admin')
    expect((await admin.backUp()).status).toBe('completed')
  })
})

function flipByte(path: string, offset: number): void {
  const fd = openSync(path, 'r+')
  const byte = Buffer.alloc(1)
  readSync(fd, byte, 0, 1, offset)
  writeSync(fd, Buffer.from([(byte[0] ?? 0) ^ 0xff]), 0, 1, offset)
  closeSync(fd)
}
