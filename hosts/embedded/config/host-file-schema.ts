export type Role = 'operator' | 'tenant-admin' | 'user'

export interface TenantEntry {
  readonly id: string
  readonly name: string
  /** Relative to the data folder. */
  readonly root: string
  /** Paths relative to the root. */
  readonly databases: readonly { readonly name: string; readonly path: string }[]
  readonly timeZone: string
  readonly language: string
}

export interface UserEntry {
  readonly name: string
  /** `env:NAME` or `scrypt:...`. */
  readonly password: string
  readonly role: Role
  /** Required unless the user is an operator. */
  readonly tenant?: string
}

export interface HostFile {
  readonly tenants: readonly TenantEntry[]
  readonly users: readonly UserEntry[]
}

const name = { type: 'string', minLength: 1, maxLength: 200 }

export const hostFileSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['tenants', 'users'],
  properties: {
    tenants: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['id', 'name', 'root', 'databases', 'timeZone', 'language'],
        properties: {
          id: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' },
          name,
          root: { type: 'string', minLength: 1 },
          databases: {
            type: 'array',
            items: {
              type: 'object',
              additionalProperties: false,
              required: ['name', 'path'],
              properties: { name, path: { type: 'string', minLength: 1 } },
            },
          },
          timeZone: { type: 'string', minLength: 1 },
          language: { type: 'string', pattern: '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$' },
        },
      },
    },
    users: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'password', 'role'],
        properties: {
          name,
          password: { type: 'string', pattern: '^(env:[A-Za-z_][A-Za-z0-9_]*|scrypt:[0-9:A-Za-z_-]+)$' },
          role: { enum: ['operator', 'tenant-admin', 'user'] },
          tenant: { type: 'string', minLength: 1 },
        },
      },
    },
  },
} as const
