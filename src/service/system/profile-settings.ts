import { randomUUID } from 'node:crypto'
import type { BackupEngine } from '../../engine/engine.ts'
import { BackupError } from '../../engine/errors.ts'
import type { RetentionRules } from '../../engine/retention.ts'
import type { Actor, Host } from '../../host/contract.ts'
import { addProfile, type ChangedProfiles, changeProfile } from '../../settings/change-profile.ts'
import { InvalidSettings } from '../../settings/field-problem.ts'
import type { Profile } from '../../settings/profiles.ts'
import { readProfiles } from '../../settings/read-settings.ts'
import { defaultTenantSettings, type TenantSettings } from '../../settings/tenant-settings.ts'
import type { AuditTrail } from '../audit-trail.ts'
import type { SettingsReader } from '../overview-service.ts'
import type { RunBoard } from '../run-board.ts'
import { isSameAutomatic, type SettingsNow, scheduleInForce } from '../settings-service.ts'
import { noSuchProfile, type ProfileSite, type ProfileSites } from './profile-sites.ts'
import { type ProfileTasks, profileTaskId } from './profile-tasks.ts'

export interface ProfileSettingsParts {
  readonly host: Pick<Host, 'tasks' | 'settings' | 'capabilities' | 'clock' | 'logger'>
  readonly engine: BackupEngine
  readonly profiles: ProfileSites
  readonly tasks: ProfileTasks
  readonly trail: AuditTrail
  readonly board: RunBoard
}

/**
 * The profiles in the operator settings, and what the host's tasks make of them. Operators may edit the file as well
 * as the page and the host's own page: what was changed last holds.
 */
export class ProfileSettings implements SettingsReader<ProfileSite> {
  readonly #parts: ProfileSettingsParts
  #last: Promise<unknown> = Promise.resolve()

  constructor(parts: ProfileSettingsParts) {
    this.#parts = parts
  }

  async read({ id, scope, profile }: ProfileSite): Promise<SettingsNow> {
    const { tasks, capabilities } = this.#parts.host
    const task = await tasks.read(profileTaskId(id), scope)
    const { automatic, retention } = profile
    const enabled = task?.active ?? false
    return {
      settings: asSettings({ enabled, schedule: task?.schedule ?? automatic.schedule }, retention),
      wanted: automatic.enabled,
      task,
      scheduleKnown: capabilities.configuresTasks || Boolean(task?.schedule),
      drillTask: null,
      broken: false,
      ...(capabilities.configuresTasks && { inFile: automatic }),
    }
  }

  async effective({ profile }: ProfileSite): Promise<{ readonly retention: RetentionRules }> {
    return { retention: profile.retention }
  }

  async consider(site: ProfileSite, change: unknown): Promise<TenantSettings> {
    const { settings } = await this.read(site)
    const current = { ...site.profile, automatic: settings.automatic }
    const { profile } = changeProfile([current], site.id, change)
    return asSettings(profile.automatic, profile.retention)
  }

  /** Registers the tasks of the profiles that there are, and brings each to what was chosen last. */
  async sync(): Promise<void> {
    const { profiles, broken } = await this.#parts.profiles.read()
    for (const { id, problem } of broken)
      this.#parts.host.logger.error('A profile can not be used', { profile: id, reason: problem.message })
    await this.#parts.tasks.sync(profiles)
  }

  /** Takes up an edited file: its profiles get their tasks, and this one's task says what was chosen last. */
  noteTask({ id }: Pick<ProfileSite, 'id'>): Promise<void> {
    // What was known before its turn may have been changed by the one before.
    return this.#inTurn(() => this.#bringTogether(id))
  }

