import type { Backup } from './backup.ts'
import type { LiveDatabase, Vault } from './engine.ts'
import { BackupError } from './errors.ts'
import type { Frame } from './rescue/frames.ts'
import type {
  Identities,
  Job,
  LocatedBackup,
  RowItem,
  RowsEnd,
  Start,
  TableReady,
  TablesItem,
} from './rescue/job.ts'
import type { KeysQuestion } from './rescue/live-keys.ts'
import { type LookOptions, look, read } from './rescue/look.ts'
import { noSuchTable } from './rescue/refusals.ts'
import { takenFrom } from './rescue/taken.ts'
import type {
  BackupLook,
  RescueRows,
  RescueTables,
  RowsLook,
  RowsTaking,
  TableLook,
  TakenRows,
} from './rescuing.ts'
import { rowsPerPage } from './rescuing.ts'
import { WaitingLine } from './worker/waiting-line.ts'

export interface LooksOptions {
  readonly environment: Readonly<Record<string, string>>
  /** Counts a backup as being read until the returned function is called. */
  hold(vault: Vault, name: string): () => void
  /** Throws `not-found`. */
  find(vault: Vault, name: string): Promise<LocatedBackup>
  findMissing(
    vault: Vault,
    database: LiveDatabase,
    question: KeysQuestion,
  ): Promise<readonly (boolean | null)[]>
  /** Milliseconds after which a search pauses, and after which a look is ended. */
  readonly pauseMs?: number
  readonly withinMs?: number
}

type Abortable = { readonly signal: AbortSignal }

/** Processes at once: pages, and rows that are taken out, which a slow reader may keep for long. One of each a folder. */
const atOnce = 2
/** Milliseconds to wait for one of them. */
const patienceMs = 15_000
const silentMs = 30_000

/** Looks into backups, each in a process of its own. */
export class Looks {
  readonly #options: LooksOptions
  readonly #pages = new Turns(atOnce)
  readonly #takings = new Turns(atOnce)
  readonly #closing = new AbortController()

  constructor(options: LooksOptions) {
    this.#options = options
  }

