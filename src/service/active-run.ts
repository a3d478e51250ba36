import type { CurrentItem } from '../engine/archiving.ts'
import type { Backup, Progress, Run, RunKind, Stage, Trigger } from '../engine/backup.ts'
import type { BackupError } from '../engine/errors.ts'

/** How a run ended. */
export type RunEnd = Pick<Run, 'error'> & {
  /** What was made, or proven again. */
  readonly made: readonly Backup[]
  readonly status: 'completed' | 'partial' | 'failed' | 'cancelled'
}

/** A run as it goes on. Only of one over many files it is known what it is busy with. */
export interface LiveRun extends Run {
  readonly current?: CurrentItem
}

/** A run in flight: its state now, everybody who watches it, and the way to cancel it. */
export class ActiveRun {
  /** Without an end in it the run was parked. */
  readonly ended: Promise<Run>
  readonly #abort = new AbortController()
  readonly #watchers = new Set<(run: LiveRun) => void>()
  #run: LiveRun
  #made: readonly Backup[] = []
  #settle: (run: Run) => void = () => {}

  constructor(start: { id: string; kind: RunKind; trigger: Trigger; startedAt: string }) {
    this.#run = {
      ...start,
      status: 'queued',
      stage: 'waiting',
      progress: null,
      backups: [],
      endedAt: null,
      error: null,
    }
    this.ended = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  get run(): LiveRun {
    return this.#run
  }

  /** Empty until the run has ended well. */
  get made(): readonly Backup[] {
    return this.#made
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Hands over the state now and at every change, the last time when the run has ended. */
  watch(watcher: (run: LiveRun) => void): () => void {
    this.#watchers.add(watcher)
    watcher(this.#run)
    return () => this.#watchers.delete(watcher)
  }

  advance(stage: Stage, progress: Progress | null): void {
    const status = stage === 'waiting' ? 'queued' : 'running'
    // Of another stage nothing is known yet.
    const { current, ...run } = this.#run
    this.#tell({ ...run, status, stage, progress, ...(current && stage === run.stage && { current }) })
  }

  busyWith(current: CurrentItem): void {
    this.#tell({ ...this.#run, current })
  }

  /** Asks the run to stop; `reason` becomes its error. Too late once the backup is published. */
  cancel(reason: BackupError): void {
    this.#abort.abort(reason)
  }

  finish({ made, status, error }: RunEnd, endedAt: string): Run {
    this.#made = made
    const backups = made.map(({ name }) => name)
    const { current: _, ...run } = this.#run
    this.#tell({ ...run, status, error, backups, stage: null, progress: null, endedAt })
    this.#watchers.clear()
    this.#settle(this.#run)
    return this.#run
  }

  /** Ends this part of the run: it waits for the next start of the application. */
  park(): void {
    this.#tell({ ...this.#run, status: 'queued', stage: 'waiting', progress: null })
    this.#watchers.clear()
    this.#settle(this.#run)
  }

  #tell(run: LiveRun): void {
    this.#run = run
    for (const watcher of this.#watchers) watcher(run)
  }
}
