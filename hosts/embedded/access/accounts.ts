import type { Logger } from 'automate-plugin-backup/host'
import type { Environment } from '../config/first-start.ts'
import type { Role, UserEntry } from '../config/host-file-schema.ts'
import { digestOf, hashPattern, isHashOf, isSame } from './passwords.ts'

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

type Secret = { readonly hash: string } | { readonly digest: Buffer }

/** Nobody's password: looked at where there is none to look at, so that every answer takes as long. */
const nobody = `scrypt:16384:8:1:${'A'.repeat(22)}:${'A'.repeat(43)}`

/** The users of host.json. */
export class Accounts {
  readonly #accounts: ReadonlyMap<string, Account>
  readonly #secrets: ReadonlyMap<string, Secret>

  constructor(users: readonly UserEntry[], environment: Environment, logger: Logger) {
    this.#accounts = new Map(
      users.map(({ name, role, tenant = null }) => [name, Object.freeze({ name, role, tenant })]),
    )
    this.#secrets = new Map(
      users.flatMap((user): [string, Secret][] => {
        const secret = secretOf(user, environment, logger)
        return secret === null ? [] : [[user.name, secret]]
      }),
    )
  }

  find(name: string): Account | null {
    return this.#accounts.get(name) ?? null
  }

  /** Null for an unknown name and for a wrong password alike, after the same time. */
  async authenticate(name: string, password: string): Promise<Account | null> {
    const secret = this.#secrets.get(name)
    const hashMatches = await isHashOf(
      password,
      secret !== undefined && 'hash' in secret ? secret.hash : nobody,
    )
    if (secret === undefined) return null
    const matches = 'hash' in secret ? hashMatches : isSame(digestOf(password), secret.digest)
    return matches ? this.find(name) : null
  }
}

function secretOf(user: UserEntry, environment: Environment, logger: Logger): Secret | null {
  if (!user.password.startsWith('env:')) {
    if (hashPattern.test(user.password)) return { hash: user.password }
    logger.warn(`${user.name} can't sign in: the password hash in host.json is not one of this host's`)
    return null
  }
  const variable = user.password.slice('env:'.length)
  const password = environment[variable]
  if (password) return { digest: digestOf(password) }
  logger.warn(`${user.name} can't sign in: ${variable} is not set in the environment`)
  return null
}
