import { isAbsolute, join, normalize, resolve, sep } from 'node:path'
import type { Tenant, TenantDatabase, Tenants, Undo } from 'automate-plugin-backup/host'
import type { NodeConfig, Red } from '../red.ts'
import { FlowMap } from './flow-map.ts'

export const tenantType = 'backup-tenant'

/** A tenant, or why a config node is none. */
export type TenantReading = { readonly tenant: Tenant } | { readonly problem: string }

/** The tenants: one for every config node of the type `backup-tenant`, as deployed now. */
export class TenantDirectory implements Tenants {
  readonly #red: Red
  readonly #userDir: string
  readonly #serverZone: string
  /** Config as Node-RED evaluated it, with the environment put in. */
  readonly #evaluated = new Map<string, NodeConfig>()
  readonly #watchers = new Set<(id: string) => void>()
  readonly #known = new Set<string>()

  constructor(red: Red, options: { readonly userDir: string; readonly serverZone: string }) {
    this.#red = red
    this.#userDir = options.userDir
    this.#serverZone = options.serverZone
  }

  async list(): Promise<readonly Tenant[]> {
    return this.all()
  }

  async get(id: string): Promise<Tenant | null> {
    return this.find(id)
  }

  watch(appeared: (id: string) => void): Undo {
    this.#watchers.add(appeared)
    return () => void this.#watchers.delete(appeared)
  }

  all(): readonly Tenant[] {
    return [...this.readings().values()].flatMap((reading) => ('tenant' in reading ? [reading.tenant] : []))
  }

  find(id: string): Tenant | null {
    return this.all().find((tenant) => tenant.id === id) ?? null
  }

  /** Every enabled config node by its id. Of two whose roots overlap the one that was drawn first is a tenant. */
  readings(): ReadonlyMap<string, TenantReading> {
    const flows = new FlowMap(this.#red)
    const readings = new Map<string, TenantReading>()
    for (const config of flows.ofType(tenantType).filter((node) => flows.isEnabled(node))) {
      const reading = this.#read(config)
      const tenants = [...readings.values()].flatMap((one) => ('tenant' in one ? [one.tenant] : []))
      const inTheWay =
        'tenant' in reading ? tenants.find(({ root }) => overlap(root, reading.tenant.root)) : undefined
      readings.set(
        config.id,
        inTheWay ? { problem: `its folder overlaps that of ${inTheWay.displayName}` } : reading,
      )
    }
    return readings
  }

  /** Node-RED has put the environment into a config node's properties and started it. */
  evaluated(config: NodeConfig): void {
    this.#evaluated.set(config.id, config)
  }

  /** Tells the watchers of tenants that were not there before, and forgets those that are gone. */
  announce(): void {
    const ids = new Set(this.all().map(({ id }) => id))
    const fresh = [...ids].filter((id) => !this.#known.has(id))
    this.#known.clear()
    for (const id of ids) this.#known.add(id)
    for (const id of fresh) for (const tell of this.#watchers) tell(id)
  }

  #read(deployed: NodeConfig): TenantReading {
    const config = JSON.stringify(deployed).includes('${')
      ? (this.#evaluated.get(deployed.id) ?? deployed)
      : deployed
    const folder = text(config.root)
    if (folder === '' || folder.includes('\0')) return { problem: 'it has no folder' }
    const root = resolve(this.#userDir, folder)
    const databases = databasesOf(config.databases, root)
    if (typeof databases === 'string') return { problem: databases }
    const timeZone = text(config.timeZone) || this.#serverZone
    if (!isZone(timeZone)) return { problem: `there is no time zone ${timeZone}` }
    const displayName = text(config.name) || root.split(sep).at(-1) || config.id
    return { tenant: { id: config.id, displayName, root, databases, timeZone, language: this.#language() } }
  }

  #language(): string {
    return this.#red.settings.lang ?? 'en'
  }
}

/** The databases, or what is wrong with them. */
function databasesOf(value: unknown, root: string): readonly TenantDatabase[] | string {
  if (!Array.isArray(value) || value.length === 0) return 'it names no database'
  const databases: TenantDatabase[] = []
  for (const one of value as readonly { readonly name?: unknown; readonly path?: unknown }[]) {
    const [name, path] = [text(one?.name), normalize(text(one?.path))]
    if (name === '' || text(one?.path) === '') return 'a database has no name or no path'
    if (isAbsolute(path) || path === '..' || path.startsWith(`..${sep}`) || path.includes('\0'))
      return `the database ${name} does not lie below its folder`
    if (databases.some((other) => other.name === name)) return `two databases are called ${name}`
    databases.push({ name, path: join(root, path) })
  }
  return databases
}

function overlap(one: string, other: string): boolean {
  const [a, b] = [one.replace(/\/*$/, sep), other.replace(/\/*$/, sep)]
  return a.startsWith(b) || b.startsWith(a)
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.trim() : ''
}

function isZone(timeZone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone }))
  } catch {
    return false
  }
}
