import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Vault } from '../../src/engine/engine.ts'
import { contentOf } from '../support/invariants.ts'
import type { Bench } from './bench.ts'
import { interrupt, type Moment } from './interrupt.ts'
import { create, runId, type Scenario } from './scenarios.ts'

/** More than the log holds before, so that a copy of its old length holds a part of them only. */
const commits = 40

/** The application, all of whose log is in the main file: its next commit begins the log anew. */
function openApplication({ databases }: Vault): Database.Database {
  const live = new Database(databases[0]!.path)
  live.pragma('wal_autocheckpoint = 0')
  live.pragma('wal_checkpoint(PASSIVE)')
  return live
}

function work(live: Database.Database): void {
  const insert = live.prepare('INSERT INTO entries (text) VALUES (?)')
  for (let count = 0; count < commits; count++) insert.run(`later ${count}`)
}

/**
 * Makes a backup while the application goes on in the middle of it, so that its log is begun anew. Null when the
 * backup is wholly the state before or after that, otherwise what is wrong.
 */
export async function tryBusyLog(bench: Bench, moment: Moment): Promise<string | null> {
  const { vault, drop } = bench.template.copy()
  const { path } = vault.databases[0]!
  const live = openApplication(vault)
  try {
    const before = contentOf(path)
    const error = await interrupt(bench, create as unknown as Scenario, { vault, ...moment }, () =>
      work(live),
    )
    if (error !== null) return `a backup beside a writer failed: ${error}`
    const { backups } = await bench.healthy.inspect(vault)
    const made = backups.find(({ backup }) => backup.runId === runId)?.backup
    const content = made ? contentOf(join(vault.folder, made.name)) : 'nothing'
    return [before, contentOf(path)].includes(content) ? null : 'the new backup is no state that there was'
  } finally {
    live.close()
    drop()
  }
}
