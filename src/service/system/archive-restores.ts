import type { ArchiveContents, ArchiveEngine, NamedSource, RestoreOrder } from '../../engine/archiving.ts'
import type { Backup } from '../../engine/backup.ts'
import type { BackupEngine } from '../../engine/engine.ts'
import { BackupError } from '../../engine/errors.ts'
import { compareVersions } from '../../engine/version-match.ts'
import type { Actor, Host } from '../../host/contract.ts'
import type { ActiveRun } from '../active-run.ts'
import { notFound } from '../not-found.ts'
import type { RunStarter, Work } from '../run-starter.ts'
import type { ProfileSite, ProfileSites } from './profile-sites.ts'
import type { ProfileSources } from './profile-sources.ts'

/** Somebody looks at it: it is no use later. */
const LOOK_DEADLINE_MS = 60_000

/** What is in an archive, and where each source would go. */
export interface ArchivePlan {
  readonly site: ProfileSite
  readonly backup: Backup
  readonly contents: ArchiveContents
  readonly sources: readonly PlannedSource[]
  /** Another version of the application than the running one made it. */
  readonly otherVersion: boolean
  readonly allowed: boolean
}

export type PlannedSource = ArchiveContents['manifest']['sources'][number] & {
  /** The profile still has it, so that its exclusions and its connection are known. */
  readonly known: boolean
}

export interface ArchiveRestoreOrder {
  readonly name: string
  /** What was typed: the profile's id, exactly. */
  readonly confirm: string
  readonly sources: readonly { readonly id: string; readonly to: string | null }[]
  readonly mirror: boolean
  readonly anyVersion: boolean
  /** A database server's database is replaced: said apart from everything else. */
  readonly replaceDatabases: boolean
  /** The archive came from elsewhere, and whoever restores it knows that. */
  readonly acceptImported: boolean
  /** Goes on where it can't be seen whether some process has a database open. One in use is refused always. */
  readonly acceptUnseen: boolean
}

