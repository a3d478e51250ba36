import { join } from 'node:path'
import { archiveVault } from '../../engine/archiving.ts'
import { BackupError } from '../../engine/errors.ts'
import type { Host } from '../../host/contract.ts'
import type { Profile } from '../../settings/profiles.ts'
import { type ReadProfiles, readProfiles, readTenancySettings } from '../../settings/read-settings.ts'
import type { Nowhere, Sites, VaultSite } from '../vault-site.ts'

/** Below the host's data folder: where archives lie whose profile names no other place. */
export const defaultFolderName = 'system-backups'

/** A profile with the place of its archives. */
export interface ProfileSite extends VaultSite {
  readonly profile: Profile
  /** Whether operators allow restoring from pages. */
  readonly restoreFromPage: boolean
  /** Most bytes of one uploaded file. */
  readonly maxUploadBytes: number | null
}

export type ProfileHost = Pick<Host, 'settings' | 'logger' | 'dataFolder' | 'timeZone'>

/** The one place where a profile's id becomes paths. */
export class ProfileSites implements Sites<ProfileSite> {
  readonly #host: ProfileHost

  constructor(host: ProfileHost) {
    this.#host = host
  }

  /** Profiles in the order of the settings. A store that can't be read counts as broken. */
  async read(): Promise<ReadProfiles> {
    return readProfiles(await this.stored())
  }

  /** The operator settings as they lie in the store. Throws `operator-settings-broken`. */
  async stored(): Promise<unknown> {
    try {
      return await this.#host.settings.read({ system: true })
    } catch (error) {
      this.#host.logger.error('The settings of the operator are broken', { reason: String(error) })
      throw new BackupError('operator-settings-broken', 'The settings of the operator can not be read.', {
        hint: "The host's log has the reason.",
        details: { reason: 'not readable' },
      })
    }
  }

  async ids(): Promise<readonly string[]> {
    return (await this.read()).profiles.map(({ id }) => id)
  }

  async site(id: string): Promise<ProfileSite> {
    const stored = await this.stored()
    const { profiles, broken } = readProfiles(stored)
    const profile = profiles.find((one) => one.id === id)
    if (profile) return this.#siteOf(profile, stored)
    const why = broken.find((one) => one.id === id)
    throw why ? unusable(id, String(why.problem.details.fields)) : noSuchProfile()
  }

  nowhere(id: string): Nowhere {
    return { id, scope: { system: true } }
  }

  /** Where a profile's archives lie, whether or not there is anything yet. */
  folderOf({ id, folder }: Profile): string {
    if (folder !== null) return folder
    const { dataFolder } = this.#host
    if (dataFolder === undefined) throw unusable(id, `profiles.${id}.folder`)
    return join(dataFolder, defaultFolderName, id)
  }

  #siteOf(profile: Profile, stored: unknown): ProfileSite {
    const vault = archiveVault(this.folderOf(profile))
    // Folders are made below the root. None is made above one that an operator has named: its disk may not be mounted.
    const root = profile.folder === null ? (this.#host.dataFolder ?? vault.root) : vault.root
    const { restoreFromPage, maxUploadBytes } = readTenancySettings(stored)
    return {
      id: profile.id,
      scope: { system: true },
      vault: { ...vault, root },
      timeZone: this.#host.timeZone ?? 'UTC',
      subjects: [profile.id],
      profile,
      restoreFromPage,
      maxUploadBytes,
    }
  }
}

export function noSuchProfile(): BackupError {
  return new BackupError('not-found', 'There is no such profile.', {
    hint: 'It may have been removed meanwhile; load the page again.',
  })
}

function unusable(id: string, reason: string): BackupError {
  return new BackupError('operator-settings-broken', `The profile ${id} can't be used: ${reason}.`, {
    hint: 'Correct it in the settings of the operator.',
    details: { reason },
  })
}
