import { closeSync, existsSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import Database from 'better-sqlite3'
import type { Run } from '../../src/engine/backup.ts'
import { type App, base, eventually, type Session } from './app.ts'

/** Adds so many MiB to a live database. */
export function grow(path: string, mebibytes: number): void {
  const database = new Database(path)
  database.exec('CREATE TABLE IF NOT EXISTS filler (bytes BLOB)')
  const insert = database.prepare('INSERT INTO filler VALUES (randomblob(1048576))')
  database.transaction(() => {
    for (let count = 0; count < mebibytes; count++) insert.run()
  })()
  database.close()
}

/**
 * Stops the process that makes the tenant's backup while it proves it, so that the run lasts as long as somebody looks at
 * it. To be called in the moment in which the run is asked for, so that it is not over before anybody looks. The process
 * is given small slices of time until it is there, so that no slow answer lets it slip by either. The returned function
 * lets it go on; a process that was killed meanwhile is fine.
 */
export async function freezeProof(app: App, session: Session, asked: Promise<unknown>): Promise<() => void> {
  const send = await signalsToMaker(app, asked)
  send('SIGSTOP')
  await eventually(async () => {
    const { run } = (await session.overview()) as { run: Run | null }
    if (run?.stage === 'proof' && (run.progress?.done ?? 0) > 0) return true
    send('SIGCONT')
    await wait(SLICE_MS)
    send('SIGSTOP')
    return false
  })
  await asked
  return () => send('SIGCONT')
}

/**
 * Lets the process that makes the tenant's backup work for small slices of time only, until the backup is made, so that
 * whoever looks sees it move, however fast the machine is. To be called in the moment in which the run is asked for.
 */
export async function slowDown(app: App, asked: Promise<unknown>): Promise<void> {
  const send = await signalsToMaker(app, asked)
  while (holderOf(app) !== null) {
    send('SIGSTOP')
    await wait(PAUSE_MS)
    send('SIGCONT')
    await wait(SLICE_MS)
  }
  await asked
}

const SLICE_MS = 10
/** Longer than progress is kept back so that nobody is told too often. */
const PAUSE_MS = 60

/** Sends signals to the process that makes the backup which was just asked for. */
async function signalsToMaker(app: App, asked: Promise<unknown>): Promise<(signal: NodeJS.Signals) => void> {
  // Whether it went well is seen where it is awaited.
  asked.catch(() => {})
  const pid = await eventually(async () => holderOf(app))
  return (signal) => {
    try {
      process.kill(pid, signal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

/** The process that holds the lock of the tenant's backups; null when none does. */
function holderOf(app: App): number | null {
  const note = join(app.backupsFolder(), '.lock-holder.json')
  if (!existsSync(note)) return null
  const text = readFileSync(note, 'utf8')
  return text === '' ? null : (JSON.parse(text) as { readonly pid: number }).pid
}

/** Spoils the newest backup on the disk and lets it be proved again. */
export async function damage(app: App, session: Session): Promise<void> {
  const [newest] = (await session.overview()).backups as readonly { readonly name: string }[]
  const file = openSync(join(app.backupsFolder(), newest?.name ?? ''), 'r+')
  writeSync(file, 'spoilt', 5_000)
  closeSync(file)
  const answer = await session.post(`${base}/verify`, { name: newest?.name })
  const { run } = (await answer.json()) as { run: Run }
  await session.ended(run.id)
}

/** A backup that can't be made, because the database is away for so long. */
export async function failOnce(app: App, session: Session): Promise<void> {
  const path = app.databasePath()
  renameSync(path, `${path}.away`)
  await session.backUp()
  renameSync(`${path}.away`, path)
}
