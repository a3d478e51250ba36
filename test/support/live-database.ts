import { closeSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
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
 * Stops the process that makes the tenant's backup while it proves it, so that the run lasts as long as somebody
 * looks at it. The returned function lets it go on; a process that was killed meanwhile is fine.
 */
export async function freezeProof(app: App, session: Session): Promise<() => void> {
  await eventually(async () => {
    const { run } = (await session.overview()) as { run: Run | null }
    return run?.stage === 'proof' && (run.progress?.done ?? 0) > 0
  })
  const holder = readFileSync(join(app.backupsFolder(), '.lock-holder.json'), 'utf8')
  const { pid } = JSON.parse(holder) as { pid: number }
  process.kill(pid, 'SIGSTOP')
  return () => {
    try {
      process.kill(pid, 'SIGCONT')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
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