  /**
   * The note beside the archives says what the host's task and the stored profile agreed on last, so what differs
   * from it is the newer choice. The file's goes before the host's.
   */
  async #bringTogether(id: string): Promise<void> {
    const { profiles, tasks, engine, host } = this.#parts
    const site = await profiles.site(id)
    tasks.register(site.profile)
    if (!host.capabilities.configuresTasks) return
    const { schedules } = await engine.inspect(site.vault)
    const agreed = schedules.at(-1)
    const { automatic } = site.profile
    if (!agreed || !isSameAutomatic(automatic, agreed)) return this.#handOver(site, automatic)
    const now = (await this.read(site)).settings.automatic
    if (isSameAutomatic(now, agreed)) return
    await this.#write((list) => changeProfile(list, id, { automatic: now }))
    await this.#note(await profiles.site(id))
  }

  /** Throws `InvalidSettings`, with fields named from the profile on. Profile and task are both changed, or neither. */
  save(id: string, change: unknown, actor: Actor): Promise<Profile> {
    return this.#change('backup.settings', id, actor, async () => {
      // Or what was edited in the file would be set back by a change of something else.
      await this.#bringTogether(id)
      const before = await this.#parts.profiles.site(id)
      const held = { automatic: (await this.read(before)).settings.automatic }
      const store = () => this.#write((list) => changeProfile(withHeld(list, id, held), id, change))
      return this.#storeAndHandOver(id, store, held.automatic)
    })
  }

  /** Leaves a folder out of a profile's archives from now on. */
  exclude(
    id: string,
    { source, path }: { readonly source: string; readonly path: string },
    actor: Actor,
  ): Promise<Profile> {
    const excluding = async () => {
      const { profile } = await this.#parts.profiles.site(id)
      const pattern = `${path.replaceAll(/[\\*?[\]{}()!+@]/g, '\\$&')}/**`
      const sources = profile.sources.map((one) =>
        one.id === source && one.kind === 'directory' && !one.exclude.includes(pattern)
          ? { ...one, exclude: [...one.exclude, pattern] }
          : one,
      )
      return this.#write((list) => changeProfile(list, id, { sources }))
    }
    return this.#change('backup.settings', id, actor, excluding)
  }

  /** The same as `save` for a profile that is new. */
  add(profile: unknown, actor: Actor): Promise<Profile> {
    const id = idOf(profile)
    return this.#change('backup.profile-add', id, actor, () =>
      this.#storeAndHandOver(id, () => this.#write((list) => addProfile(list, profile)), null),
    )
  }

  /** Takes a profile out of the settings; its archives stay where they are. Throws `busy` while one of its runs goes on. */
  async remove(id: string, actor: Actor): Promise<void> {
    await this.#change('backup.profile-remove', id, actor, async () => {
      if (this.#parts.board.active(id)) throw busy()
      const stored = (await this.#parts.profiles.stored()) ?? {}
      const list = listIn(stored)
      if (!list.some((one) => idOf(one) === id)) throw noSuchProfile()
      await this.#parts.host.settings.write(
        { system: true },
        { ...(stored as object), profiles: list.filter((one) => idOf(one) !== id) },
      )
    })
    // Not in turn: a run that is cut off by it may itself be waiting for its turn.
    await this.sync()
  }

  async #storeAndHandOver(
    id: string,
    store: () => Promise<Profile>,
    before: Profile['automatic'] | null,
  ): Promise<Profile> {
    const { host, profiles } = this.#parts
    const stored = await profiles.stored()
    const profile = await store()
    try {
      if (!host.capabilities.configuresTasks && profile.automatic.enabled)
        throw new InvalidSettings([{ field: 'automatic.enabled', problem: 'set-by-host' }])
      await this.sync()
      const site = await profiles.site(id)
      if (host.capabilities.configuresTasks) await this.#handOver(site, profile.automatic)
      return profile
    } catch (error) {
      // What failed first says more than that it could not be taken back.
      await host.settings.write({ system: true }, (stored ?? {}) as object).catch(() => {})
      if (before) await this.#configure(id, before).catch(() => {})
      await this.sync().catch(() => {})
      throw error
    }
  }

  async #handOver(site: ProfileSite, automatic: Profile['automatic']): Promise<void> {
    await this.#configure(site.id, automatic)
    await this.#note(site)
  }

  async #configure(id: string, { enabled: active, schedule }: Profile['automatic']): Promise<void> {
    await this.#parts.host.tasks.configure(profileTaskId(id), { system: true }, { active, schedule })
  }

  async #write(change: (list: readonly unknown[]) => ChangedProfiles): Promise<Profile> {
    const stored = (await this.#parts.profiles.stored()) ?? {}
    const { list, profile } = change(listIn(stored))
    await this.#parts.host.settings.write({ system: true }, { ...(stored as object), profiles: list })
    return profile
  }

  /** Only the strip of days and the next comparison need it: it keeps nothing from being saved. */
  async #note(site: ProfileSite): Promise<void> {
    const { host, engine } = this.#parts
    try {
      const now = await this.read(site)
      const { schedule } = now.settings.automatic
      const at = new Date(host.clock.now()).toISOString()
      const enabled = scheduleInForce(now) !== null
      await engine.noteSchedule(site.vault, { at, enabled, schedule })
    } catch (error) {
      host.logger.warn('The schedule could not be noted beside the archives', { reason: String(error) })
    }
  }

  /** One change after the other: each reads what is stored, and writes all of it again. */
  #change<T>(action: string, target: string, actor: Actor, work: () => Promise<T>): Promise<T> {
    const event = { id: randomUUID(), actor, action, target }
    const place = this.#parts.profiles.nowhere(target)
    return this.#inTurn(async () => {
      const done = await this.#parts.trail.attempt(place, event, work)
      // The settings hold references to secrets and no secret.
      const details = { ...(done as object | undefined) }
      await this.#parts.trail.record(place, { ...event, outcome: 'success', details })
      return done
    })
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work)
    this.#last = turn.catch(() => {})
    return turn
  }
}

function asSettings(automatic: Profile['automatic'], retention: RetentionRules): TenantSettings {
  return { automatic, retention, drill: defaultTenantSettings.drill }
}

/** What the host really has, so that a change of something else doesn't set it back. */
function withHeld(
  list: readonly unknown[],
  id: string,
  held: Pick<Profile, 'automatic'>,
): readonly unknown[] {
  return list.map((one) => (idOf(one) === id ? { ...(one as object), ...held } : one))
}

function listIn(stored: unknown): readonly unknown[] {
  const { profiles } = stored as { profiles?: unknown }
  if (profiles !== undefined && !Array.isArray(profiles)) {
    const [broken] = readProfiles(stored).broken
    throw broken?.problem ?? noSuchProfile()
  }
  return profiles ?? []
}

const idOf = (profile: unknown): string =>
  String((profile as { id?: unknown } | null | undefined)?.id ?? '').slice(0, 100)

function busy(): BackupError {
  return new BackupError('busy', 'A run of this profile is in progress.', {
    hint: 'Wait for its end or cancel it.',
  })
}
