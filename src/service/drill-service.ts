import type { BackupEngine } from '../engine/engine.ts'
import type { Actor, Host } from '../host/contract.ts'
import type { ActiveRun } from './active-run.ts'
import type { RunService, Work } from './run-service.ts'
import type { SettingsService } from './settings-service.ts'
import type { Site } from './tenancy.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const MINUTE_MS = 60 * 1000

/** Tries the backups of a tenant out, so that a restore is no first time. */
export class DrillService {
  readonly #host: Host
  readonly #engine: BackupEngine
  readonly #runs: RunService
  readonly #settings: SettingsService

  constructor(parts: { host: Host; engine: BackupEngine; runs: RunService; settings: SettingsService }) {
    this.#host = parts.host
    this.#engine = parts.engine
    this.#runs = parts.runs
    this.#settings = parts.settings
  }

  /** Begins after the runs in flight have ended. `actor` is null for the schedule. */
  drillNext(tenantId: string, actor: Actor | null, signal: AbortSignal): Promise<ActiveRun> {
    const trigger = actor === null ? 'scheduled' : 'manual'
    return this.#runs.startNext(tenantId, { kind: 'drill', trigger, actor }, signal, (site) =>
      this.#work(site),
    )
  }

  #work(site: Site): Work {
    return async (run, options) => {
      const { drill } = (await this.#settings.read(site)).settings
      const now = this.#host.clock.now()
      const { restored, proven, left } = await this.#engine.drill(
        {
          ...run,
          vault: site.vault,
          patient: true,
          dueBefore: new Date(now - drill.everyDays * DAY_MS).toISOString(),
          withinMs: drill.maxMinutes * MINUTE_MS,
        },
        options,
      )
      if (left > 0) this.#host.logger.info('Backups wait for the next drill', { ...site.scope, left })
      const names = new Set([...proven, ...restored])
      const { backups } = await this.#engine.inspect(site.vault)
      return backups.flatMap(({ backup }) => (names.has(backup.name) ? [backup] : []))
    }
  }
}
