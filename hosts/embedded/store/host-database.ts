import { join } from 'node:path'
import Database from 'better-sqlite3'
import { HostError, messageOf } from '../host-error.ts'

export type HostDatabase = Database.Database

const steps: readonly string[] = [
  `create table tasks (
     type text not null, scope text not null,
     active integer not null default 0, schedule text,
     settled_at integer not null, counted_from integer, last_due integer,
     started_at integer, ended_at integer, outcome text, cause text, message text,
     primary key (type, scope)
   ) strict, without rowid;
   create table facts (name text primary key, value text not null) strict, without rowid;
   create table settings (
     plugin text not null, tenant text not null, value text not null, primary key (plugin, tenant)
   ) strict, without rowid;
   create table audit (
     sequence integer primary key, id text not null unique, at text not null, scope text not null,
     actor_id text, actor_name text, action text not null, target text not null, outcome text not null,
     details text not null
   ) strict;
   create index audit_by_time on audit (at);
   create table sessions (
     hash text primary key, user text not null, tenant text, language text,
     created_at integer not null, used_at integer not null
   ) strict, without rowid;
   create table provisioned (tenant text not null, database text not null, primary key (tenant, database))
     strict, without rowid;`,
]

/** The host's own durable state. Every write is synced to disk before it returns. */
export function openHostDatabase(dataDir: string): HostDatabase {
  const file = join(dataDir, 'host.sqlite')
  try {
    const database = new Database(file)
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    migrate(database, file)
    return database
  } catch (error) {
    if (error instanceof HostError) throw error
    throw new HostError(
      `${file} can't be opened: ${messageOf(error)}`,
      'Check the file and its permissions.',
      {
        cause: error,
      },
    )
  }
}

function migrate(database: HostDatabase, file: string): void {
  const version = Number(database.pragma('user_version', { simple: true }))
  if (version > steps.length)
    throw new HostError(
      `${file} was written by a newer version of the host`,
      'Start that version, or a newer one.',
    )
  database.transaction(() => {
    for (const step of steps.slice(version)) database.exec(step)
    database.pragma(`user_version = ${steps.length}`)
  })()
}

/**
 * Keeps a second host out of the same data folder for as long as this process lives: a lock of the kernel, which no
 * kill leaves behind.
 */
export function lockDataFolder(dataDir: string): { release(): void } {
  const lock = new Database(join(dataDir, '.host.lock'), { timeout: 0 })
  try {
    lock.pragma('journal_mode = MEMORY')
    lock.exec('begin exclusive')
  } catch (error) {
    lock.close()
    throw new HostError(
      `Another host is running with the data folder ${dataDir}`,
      'Stop it first, or choose another folder with --data.',
      { cause: error },
    )
  }
  return {
    release: () => {
      lock.close()
    },
  }
}

/** Single values that outlive the process, for example since when everything is paused. */
export class Facts {
  readonly #database: HostDatabase

  constructor(database: HostDatabase) {
    this.#database = database
  }

  read(name: string): unknown {
    const row = this.#database
      .prepare<[string], { value: string }>('select value from facts where name = ?')
      .get(name)
    return row === undefined ? undefined : JSON.parse(row.value)
  }

  write(name: string, value: unknown): void {
    this.#database
      .prepare('insert into facts values (?, ?) on conflict do update set value = excluded.value')
      .run(name, JSON.stringify(value))
  }

  remove(name: string): void {
    this.#database.prepare('delete from facts where name = ?').run(name)
  }
}
