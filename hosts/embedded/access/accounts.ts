import type { Logger } from 'automate-plugin-backup/host'
import type { Environment } from '../config/first-start.ts'
import type { Role, UserEntry } from '../config/host-file-schema.ts'
import { hashPassword, hashPattern, matchesPassword } from './passwords.ts'

export interface Account {
  readonly name: string
  readonly role: Role
  /** The tenant that the user belongs to. */
  readonly tenant: string | null
}

const tenantAdmin = [
  'backup.read',
  'backup.write',
  'automate.read',
  'automate.write',
  'logging.read',
  'data.read',
  'data.write',
]

const permissions: Readonly<Record<Role, ReadonlySet<string>>> = {
  operator: new Set([...tenantAdmin, 'backup.operate', 'automate.operate', 'logging.operate']),
  'tenant-admin': new Set(tenantAdmin),
  user: new Set(),
}

export function permissionsOf(role: Role): ReadonlySet<string> {
  return permissions[role]
}

/** The users of host.json. */
export class Accounts {
  readonly #accounts: ReadonlyMap<string, Account>
  readonly #hashes: ReadonlyMap<string, string>
  /** Looked at for names that don't exist, so that the answer takes as long. */
  readonly #nobody: string

  private constructor(
    accounts: ReadonlyMap<string, Account>,
    hashes: ReadonlyMap<string, string>,
    nobody: string,
  ) {
    this.#accounts = accounts
    this.#hashes = hashes
    this.#nobody = nobody
  }

  static async load(
    users: readonly UserEntry[],
    environment: Environment,
    logger: Logger,
  ): Promise<Accounts> {
    const accounts = new Map<string, Account>()
    const hashes = new Map<string, string>()
    const load = async (user: UserEntry): Promise<void> => {
      accounts.set(user.name, { name: user.name, role: user.role, tenant: user.tenant ?? null })
      const hash = await hashFor(user, environment, logger)
      if (hash !== null) hashes.set(user.name, hash)
    }
    const [nobody] = await Promise.all([hashPassword('nobody'), ...users.map(load)])
    return new Accounts(accounts, hashes, nobody)
  }

  find(name: string): Account | null {
    return this.#accounts.get(name) ?? null
  }

  /** Null for an unknown name and for a wrong password alike. */
  async authenticate(name: string, password: string): Promise<Account | null> {
    const hash = this.#hashes.get(name)
    const matches = await matchesPassword(password, hash ?? this.#nobody)
    return hash !== undefined && matches ? this.find(name) : null
  }
}

async function hashFor(user: UserEntry, environment: Environment, logger: Logger): Promise<string | null> {
  if (!user.password.startsWith('env:')) {
    if (hashPattern.test(user.password)) return user.password
    logger.warn(`${user.name} can't sign in: the password hash in host.json is not one of this host's`)
    return null
  }
  const variable = user.password.slice('env:'.length)
  const password = environment[variable]
  if (password) return hashPassword(password)
  logger.warn(`${user.name} can't sign in: ${variable} is not set in the environment`)
  return null
}
