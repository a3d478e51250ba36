import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock, Logger, TaskState } from 'automate-plugin-backup/host'
import { writeWhole } from '../../durable/write-whole.ts'

type LastRun = NonNullable<TaskState['lastRun']>

interface Pages {
  /** Since when the flows have been stopped; null while they run. */
  pausedSince: string | null
  lastRuns: Record<string, LastRun>
}

/**
 * What has to be remembered over a restart: the last run of each task, and since when the flows have been stopped.
 * Losing it costs no backup, so a write that fails is logged and the work goes on.
 */
export class TaskBook {
  readonly #file: string
  readonly #logger: Logger
  readonly #pages: Pages
  #writing: Promise<void> = Promise.resolve()

  constructor(file: string, { clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.#file = file
    this.#logger = logger
    this.#pages = this.#read()
    this.#closeInterrupted(new Date(clock.now()).toISOString())
  }

  get pausedSince(): string | null {
    return this.#pages.pausedSince
  }

  lastRun(key: string): LastRun | null {
    return Object.hasOwn(this.#pages.lastRuns, key) ? (this.#pages.lastRuns[key] ?? null) : null
  }

  write(key: string, run: LastRun): Promise<void> {
    this.#pages.lastRuns[key] = run
    return this.#save()
  }

  pause(since: string | null): Promise<void> {
    if (this.#pages.pausedSince === since) return this.#writing
    this.#pages.pausedSince = since
    return this.#save()
  }

  /** Resolves when everything is on disk. */
  settled(): Promise<void> {
    return this.#writing
  }

  #save(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      try {
        await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 })
        await writeWhole(this.#file, `${JSON.stringify(this.#pages, null, 2)}\n`, 0o600)
      } catch (error) {
        this.#logger.warn('The last runs could not be written down', { reason: String(error) })
      }
    })
    return this.#writing
  }

  #read(): Pages {
    try {
      const pages = JSON.parse(readFileSync(this.#file, 'utf8')) as Partial<Pages>
      return { pausedSince: pages.pausedSince ?? null, lastRuns: { ...pages.lastRuns } }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#logger.warn('The last runs can not be read and start anew', { reason: String(error) })
      return { pausedSince: null, lastRuns: {} }
    }
  }

  /** A kill left these open. */
  #closeInterrupted(endedAt: string): void {
    for (const [key, run] of Object.entries(this.#pages.lastRuns))
      if (run.endedAt === null) this.#pages.lastRuns[key] = { ...run, endedAt, outcome: 'failed' }
  }
}
