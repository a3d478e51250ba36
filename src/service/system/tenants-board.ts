import type { Host } from '../../host/contract.ts'
import type { HealthFinding } from '../health.ts'
import type { OverviewService } from '../overview-service.ts'

/** Tenants that are looked at together: enough to keep both workers busy. */
const AT_ONCE = 8

/** One tenant on the operators' board. */
export interface TenantStanding {
  readonly id: string
  readonly name: string
  readonly timeZone: string
  /** Of the database that was proven the longest ago; null when one has none. */
  readonly lastProvenAt: string | null
  /** `unknown`: it could not be looked at. */
  readonly state: 'good' | 'overdue' | 'never' | 'unknown'
  /** Why it isn't good, the gravest first; empty otherwise. */
  readonly findings: readonly HealthFinding[]
  /** What kept it from being looked at. */
  readonly error: unknown
}

/** How all tenants stand. */
export class TenantsBoard {
  readonly #host: Pick<Host, 'tenants'>
  readonly #overviews: OverviewService

  constructor(parts: { host: Pick<Host, 'tenants'>; overviews: OverviewService }) {
    this.#host = parts.host
    this.#overviews = parts.overviews
  }

  /** Worst first: what nobody knows, what was never made, what is overdue, then by age. */
  async standings(): Promise<readonly TenantStanding[]> {
    const tenants = [...(await this.#host.tenants.list())]
    const standings: TenantStanding[] = []
    const next = async (): Promise<void> => {
      for (let one = tenants.shift(); one; one = tenants.shift()) standings.push(await this.#look(one))
    }
    await Promise.all(Array.from({ length: AT_ONCE }, next))
    return standings.sort(worstFirst)
  }

  async #look({
    id,
    displayName: name,
    timeZone,
  }: {
    readonly id: string
    readonly displayName: string
    readonly timeZone: string
  }): Promise<TenantStanding> {
    const who = { id, name, timeZone }
    try {
      const { automatic, health } = await this.#overviews.overview(id)
      const lastProvenAt = automatic.lastSuccessAt
      const errors = health.filter(({ severity }) => severity === 'error')
      const overdue = health.some(({ code }) => code === 'overdue')
      const state = lastProvenAt === null ? 'never' : overdue || errors.length > 0 ? 'overdue' : 'good'
      const findings =
        state === 'good' ? [] : [...errors, ...health.filter(({ code }) => code === 'never-run')]
      return { ...who, lastProvenAt, state, findings, error: null }
    } catch (error) {
      return { ...who, lastProvenAt: null, state: 'unknown', findings: [], error }
    }
  }
}

const order = { unknown: 0, never: 1, overdue: 2, good: 3 } as const

function worstFirst(one: TenantStanding, other: TenantStanding): number {
  return (
    order[one.state] - order[other.state] ||
    (one.lastProvenAt ?? '').localeCompare(other.lastProvenAt ?? '') ||
    one.id.localeCompare(other.id)
  )
}
