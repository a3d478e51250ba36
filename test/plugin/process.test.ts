import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Run } from '../../src/engine/backup.ts'
import { base, eventually, Session } from '../support/app.ts'
import { withManifest } from '../support/hostile-uploads.ts'
import { systemBase } from '../support/system-backups.ts'
import { TusClient } from '../support/tus.ts'
import { databaseBytes } from '../support/uploads.ts'

/** What newcomers start is what was built. */
const entry = fileURLToPath(new URL('../../dist/hosts/embedded/main.js', import.meta.url))

let dataDir: string
let host: ChildProcess | null = null
let output = ''

beforeEach(() => {
  if (!existsSync(entry)) throw new Error('The host is not built: run "npm run build" first')
  dataDir = mkdtempSync(join(tmpdir(), 'backup-process-'))
})

afterEach(async () => {
  await end('SIGKILL')
  rmSync(dataDir, { recursive: true, force: true })
})

async function start(more: readonly string[] = []): Promise<string> {
  output = ''
  const args = [entry, '--port', '0', '--data', dataDir, ...more]
  const environment = { ...process.env, AUTOMATE_ADMIN_PASSWORD: 'secret' }
  const child = spawn(process.execPath, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  host = child
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => {
      output += text
    })
  return eventually(async () => /Listening on (\S+)/.exec(output)?.[1])
}

async function end(signal: NodeJS.Signals): Promise<number | null> {
  const child = host
  host = null
  if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  child.kill(signal)
  return closed
}

