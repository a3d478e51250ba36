import type { Run } from '../engine/backup.ts'
import { BackupError } from '../engine/errors.ts'
import type { ActiveRun } from './active-run.ts'

/** Ended runs that are remembered per tenant, also those that could not be written to the run log. */
const REMEMBERED = 50

/** Which runs are in flight: at most one per tenant. */
export class RunBoard {
  readonly #active = new Map<string, ActiveRun>()
  readonly #ended = new Map<string, Run[]>()

  active(tenantId: string): ActiveRun | null {
    return this.#active.get(tenantId) ?? null
  }

  /** Ended runs of this process, newest first. */
  ended(tenantId: string): readonly Run[] {
    return this.#ended.get(tenantId) ?? []
  }

  /** Throws `busy` while another run of the tenant is in flight. */
  claim(tenantId: string, begin: () => ActiveRun): ActiveRun {
    const current = this.#active.get(tenantId)
    if (current) throw busy(current.run)
    const active = begin()
    this.#active.set(tenantId, active)
    void active.ended.then((run) => this.#remember(tenantId, run))
    return active
  }

  /** Waits for the runs in flight, in the order of asking. Rejects with the signal's reason. */
  async claimNext(tenantId: string, begin: () => ActiveRun, signal: AbortSignal): Promise<ActiveRun> {
    for (;;) {
      signal.throwIfAborted()
      const current = this.#active.get(tenantId)
      if (!current) return this.claim(tenantId, begin)
      await Promise.race([current.ended, aborted(signal)])
    }
  }

  /** Cancels every run in flight and resolves when they have ended. */
  async stop(reason: BackupError): Promise<void> {
    const active = [...this.#active.values()]
    for (const run of active) run.cancel(reason)
    await Promise.all(active.map(({ ended }) => ended))
  }

  #remember(tenantId: string, run: Run): void {
    this.#active.delete(tenantId)
    if (run.endedAt === null) return
    this.#ended.set(tenantId, [run, ...this.ended(tenantId)].slice(0, REMEMBERED))
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

function busy(run: Run): BackupError {
  return new BackupError('busy', `A run is already in progress, started ${run.startedAt}.`, {
    hint: 'Wait for its end or cancel it.',
    details: { startedAt: run.startedAt, runId: run.id },
  })
}
