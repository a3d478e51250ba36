import type { Host, TaskType, Undo } from '../../host/contract.ts'
import type { Profile } from '../../settings/profiles.ts'

/** The task type of one profile at the host; part of the plugin's promises. */
export const profileTaskId = (profileId: string): string => `system-backup:${profileId}`

/** Keeps the host's task types and the profiles alike. */
export class ProfileTasks {
  readonly #host: Pick<Host, 'tasks' | 'logger'>
  readonly #makeTask: (profile: Profile) => TaskType
  readonly #registered = new Map<string, Undo>()
  #ended = false

  constructor(host: Pick<Host, 'tasks' | 'logger'>, makeTask: (profile: Profile) => TaskType) {
    this.#host = host
    this.#makeTask = makeTask
  }

  /** Registers what is new and takes back what is gone. A run of one that is gone is cancelled. */
  async sync(profiles: readonly Profile[]): Promise<void> {
    const wanted = new Set(profiles.map(({ id }) => id))
    for (const profile of profiles) this.register(profile)
    await Promise.all(
      [...this.#registered.keys()].filter((id) => !wanted.has(id)).map((id) => this.#takeBack(id)),
    )
  }

  /** For good: nothing is registered afterwards. */
  async takeAllBack(): Promise<void> {
    this.#ended = true
    await this.sync([])
  }

  /** Unless it is registered. A host that does not take it keeps no other profile from being scheduled. */
  register(profile: Profile): void {
    if (this.#ended || this.#registered.has(profile.id)) return
    try {
      this.#registered.set(profile.id, this.#host.tasks.register(this.#makeTask(profile)))
    } catch (error) {
      this.#host.logger.error('The task of a system backup could not be registered', {
        profile: profile.id,
        reason: String(error),
      })
    }
  }

  async #takeBack(id: string): Promise<void> {
    const undo = this.#registered.get(id)
    this.#registered.delete(id)
    await undo?.()
  }
}
