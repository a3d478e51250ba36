import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type App, base, type Session, startApp } from '../support/app.ts'

let app: App
let admin: Session

beforeEach(async () => {
  app = await startApp()
  admin = await app.signIn('demo-admin')
})

afterEach(() => app.stop())

/** The entries of our actions, sorted, because the test's clock stands still: action, outcome, who. */
async function entries(): Promise<readonly string[]> {
  const all = (await admin.logged()).filter(({ action }) => action.startsWith('backup.'))
  return all.map(({ action, outcome, actor }) => `${action} ${outcome} ${actor?.name ?? '-'}`).sort()
}

async function ended(response: Response) {
  const { run } = (await response.json()) as { run: { id: string } }
  return admin.ended(run.id)
}

describe('the audit log', () => {
  it('has exactly one entry for each thing that was done', async () => {
    const [name] = (await admin.backUp()).backups
    await (await admin.get(`${base}/download?name=${name}`)).arrayBuffer()
    await ended(await admin.post(`${base}/verify`, { name }))
    await admin.post(`${base}/protect`, { name, protected: true })
    await admin.post(`${base}/protect`, { name, protected: false })
    await admin.post(`${base}/settings`, { retention: { maxCount: 3 } })
    await admin.post(`${base}/delete`, { name })
    expect(await entries()).toEqual(
      ['create', 'delete', 'download', 'protect', 'settings', 'unprotect', 'verify'].map(
        (action) => `backup.${action} success demo-admin`,
      ),
    )
  })

  it('has exactly one entry for each thing that failed or was turned away', async () => {
    const [name] = (await admin.backUp()).backups
    const fd = openSync(join(app.backupsFolder(), name ?? ''), 'r+')
    writeSync(fd, 'damage', 5000)
    closeSync(fd)
    await ended(await admin.post(`${base}/verify`, { name }))
    await admin.post(`${base}/verify`, { name: 'nothing.sqlite' })
    await admin.get(`${base}/download?name=nothing.sqlite`)
    await admin.post(`${base}/protect`, { name: 'nothing.sqlite', protected: true })
    await admin.post(`${base}/settings`, { retention: { maxCount: 0 } })
    await admin.post(`${base}/delete`, { name: '../main.sqlite' })
    const first = await admin.post(`${base}/create`)
    await admin.post(`${base}/create`)
    await ended(first)
    const refused = ['create', 'delete', 'download', 'protect', 'settings', 'verify', 'verify'].map(
      (action) => `backup.${action} failure demo-admin`,
    )
    const made = ['backup.create success demo-admin', 'backup.create success demo-admin']
    expect(await entries()).toEqual([...refused, ...made].sort())
  })

  it('says what a hostile name was, readably and not at full length', async () => {
    await admin.post(`${base}/delete`, { name: `a\r\nb\0${'x'.repeat(5000)}` })
    const [entry] = (await admin.logged()).filter(({ action }) => action === 'backup.delete')
    expect(entry.target).toMatch(/^a\uFFFD\uFFFDb\uFFFDx+…$/)
    expect(entry.target.length).toBeLessThan(250)
  })

  it('has one entry for a failed run even where nothing can be written beside the backups', async () => {
    await admin.backUp()
    renameSync(app.backupsFolder(), `${app.backupsFolder()}.away`)
    writeFileSync(app.backupsFolder(), 'a file in its place')
    const run = await ended(await admin.post(`${base}/create`))
    expect(run).toMatchObject({ status: 'failed', error: { code: 'folder-not-writable' } })
    expect(await entries()).toEqual(['backup.create failure demo-admin', 'backup.create success demo-admin'])
    const { health, runs } = await admin.overview()
    expect(health.map(({ code }: { code: string }) => code)).toContain('folder-not-writable')
    expect(runs[0]).toMatchObject({ id: run.id, status: 'failed' })

    rmSync(app.backupsFolder())
    renameSync(`${app.backupsFolder()}.away`, app.backupsFolder())
    expect((await admin.backUp()).status).toBe('completed')
    expect((await admin.overview()).backups).toHaveLength(2)
  })

  it('has one entry for a cancelled run', async () => {
    const response = await admin.post(`${base}/create`)
    const { run } = (await response.json()) as { run: { id: string } }
    await admin.post(`${base}/runs/${run.id}/cancel`)
    const { status } = await admin.ended(run.id)
    expect(await entries()).toEqual([
      `backup.create ${status === 'cancelled' ? 'cancelled' : 'success'} demo-admin`,
    ])
  })

  it('is handed what was written down while no host was there, once', async () => {
    await admin.backUp()
    await app.halt()
    const entry = {
      id: 'made-by-the-command-line',
      at: '2026-11-20T10:00:00.000Z',
      action: 'backup.create',
      actor: null,
      target: 'x',
      outcome: 'failure',
      details: {},
    }
    mkdirSync(app.backupsFolder(), { recursive: true })
    writeFileSync(join(app.backupsFolder(), '.audit.jsonl'), outboxLine(entry))
    for (let start = 0; start < 2; start++) {
      await app.start()
      admin = await app.signIn('demo-admin')
      await admin.backUp()
      if (start === 0) await app.halt()
    }
    expect((await entries()).filter((line) => line.includes('failure'))).toHaveLength(1)
  })
})

function outboxLine(entry: object): string {
  return `${JSON.stringify({ kind: 'entry', entry })}\n`
}
