/** One thing that the server said, in its own language. */
export interface Said {
  readonly number: number
  readonly message: string
}

/**
 * The server refused a statement. Within this folder only: what leaves it is a `BackupError`. Holds none of the driver's
 * objects, because those know the connection.
 */
export class ServerError extends Error {
  /** In the order in which the server said it: the cause first, "BACKUP DATABASE is terminating abnormally" last. */
  readonly said: readonly Said[]

  constructor(said: readonly Said[]) {
    super(said.map(({ number, message }) => `${message} (${number})`).join(' '))
    this.name = 'ServerError'
    this.said = said
  }

  has(number: number): boolean {
    return this.said.some((one) => one.number === number)
  }
}

/** Null for what is no refusal by the server: a lost connection, for example. */
export function serverErrorFrom(error: unknown): ServerError | null {
  const said = [...precedingOf(error), error].flatMap((one) => saidBy(one) ?? [])
  return said.length === 0 ? null : new ServerError(said)
}

function precedingOf(error: unknown): readonly unknown[] {
  const { precedingErrors } = Object(error) as { readonly precedingErrors?: unknown }
  return Array.isArray(precedingErrors) ? precedingErrors : []
}

function saidBy(error: unknown): Said | null {
  const { number, message } = Object(error) as { readonly number?: unknown; readonly message?: unknown }
  return typeof number === 'number' && typeof message === 'string' ? { number, message } : null
}

/** Numbers of messages, as `sys.messages` has them. */
export const numbers = {
  cannotOpenDevice: 3201,
  terminating: 3013,
  percent: 3211,
  notABackup: 3241,
  emptyVolume: 3254,
  noCompression: 1844,
  inUse: 3101,
  diskFull: 112,
} as const
