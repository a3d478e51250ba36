import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { BrokenProfile } from '../../settings/read-settings.ts'
import type { Overview, OverviewService } from '../overview-service.ts'
import type { ProfileSite, ProfileSites } from './profile-sites.ts'
import type { TenantStanding, TenantsBoard } from './tenants-board.ts'

/** What operators see at a glance: every profile, and how all tenants stand. */
export interface SystemOverview {
  readonly profiles: readonly Overview<ProfileSite>[]
  readonly broken: readonly BrokenProfile[]
  readonly tenants: readonly TenantStanding[]
}

export class SystemOverviews {
  readonly #profiles: ProfileSites
  readonly #overviews: OverviewService<ProfileSite>
  readonly #board: TenantsBoard

  constructor(parts: {
    profiles: ProfileSites
    overviews: OverviewService<ProfileSite>
    board: TenantsBoard
  }) {
    this.#profiles = parts.profiles
    this.#overviews = parts.overviews
    this.#board = parts.board
  }

  async overview(): Promise<SystemOverview> {
    const { profiles, broken } = await this.#profiles.read()
    const [overviews, tenants] = await Promise.all([
      Promise.all(profiles.map(({ id }) => this.of(id))),
      this.#board.standings(),
    ])
    return { profiles: overviews, broken, tenants }
  }

  /** Throws `not-found`. */
  async of(profileId: string): Promise<Overview<ProfileSite>> {
    const site = await this.#profiles.site(profileId)
    const overview = await this.#overviews.overview(profileId)
    const { health, storage, backups } = overview
    const last = backups.find(({ trigger }) => trigger !== 'imported')?.sizeBytes ?? 0
    return {
      ...overview,
      // What the next one needs is known only once its sources were measured; the last one is a fair idea.
      storage: { ...storage, neededBytes: last },
      health: health.filter(({ code }) => code !== 'same-disk' || isOnOneDisk(site)),
    }
  }
}

/** Whether the archives lie on the disk of something that they are archives of. Only asks for the numbers of disks. */
function isOnOneDisk({ vault, profile }: ProfileSite): boolean {
  const own = diskOf(vault.folder)
  return profile.sources.some((source) => source.kind !== 'mssql' && diskOf(source.path) === own)
}

/** Of the nearest folder that can be looked at. */
function diskOf(path: string): number {
  try {
    return statSync(path).dev
  } catch {
    return path === '/' ? 0 : diskOf(dirname(path))
  }
}
