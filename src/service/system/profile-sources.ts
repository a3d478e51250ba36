import type { ArchiveContent, NamedSource } from '../../engine/archiving.ts'
import type { Host } from '../../host/contract.ts'
import type { Connections } from '../../settings/connections.ts'
import type { ProfileSource } from '../../settings/profiles.ts'
import type { Tenancy } from '../tenancy.ts'
import type { ProfileSite, ProfileSites } from './profile-sites.ts'

/** What of a profile's sources a run is about. */
export type Wanted = { readonly content: ArchiveContent } | { readonly ids: readonly string[] }

/** Turns what a profile names into what the engine takes, at the moment when it is taken. */
export class ProfileSources {
  readonly #host: Pick<Host, 'tenants'>
  readonly #tenancy: Tenancy
  readonly #profiles: ProfileSites
  readonly #connections: Connections

  constructor(parts: {
    host: Pick<Host, 'tenants'>
    tenancy: Tenancy
    profiles: ProfileSites
    connections: Connections
  }) {
    this.#host = parts.host
    this.#tenancy = parts.tenancy
    this.#profiles = parts.profiles
    this.#connections = parts.connections
  }

  /** Only those that are wanted: a connection that nobody needs now may be missing. Throws `connection-missing`. */
  async of({ profile }: ProfileSite, wanted: Wanted): Promise<readonly NamedSource[]> {
    const chosen = profile.sources.filter((source) => isWanted(source, wanted))
    const kept = chosen.some(({ kind }) => kind === 'directory') ? await this.#backupFolders() : []
    return chosen.map((source) => this.#named(source, kept))
  }

  /** The error without any secret in it. */
  concealed(error: unknown): unknown {
    return this.#connections.concealed(error)
  }

  #named(source: ProfileSource, backupFolders: readonly string[]): NamedSource {
    if (source.kind === 'directory') return { ...source, alwaysExclude: backupFolders }
    if (source.kind === 'sqlite') return source
    return { ...source, connection: this.#connections.resolve(source.connection) }
  }

  /** Every folder in which backups lie: they would make each archive larger than the one before. */
  async #backupFolders(): Promise<readonly string[]> {
    const tenants = await this.#host.tenants.list()
    const sites = await Promise.all(tenants.map(({ id }) => this.#tenancy.site(id)))
    const { profiles } = await this.#profiles.read()
    return [
      ...new Set([
        ...sites.map(({ vault }) => vault.folder),
        ...profiles.map((profile) => this.#profiles.folderOf(profile)),
      ]),
    ]
  }
}

function isWanted({ id, kind }: ProfileSource, wanted: Wanted): boolean {
  if ('ids' in wanted) return wanted.ids.includes(id)
  if (wanted.content === 'everything') return true
  return (wanted.content === 'files') === (kind === 'directory')
}
