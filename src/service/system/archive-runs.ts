import type { ArchiveContent, ArchiveEngine, MeasuredSource } from '../../engine/archiving.ts'
import type { Trigger } from '../../engine/backup.ts'
import type { BackupEngine } from '../../engine/engine.ts'
import { BackupError } from '../../engine/errors.ts'
import type { Actor, Host } from '../../host/contract.ts'
import type { ActiveRun } from '../active-run.ts'
import type { AuditTrail } from '../audit-trail.ts'
import { notFound } from '../not-found.ts'
import type { RunStarter, Work } from '../run-starter.ts'
import type { ProfileSettings } from './profile-settings.ts'
import type { ProfileSite, ProfileSites } from './profile-sites.ts'
import type { ProfileSources } from './profile-sources.ts'

/** Somebody looks at what takes the most space: later it is no use. */
const MEASURE_DEADLINE_MS = 120_000

export interface ArchiveOrder {
  readonly trigger: Trigger
  /** Null for the schedule. */
  readonly actor: Actor | null
  readonly note: string | null
  /** Null for what the profile says. */
  readonly content: ArchiveContent | null
}

export interface ArchiveRunsParts {
  readonly host: Pick<Host, 'version' | 'logger' | 'signal'>
  readonly engine: BackupEngine
  readonly archives: ArchiveEngine
  readonly profiles: ProfileSites
  readonly sources: ProfileSources
  readonly settings: ProfileSettings
  readonly trail: AuditTrail
  readonly starter: RunStarter<ProfileSite>
}

/** The runs that make and prove the archives of profiles. */
export class ArchiveRuns {
  readonly #parts: ArchiveRunsParts

  constructor(parts: ArchiveRunsParts) {
    this.#parts = parts
  }

  /** Throws `busy`, `not-found`, and `invalid-request` for a content of which the profile has nothing. */
  create(profileId: string, order: ArchiveOrder): Promise<ActiveRun> {
    const { trigger, actor } = order
    const start = { kind: 'create', trigger, target: profileId, actor } as const
    this.#takeUpFile()
    return this.#parts.starter.start(profileId, start, async (site) => {
      expectContent(site, contentOf(site, order))
      return this.#making(site, order)
    })
  }

  /** The same, after the runs in flight have ended. Rejects with the signal's reason when it aborts before. */
  createNext(profileId: string, order: ArchiveOrder, signal: AbortSignal): Promise<ActiveRun> {
    const { trigger, actor } = order
    this.#takeUpFile()
    return this.#parts.starter.startNext(profileId, { kind: 'create', trigger, actor }, signal, (site) =>
      this.#making(site, order),
    )
  }

  /** Begins to prove one archive again. Throws `not-found` or `busy`. */
  verify(profileId: string, name: string, actor: Actor): Promise<ActiveRun> {
    const { engine, archives } = this.#parts
    const start = { kind: 'verify', trigger: 'manual', target: name, actor } as const
    return this.#parts.starter.start(profileId, start, async ({ vault }) => {
      const { backups } = await engine.inspect(vault)
      if (!backups.some(({ backup }) => backup.name === name)) throw notFound(name)
      return async (request, options) => [await archives.verify({ ...request, vault, name }, options)]
    })
  }

  cancel(profileId: string, runId: string, actor: Actor): ActiveRun {
    return this.#parts.starter.cancel(profileId, runId, actor)
  }

  /** How much each source has, and what of it takes the most space. Rejects where one could not be taken. */
  async measure(profileId: string, signal: AbortSignal): Promise<readonly MeasuredSource[]> {
    const { profiles, sources, archives, host } = this.#parts
    const site = await profiles.site(profileId)
    try {
      return await archives.measure(await sources.of(site, { content: 'everything' }), {
        signal: AbortSignal.any([signal, host.signal, AbortSignal.timeout(MEASURE_DEADLINE_MS)]),
      })
    } catch (error) {
      throw sources.concealed(error)
    }
  }

  /**
   * The other profiles of a file that was edited. Nobody waits for it: the task of one that is gone is taken back, which
   * waits for that one's run, and that may be this one.
   */
  #takeUpFile(): void {
    const { settings, host } = this.#parts
    settings.sync().catch((error: unknown) => {
      host.logger.error('The profiles could not be registered', { reason: String(error) })
    })
  }

  /** What keeps file and task from being brought together keeps no archive from being made. */
  async #noteTask(site: ProfileSite): Promise<void> {
    const { settings, host } = this.#parts
    await settings.noteTask(site).catch((error: unknown) => {
      host.logger.warn('Profile and task differ', { profile: site.id, reason: String(error) })
    })
  }

  #making(site: ProfileSite, order: ArchiveOrder): Work {
    const { host, archives, sources, trail } = this.#parts
    return async (request, options) => {
      await this.#noteTask(site)
      const content = contentOf(site, order)
      try {
        const made = await archives.create(
          {
            ...request,
            vault: site.vault,
            profileId: site.id,
            sources: await sources.of(site, { content }),
            content,
            nameTemplate: site.profile.name,
            timeZone: site.timeZone,
            patient: order.trigger !== 'manual',
            note: order.note,
            appVersion: host.version,
            retention: site.profile.retention,
            // The operator's limits are about tenants.
            maxBytes: null,
          },
          options,
        )
        for (const { message } of made.warnings)
          host.logger.warn(message, { profile: site.id, run: request.runId })
        await trail.removals(site, request, made.removed)
        return [made.backup]
      } catch (error) {
        throw sources.concealed(error)
      }
    }
  }
}

const contentOf = ({ profile }: ProfileSite, { content }: ArchiveOrder) => content ?? profile.content

/** Throws `invalid-request` where nothing would go into the archive. */
function expectContent({ profile }: ProfileSite, content: ArchiveContent): void {
  const isFiles = (kind: string) => kind === 'directory'
  const some = profile.sources.some(
    ({ kind }) => content === 'everything' || isFiles(kind) === (content === 'files'),
  )
  if (some) return
  throw new BackupError('invalid-request', `The profile ${profile.id} has no ${content}.`, {
    hint: 'Choose everything, or add a source to the profile.',
    details: { field: 'content' },
  })
}