async function signIn(origin: string): Promise<Session> {
  const response = await fetch(`${origin}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ user: 'admin', password: 'secret' }),
  })
  return new Session({ origin }, response.headers.getSetCookie()[0]?.split(';')[0] ?? '')
}

const folder = () => join(dataDir, 'tenants/demo/backups')

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('the host as it is started', () => {
  it('says where it listens, makes a proven backup of imported data, and ends cleanly when told to', async () => {
    const given = join(dataDir, 'given.sqlite')
    const database = new Database(given)
    database.pragma('journal_mode = WAL')
    database.exec("CREATE TABLE songs (title TEXT); INSERT INTO songs VALUES ('Für Elise')")
    const origin = await start(['--import-db', given])
    database.close()
    const admin = await signIn(origin)
    const run = await admin.backUp()
    expect(run.status).toBe('completed')
    const copy = new Database(join(folder(), run.backups[0] ?? ''), { readonly: true })
    expect(copy.prepare('SELECT title FROM songs').pluck().get()).toBe('Für Elise')
    copy.close()
    expect(await end('SIGTERM')).toBe(0)
  })

  it('that is killed in mid-run leaves a folder that the next start puts in order', async () => {
    await start()
    await end('SIGTERM')
    const live = new Database(join(dataDir, 'tenants/demo/main.sqlite'))
    live.exec('CREATE TABLE filler (bytes BLOB)')
    const insert = live.prepare('INSERT INTO filler VALUES (randomblob(1000000))')
    live.transaction(() => {
      for (let count = 0; count < 80; count++) insert.run()
    })()
    live.close()

    const admin = await signIn(await start())
    const good = await admin.backUp()
    const response = await admin.post(`${base}/create`)
    const { run } = (await response.json()) as { run: { id: string } }
    const holder = join(folder(), '.lock-holder.json')
    const worker = await eventually(async () => {
      const { stage } = (
        (await (await admin.get(`${base}/runs/${run.id}`)).json()) as { run: { stage: string } }
      ).run
      if (!['snapshot', 'proof'].includes(stage) || !existsSync(holder)) return null
      return JSON.parse(readFileSync(holder, 'utf8')).pid as number
    })
    await end('SIGKILL')
    await eventually(async () => !isAlive(worker))

    const again = await signIn(await start())
    const closed = await eventually(async () => {
      const { runs } = await again.overview()
      return runs.find(({ id, endedAt }: { id: string; endedAt: string | null }) => id === run.id && endedAt)
    })
    expect(closed).toMatchObject({
      status: 'failed',
      error: { code: 'interrupted', hint: expect.any(String) },
    })
    const entries = await eventually(async () => {
      const found = (await again.logged()).filter(
        ({ id, action }) => id === run.id || action === 'backup.create',
      )
      return found.length >= 2 ? found : null
    })
    expect(entries.map(({ outcome }) => outcome).sort()).toEqual(['failure', 'success'])
    expect((await again.overview()).backups.map(({ name }: { name: string }) => name)).toEqual(good.backups)
    expect((await again.backUp()).status).toBe('completed')
    expect(existsSync(join(folder(), '.partial', run.id))).toBe(false)
  })

  it.each([
    ['a port that is none', ['--port', 'abc'], 2],
    ['an option that is none', ['--colour', 'red'], 2],
    ['a database that is not there', ['--import-db', '/nowhere/at-all.sqlite'], 1],
  ])('refuses %s in one clear message', async (_, more, code) => {
    await expect(Promise.race([start(more), exited()])).resolves.toBe(code)
    expect(output).not.toMatch(/at .*\(.*:\d+:\d+\)/)
    expect(output.trim().length).toBeGreaterThan(10)
  })
})

/** The exit code of a host that ends by itself. */
async function exited(): Promise<number | null> {
  return eventually(async () => host?.exitCode ?? null)
}

describe('an upload', () => {
  const mebibyte = 1024 * 1024
  /** Of any kind: nobody looks at them before they are whole. */
  async function* stream(count: number) {
    const piece = Buffer.alloc(mebibyte, 7)
    for (let sent = 0; sent < count; sent++) yield piece
  }
  const peakOf = (pid: number) =>
    Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

  it('is streamed to the disk: the memory of the host does not grow with it', async (context) => {
    if (process.platform !== 'linux') context.skip('NOT RUN: needs /proc')
    const client = await tusFor(await start())
    const path = await client.begin(256 * mebibyte, { filename: 'large.sqlite' })
    const before = peakOf(host?.pid ?? 0)
    const sent = await client.stream(path, 0, stream(256), 256 * mebibyte)
    expect(sent.headers.get('upload-offset')).toBe(String(256 * mebibyte))
    expect(peakOf(host?.pid ?? 0) - before).toBeLessThan(128)
  })

  it('goes on after a kill of the host in the middle of it', async () => {
    const bytes = await databaseBytes(400)
    const first = await tusFor(await start())
    const path = await first.begin(bytes.length, { filename: 'main.sqlite' })
    const data = join(folder(), '.uploads', path.split('/').at(-1) ?? '')
    const half = 100_000
    const sending = first.stream(path, 0, cutOff(bytes.subarray(0, half)), bytes.length).catch(() => null)
    await eventually(async () => statSync(data).size === half)
    await end('SIGKILL')
    await sending
    const origin = await start()
    const again = await tusFor(origin)
    const from = await again.offset(path)
    expect(from).toBe(half)
    expect((await again.patch(path, from, bytes.subarray(from))).status).toBe(204)
    const session = await signIn(origin)
    const run = await eventually(async () => {
      const answer = await session.get(`${base}/runs/${path.split('/').at(-1)}`)
      const { run } = (await answer.json()) as { run?: Run }
      return run?.endedAt ? run : null
    })
    expect(run).toMatchObject({ kind: 'upload', status: 'completed' })
    expect(readFileSync(join(folder(), run.backups[0] ?? '')).equals(bytes)).toBe(true)
  })

  it('of an archive goes on after a kill, and one that was whole is checked by the next host', async () => {
    const bytes = withManifest([{ name: 'files/noise', method: 0, content: Buffer.alloc(300_000, 'noise') }])
    const archives = join(dataDir, 'archives')
    mkdirSync(join(dataDir, 'app'))
    mkdirSync(join(dataDir, 'plugins'))
    const sources = [{ kind: 'directory', path: join(dataDir, 'app') }]
    const profiles = [{ id: 'small', sources, folder: archives }]
    writeFileSync(join(dataDir, 'plugins/backup.json'), JSON.stringify({ profiles }))
    const at = `${systemBase}/upload`
    const first = await tusFor(await start(), at)
    const path = await first.begin(bytes.length, { filename: 'small.zip' })
    const id = new URL(path, 'http://host').pathname.split('/').at(-1) ?? ''
    const half = 100_000
    const sending = first.stream(path, 0, cutOff(bytes.subarray(0, half)), bytes.length).catch(() => null)
    await eventually(async () => statSync(join(archives, '.uploads', id)).size === half)
    await end('SIGKILL')
    await sending
    const again = await tusFor(await start(), at)
    expect(await again.offset(path)).toBe(half)
    const rest = again.stream(path, half, whole(bytes.subarray(half)), bytes.length).catch(() => null)
    await eventually(async () => !existsSync(join(archives, '.uploads', id)) || wholeIn(archives, id, bytes))
    await end('SIGKILL')
    await rest
    const session = await signIn(await start())
    const run = await eventually(async () => {
      const answer = await session.get(`${systemBase}/runs/${id}`)
      const { run } = (await answer.json()) as { run?: Run }
      return run?.endedAt ? run : null
    })
    expect(run).toMatchObject({ kind: 'upload', status: 'completed' })
    expect(readFileSync(join(archives, run.backups[0] ?? '')).equals(bytes)).toBe(true)
    const entries = (await session.logged()).filter((entry) => entry.id.endsWith(id))
    expect(entries).toEqual([expect.objectContaining({ action: 'backup.upload', outcome: 'success' })])
  })

  const wholeIn = (archives: string, id: string, bytes: Buffer) =>
    statSync(join(archives, '.uploads', id), { throwIfNoEntry: false })?.size === bytes.length

  async function tusFor(origin: string, at?: string): Promise<TusClient> {
    return new TusClient({ origin }, await signIn(origin), at)
  }

  async function* whole(bytes: Buffer) {
    yield bytes
  }

  async function* cutOff(bytes: Buffer) {
    yield bytes
    await new Promise(() => {})
  }
})