  tables(request: BackupLook, { signal }: Abortable): Promise<RescueTables> {
    return this.#page(request, signal, async (found, options) => {
      const job: Job = { kind: 'tables', ...fileOf(found), rowCounts: found.rowCounts }
      const rows = new Map<string, number | null>()
      const leftOut: RescueTables['leftOut'][number][] = []
      let more = false
      try {
        for await (const frame of look(job, options)) {
          if (frame.kind !== 'item') continue
          const item = read<TablesItem>(frame)
          if ('table' in item) rows.set(item.table, null)
          if ('counted' in item) rows.set(item.counted, item.rows)
          if ('leftOut' in item) leftOut.push({ name: item.leftOut, reason: item.reason })
          if ('more' in item) more = true
        }
      } catch (error) {
        // Counting what nobody has counted before may take too long; the names are known by then.
        if (!isStopped(error) || rows.size === 0) throw error
      }
      const tables = [...rows].map(([name, count]) => ({ name, rows: count }))
      return { backup: found.backup, tables, more, leftOut }
    })
  }

  rows(request: RowsLook, { signal }: Abortable): Promise<RescueRows> {
    return this.#page(request, signal, async (found, options) => {
      const database = databaseOf(request.vault, found.backup)
      const { start, skipMatches } = startOf(request)
      const job: Job = {
        kind: 'rows',
        ...fileOf(found),
        ...tableOf(request, database),
        start,
        skipMatches,
        count: rowsPerPage,
        withinMs: this.#options.pauseMs ?? 5_000,
      }
      const comparison = this.#comparison(request, database)
      const rows: RescueRows['rows'][number][] = []
      let ready: TableReady | null = null
      let end: RowsEnd = { next: null, stopped: null }
      for await (const frame of look(job, { ...options, onQuestion: comparison.answer })) {
        if (frame.kind === 'ready') ready = comparison.begin(frame)
        if (frame.kind === 'item') rows.push(read<RowItem>(frame))
        if (frame.kind === 'end') end = read<RowsEnd>(frame)
      }
      if (ready === null) throw noSuchTable()
      const { columns, columnCount, computed, primaryKey } = ready
      return {
        backup: found.backup,
        table: request.table,
        columns,
        columnCount,
        computed,
        comparable: database !== null && primaryKey.length > 0,
        rows,
        next: end.next && writeStart(end.next),
        stopped: end.stopped,
        total: Object.hasOwn(found.rowCounts, request.table) ? found.rowCounts[request.table]! : null,
      }
    })
  }

  /** Resolves when the first rows can be read. */
  async take(request: RowsTaking, { signal }: Abortable): Promise<TakenRows> {
    const end = await this.#begin(this.#takings, request, signal)
    try {
      const found = await this.#options.find(request.vault, request.name)
      const database = databaseOf(request.vault, found.backup)
      const comparison = this.#comparison(request, database)
      const { format, keys } = request
      const job: Job = { kind: 'take', ...fileOf(found), ...tableOf(request, database), format, keys }
      const stopping = new AbortController()
      const frames = look(job, {
        ...this.#lookOptions(AbortSignal.any([signal, stopping.signal])),
        withinMs: null,
        processorSeconds: 900,
        onQuestion: comparison.answer,
      })
      const taken = await takenFrom(frames, {
        onReady: (ready) => void comparison.begin(ready),
        stop: () => stopping.abort(),
      })
      void taken.ended.then(end, end)
      return { backup: found.backup, ...taken }
    } catch (error) {
      end()
      throw error
    }
  }

  /** Ends what is going on. */
  close(): void {
    this.#closing.abort(
      new BackupError('cancelled', 'The backup engine was shut down', {
        hint: 'Start it again when the application runs.',
      }),
    )
  }

  async #page<T>(
    request: BackupLook,
    signal: AbortSignal,
    work: (found: LocatedBackup, options: LookOptions) => Promise<T>,
  ): Promise<T> {
    const end = await this.#begin(this.#pages, request, signal)
    try {
      return await work(await this.#options.find(request.vault, request.name), this.#lookOptions(signal))
    } finally {
      end()
    }
  }

  async #begin(turns: Turns, { vault, name }: BackupLook, signal: AbortSignal): Promise<() => void> {
    const leave = await turns.wait(vault.folder, AbortSignal.any([signal, this.#closing.signal]))
    const release = this.#options.hold(vault, name)
    return () => {
      release()
      leave()
    }
  }

  #lookOptions(signal: AbortSignal): LookOptions {
    return {
      signal: AbortSignal.any([signal, this.#closing.signal]),
      withinMs: this.#options.withinMs ?? 20_000,
      silentMs,
      processorSeconds: 60,
      environment: this.#options.environment,
      onQuestion: async () => null,
    }
  }

  /** Answers which rows are missing today; where only those are wanted, not knowing is an error. */
  #comparison(request: TableLook, database: LiveDatabase | null) {
    let columns: readonly string[] = []
    return {
      begin(frame: Frame): TableReady {
        const ready = read<TableReady>(frame)
        columns = ready.primaryKey
        if (request.missingOnly && (database === null || columns.length === 0)) throw notComparable()
        return ready
      },
      answer: async (question: unknown): Promise<unknown> => {
        const { identities } = question as { readonly identities: Identities }
        if (database === null || columns.length === 0) return null
        const { vault, table } = request
        try {
          return await this.#options.findMissing(vault, database, { table, columns, identities })
        } catch (error) {
          if (request.missingOnly) throw error
          // The page is worth more than the marks on it.
          return null
        }
      },
    }
  }
}

/** Whose turn it is: so many at once, and one for each folder. */
class Turns {
  #free: number
  readonly #line: WaitingLine<true>

  constructor(atOnce: number) {
    this.#free = atOnce
    this.#line = new WaitingLine(() => {
      if (this.#free === 0) return null
      this.#free--
      return true
    })
  }

  /** Resolves with what ends the turn. Throws `busy` when it takes too long. */
  async wait(folder: string, signal: AbortSignal): Promise<() => void> {
    const patience = new AbortController()
    const timer = setTimeout(() => patience.abort(othersLook()), patienceMs)
    try {
      await this.#line.enter({ folder, patient: true, signal: AbortSignal.any([signal, patience.signal]) })
    } finally {
      clearTimeout(timer)
    }
    let ended = false
    return () => {
      if (ended) return
      ended = true
      this.#free++
      this.#line.leave(folder)
      this.#line.serve()
    }
  }
}

const fileOf = ({ path, identity }: LocatedBackup) => ({ path, identity })

function tableOf({ table, search, missingOnly }: TableLook, database: LiveDatabase | null) {
  const compare = missingOnly ? 'only' : database === null ? 'no' : 'mark'
  return { table, search, compare } as const
}

/** The database that a backup is of; null when nothing tells. */
function databaseOf({ databases }: Vault, { database }: Backup): LiveDatabase | null {
  const only = database === '' && databases.length === 1 ? databases[0] : undefined
  return databases.find(({ name }) => name === database) ?? only ?? null
}

function startOf({ page, from, search, missingOnly }: RowsLook): { start: Start; skipMatches: number } {
  if (from !== null) return { start: readStart(from), skipMatches: 0 }
  const before = (page - 1) * rowsPerPage
  return search === '' && !missingOnly
    ? { start: { after: null, skip: before }, skipMatches: 0 }
    : { start: { after: null, skip: 0 }, skipMatches: before }
}

const writeStart = ({ after, skip }: Start) => (after === null ? String(skip) : `${skip}.${after}`)

function readStart(text: string): Start {
  const [, skip, , after] = /^(\d{1,15})(\.([\w-]{1,4000}))?$/.exec(text) ?? []
  if (skip === undefined) throw notAPlace()
  return { after: after ?? null, skip: Number(skip) }
}

const isStopped = (error: unknown) => error instanceof BackupError && error.code === 'look-stopped'

function notAPlace(): BackupError {
  return new BackupError('invalid-request', 'This is no place in a table', {
    hint: 'Begin at the first page again.',
    details: { field: 'from' },
  })
}

function notComparable(): BackupError {
  return new BackupError('invalid-request', 'The rows of this table can’t be compared with those of today', {
    hint: 'It has no primary key, or nothing tells which database the backup is of. Look at all rows instead.',
    details: { field: 'missing' },
  })
}

function othersLook(): BackupError {
  return new BackupError('busy', 'Others are looking into backups right now', {
    hint: 'Wait a moment and try again.',
  })
}