/** Puts back what archives hold. */
export class ArchiveRestores {
  readonly #parts: {
    readonly host: Pick<Host, 'version' | 'signal'>
    readonly engine: BackupEngine
    readonly archives: ArchiveEngine
    readonly profiles: ProfileSites
    readonly sources: ProfileSources
    readonly starter: RunStarter<ProfileSite>
  }

  constructor(parts: {
    host: Pick<Host, 'version' | 'signal'>
    engine: BackupEngine
    archives: ArchiveEngine
    profiles: ProfileSites
    sources: ProfileSources
    starter: RunStarter<ProfileSite>
  }) {
    this.#parts = parts
  }

  /** Changes nothing. Throws `not-found`, `proof-failed`, `newer-format`. */
  async plan(profileId: string, name: string, signal: AbortSignal): Promise<ArchivePlan> {
    const { profiles, host } = this.#parts
    const site = await profiles.site(profileId)
    const backup = await this.#find(site, name)
    const contents = await this.#look(site, name, signal)
    const { appVersion } = contents.manifest
    const known = new Set(site.profile.sources.map(({ id, kind }) => `${kind} ${id}`))
    return {
      site,
      backup,
      contents,
      sources: contents.manifest.sources.map((source) => ({
        ...source,
        known: known.has(`${source.kind} ${source.id}`),
      })),
      otherVersion: appVersion !== null && compareVersions(appVersion, host.version) !== 0,
      allowed: site.restoreFromPage,
    }
  }

  /**
   * Begins to put chosen sources back. Throws `restore-not-allowed`, `wrong-confirmation`, `invalid-request`,
   * `not-found`, `other-version`, `busy`.
   */
  restore(profileId: string, order: ArchiveRestoreOrder, actor: Actor): Promise<ActiveRun> {
    const start = { kind: 'restore', trigger: 'manual', target: order.name, actor } as const
    return this.#parts.starter.start(profileId, start, async (site) => {
      const backup = await this.#find(site, order.name)
      if (!site.restoreFromPage) throw notAllowed()
      if (order.confirm !== site.id) throw wrongConfirmation(site.id)
      if (backup.trigger === 'imported') expectTrust(site, order)
      await this.#expectSensible(site, order)
      return this.#putting(site, backup, order)
    })
  }

  async #expectSensible(site: ProfileSite, order: ArchiveRestoreOrder): Promise<void> {
    const { signal } = this.#parts.host
    const { manifest } = await this.#look(site, order.name, signal)
    if (order.sources.length === 0) throw refused('Nothing was chosen to be restored.', 'sources')
    for (const { id, to } of order.sources) {
      const source = manifest.sources.find((one) => one.id === id)
      if (!source) throw refused(`The archive has no source "${id}".`, 'sources')
      if (source.kind !== 'mssql' && to !== null && !to.startsWith('/'))
        throw refused(`"${id}" needs a whole path, from / on, to go elsewhere.`, `to.${id}`)
      if (source.kind === 'mssql' && !order.replaceDatabases)
        throw refused(
          `Restoring "${id}" replaces a database of the server and disconnects everybody: confirm that, too.`,
          'replaceDatabases',
        )
    }
    const { appVersion: archived } = manifest
    const { version } = this.#parts.host
    if (!order.anyVersion && archived !== null && compareVersions(archived, version) !== 0)
      throw otherVersion(order.name, archived, version)
  }

  #putting(site: ProfileSite, backup: Backup, order: ArchiveRestoreOrder): Work {
    const { archives, sources, host } = this.#parts
    return async (request, options) => {
      try {
        const ids = order.sources.map(({ id }) => id)
        const configs = await sources.of(site, { ids })
        await archives.restore(
          {
            ...request,
            vault: site.vault,
            from: { listed: order.name },
            sources: order.sources.map((one) => orderOf(one, configs)),
            mirror: order.mirror,
            appVersion: host.version,
            anyVersion: order.anyVersion,
            acceptUnseen: order.acceptUnseen,
          },
          options,
        )
        return [backup]
      } catch (error) {
        throw sources.concealed(error)
      }
    }
  }

  async #find({ vault }: ProfileSite, name: string): Promise<Backup> {
    const { backups } = await this.#parts.engine.inspect(vault)
    const found = backups.find(({ backup }) => backup.name === name)
    if (!found) throw notFound(name)
    return found.backup
  }

  #look({ vault }: ProfileSite, name: string, signal: AbortSignal): Promise<ArchiveContents> {
    const signals = [signal, this.#parts.host.signal, AbortSignal.timeout(LOOK_DEADLINE_MS)]
    return this.#parts.archives.look(vault, { listed: name }, { signal: AbortSignal.any(signals) })
  }
}

/** What came from elsewhere is believed only when somebody says so, and never in where it wants to be put. */
function expectTrust({ profile }: ProfileSite, { acceptImported, sources }: ArchiveRestoreOrder): void {
  if (!acceptImported)
    throw refused('The archive came from elsewhere: confirm that you know it, too.', 'acceptImported')
  const known = new Set(profile.sources.map(({ id }) => id))
  const lost = sources.find(({ id, to }) => to === null && !known.has(id))
  if (lost)
    throw refused(
      `The profile has no source "${lost.id}", and an archive from elsewhere doesn't say where files go: name a place.`,
      `to.${lost.id}`,
    )
}

function orderOf(
  { id, to }: ArchiveRestoreOrder['sources'][number],
  configs: readonly NamedSource[],
): RestoreOrder {
  return { id, to, config: configs.find((config) => config.id === id) ?? null }
}

function refused(message: string, field: string): BackupError {
  return new BackupError('invalid-request', message, { hint: 'Nothing was changed.', details: { field } })
}

function notAllowed(): BackupError {
  return new BackupError('restore-not-allowed', 'Restoring from pages is switched off.', {
    hint: 'Use the command that the restore page shows, or switch "restoreFromPage" on in the operator settings.',
  })
}

function wrongConfirmation(expected: string): BackupError {
  return new BackupError('wrong-confirmation', `Type exactly "${expected}" to confirm.`, {
    hint: 'Nothing was changed.',
    details: { expected },
  })
}

function otherVersion(name: string, backup: string, running: string): BackupError {
  return new BackupError(
    'other-version',
    `The archive ${name} is of version ${backup} of the application, but version ${running} is running`,
    {
      hint: 'Install that version first, take another archive, or say that any version will do.',
      details: { name, backup, running },
    },
  )
}
