import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Run, Stage } from '../../src/engine/backup.ts'
import { base, eventually, Session } from '../support/app.ts'
import { grow } from '../support/live-database.ts'

const entry = fileURLToPath(new URL('../../dist/hosts/embedded/main.js', import.meta.url))

// Each starts the host three times, which takes a while where many want the machine.
vi.setConfig({ testTimeout: 120_000 })

let dataDir: string
let host: ChildProcess | null = null

beforeEach(() => {
  if (!existsSync(entry)) throw new Error('The host is not built: run "npm run build" first')
  dataDir = mkdtempSync(join(tmpdir(), 'restore-killed-'))
  mkdirSync(join(dataDir, 'plugins'))
  writeFileSync(join(dataDir, 'plugins/backup.json'), '{ "restoreFromPage": true }')
  const given = new Database(join(dataDir, 'given.sqlite'))
  given.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, text)')
  given.close()
  grow(join(dataDir, 'given.sqlite'), 24)
})

afterEach(async () => {
  await kill()
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
})

function spawnHost(more: readonly string[]): ChildProcess {
  const given = ['--import-db', join(dataDir, 'given.sqlite')]
  const args = [entry, '--port', '0', '--data', dataDir, ...given, ...more]
  const environment = { ...process.env, AUTOMATE_ADMIN_PASSWORD: 'secret' }
  host = spawn(process.execPath, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  return host
}

async function start(...more: readonly string[]): Promise<Session> {
  let output = ''
  const { stdout, stderr } = spawnHost(more)
  for (const stream of [stdout, stderr])
    stream?.on('data', (text: Buffer) => {
      output += text
    })
  const origin = await eventually(async () => /Listening on (\S+)/.exec(output)?.[1])
  const response = await fetch(`${origin}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ user: 'admin', password: 'secret' }),
  })
  return new Session({ origin }, response.headers.getSetCookie()[0]?.split(';')[0] ?? '')
}

async function kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  const child = host
  host = null
  if (!child || child.exitCode !== null || child.signalCode !== null) return
  const closed = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await closed
}

const root = () => join(dataDir, 'tenants/demo')
const add = (who: Session, text: string) => who.post('/data/add', { table: 'notes', values: { text } })

async function notes(who: Session): Promise<number> {
  const response = await who.get('/data?table=notes')
  expect(response.status).toBe(200)
  return ((await response.json()) as { table: { total: number } }).table.total
}

/** A backup of one note; now there are three. */
async function withPast(...more: readonly string[]) {
  const admin = await start(...more)
  await add(admin, 'then')
  const [name = ''] = (await admin.backUp()).backups
  await add(admin, 'since')
  await add(admin, 'and since')
  return { admin, name }
}

async function begin(admin: Session, name: string): Promise<string> {
  const response = await admin.post(`${base}/restore`, { name, confirm: 'Demo GmbH' })
  expect(response.status).toBe(202)
  return ((await response.json()) as { run: Run }).run.id
}

/** Follows the run and returns as soon as it is where it should be, or has ended before anybody saw it there. */
async function reached(admin: Session, id: string, stage: Stage): Promise<void> {
  const response = await admin.get(`${base}/runs/${id}/events`, { accept: 'text/event-stream' })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let seen = ''
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: '' }
    seen += value ?? ''
    if (done || seen.includes(`"stage":"${stage}"`)) break
  }
  await reader?.cancel()
}

/** Whatever moment the kill has met: served, wholly old or wholly new, truthfully told, nothing left, and it works. */
async function expectSound(admin: Session, name: string, id: string): Promise<void> {
  const total = await notes(admin)
  expect([1, 3]).toContain(total)
  // The host looks at what a kill has left while it serves already; the database was put in order before.
  const told = await eventually(async () => {
    const entries = await admin.logged()
    return entries.filter((one) => one.action === 'backup.restore' && one.id === id)[0]
  })
  expect(told.outcome).toBe(total === 1 ? 'success' : 'failure')
  const { run } = (await (await admin.get(`${base}/runs/${id}`)).json()) as { run: Run }
  expect(run).toMatchObject({ kind: 'restore', status: total === 1 ? 'completed' : 'failed' })
  if (total === 3) expect(run.error?.code).toBe('interrupted')
  expect(readdirSync(root()).filter((file) => file.startsWith('.'))).toEqual([])
  const own = readdirSync(join(root(), 'backups')).filter((file) => file.startsWith('.restore'))
  expect(own).toEqual([])
  const { backups } = await admin.overview()
  for (const backup of backups) expect(backup.proven).toMatchObject({ outcome: 'passed' })
  expect(backups.map((backup: { name: string }) => backup.name)).toContain(name)
}

describe('a restore while the host is killed', () => {
  it.each(['proof', 'staging', 'closing', 'saving', 'swap', 'compare'] as const)(
    'is finished or undone at the next start: killed in the stage %s',
    async (stage) => {
      const { admin, name } = await withPast()
      const id = await begin(admin, name)
      await reached(admin, id, stage)
      await kill()
      const again = await start()
      await expectSound(again, name, id)
      const second = await begin(again, name)
      expect(await again.ended(second)).toMatchObject({ status: 'completed' })
      expect(await notes(again)).toBe(1)
    },
  )

  it('is finished or undone, and not begun again, when it is killed at the start that carries it out', async () => {
    const { admin, name } = await withPast('--no-suspend')
    const id = await begin(admin, name)
    const waiting = join(root(), 'backups/.restore-at-start.json')
    await eventually(async () => existsSync(waiting) && (await admin.overview()).run === null)
    await kill('SIGTERM')
    spawnHost(['--no-suspend'])
    await eventually(
      async () => !existsSync(waiting) || readFileSync(waiting, 'utf8').includes('"begun":true'),
    )
    await kill()
    const again = await start('--no-suspend')
    await expectSound(again, name, id)
  })
})
