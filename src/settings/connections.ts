import { readFileSync } from 'node:fs'
import { BackupError } from '../engine/errors.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Where connections are found, and what must never be shown of them. */
export class Connections {
  readonly #environment: Environment
  readonly #secrets = new Set<string>()

  constructor(environment: Environment) {
    this.#environment = environment
  }

  /** What stands under `env:NAME` or in `file:PATH` now. It is kept nowhere. Throws `connection-missing`. */
  resolve(reference: string): string {
    const found = reference.startsWith('env:')
      ? this.#environment[reference.slice('env:'.length)]
      : contentOf(reference.slice('file:'.length))
    const connection = found?.trim()
    if (!connection) throw missing(reference)
    for (const secret of secretsIn(connection)) this.#secrets.add(secret)
    return connection
  }

  /** The error without any part of a connection that was handed out. */
  concealed(error: unknown): unknown {
    if (!(error instanceof BackupError)) return error
    const { code, message, hint, details, cause } = error
    const clean = (text: string) =>
      [...this.#secrets].reduce((shown, secret) => shown.replaceAll(secret, '…'), text)
    const cleanDetails = Object.entries(details).map(([key, value]) => [
      key,
      typeof value === 'string' ? clean(value) : value,
    ])
    const said = JSON.stringify([message, hint, details])
    if (clean(said) === said) return error
    return new BackupError(code, clean(message), {
      hint: clean(hint),
      details: Object.fromEntries(cleanDetails),
      // What it came from may repeat the secret.
      cause: cause === undefined ? undefined : new Error('See the message'),
    })
  }
}

/** The whole, and what stands as a password in it, of connection strings and of addresses. */
function secretsIn(connection: string): readonly string[] {
  const named = [
    ...connection.matchAll(/(?:^|;)\s*(?:password|pwd)\s*=\s*("[^"]*"|'[^']*'|\{[^}]*\}|[^;]*)/gi),
  ]
  const ofAddress = /^[a-z][a-z0-9+.-]*:\/\/[^/@\s]*?:([^@\s]*)@/i.exec(connection)?.[1]
  const found = [...named.map(([, value]) => value?.replace(/^["'{]|["'}]$/g, '')), ofAddress]
  const decoded = found.map((value) => (value === undefined ? undefined : decodedOrSame(value)))
  // One or two letters would blacken half of every sentence.
  return [connection, ...found, ...decoded].filter(
    (value) => value !== undefined && value.length > 2,
  ) as string[]
}

function decodedOrSame(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // That it can't be read is all that may be said of it.
    return undefined
  }
}

function missing(reference: string): BackupError {
  const where = reference.startsWith('env:')
    ? `the environment variable ${reference.slice('env:'.length)} is not set`
    : `the file ${reference.slice('file:'.length)} can't be read or is empty`
  return new BackupError(
    'connection-missing',
    `The connection to the database server is not known: ${where}.`,
    {
      hint: 'Set it for the process of the application. Its content is never shown.',
      details: { reference },
    },
  )
}
