import type { Vault } from '../engine/engine.ts'
import type { Scope } from '../host/contract.ts'

/** A place where backups are kept: one tenant's, or those of one profile of the system. */
export interface VaultSite {
  /** Of the tenant or the profile. */
  readonly id: string
  readonly scope: Scope
  readonly vault: Vault
  /** IANA name: in which days begin, and schedules are meant. */
  readonly timeZone: string
  /** What the backups are of. Only when each has a proven one there was a success. */
  readonly subjects: readonly string[]
}

/** A place of which it isn't known, or not yet, where its backups lie. */
export type Nowhere = Pick<VaultSite, 'id' | 'scope'>

/** All places of one kind, by id. */
export interface Sites<S extends VaultSite = VaultSite> {
  /** Throws `not-found`, or `operator-settings-broken` while nobody knows where the backups lie. */
  site(id: string): Promise<S>
  nowhere(id: string): Nowhere
}
