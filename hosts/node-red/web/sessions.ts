import { randomBytes } from 'node:crypto'
import type { Clock } from 'automate-plugin-backup/host'

/** How long a page stays open after the editor was heard of last. */
export const sessionMs = 15 * 60 * 1000
/** A ticket is on its way from one answer to the next request. */
const ticketMs = 60 * 1000
/** Of each kind; the oldest goes when there are more. */
const most = 1000

export interface Session {
  readonly id: string
  /** The editor's token; null where Node-RED asks nobody to sign in. Never written anywhere. */
  readonly token: string | null
  readonly language: string | null
  tenant: string | null
  expiresAt: number
}

export interface Ticket {
  readonly token: string | null
  readonly language: string | null
  readonly expiresAt: number
}

/** Sessions of pages, in memory only: after a restart the editor fetches a new one. */
export class Sessions {
  readonly #clock: Clock
  readonly #sessions = new Map<string, Session>()
  readonly #tickets = new Map<string, Ticket>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Good for one use within a minute. */
  issue(holder: Pick<Ticket, 'token' | 'language'>): string {
    const ticket = secret()
    keep(this.#tickets, ticket, { ...holder, expiresAt: this.#clock.now() + ticketMs })
    return ticket
  }

  /** Null for a ticket that was used, is too old or never existed. */
  redeem(ticket: string): Session | null {
    const found = this.#tickets.get(ticket)
    this.#tickets.delete(ticket)
    return found && found.expiresAt > this.#clock.now() ? this.open(found) : null
  }

  open({ token, language }: Pick<Session, 'token' | 'language'>): Session {
    const expiresAt = this.#clock.now() + sessionMs
    const session: Session = { id: secret(), token, language, tenant: null, expiresAt }
    keep(this.#sessions, session.id, session)
    return session
  }

  find(id: string): Session | null {
    const session = this.#sessions.get(id)
    if (session && session.expiresAt > this.#clock.now()) return session
    this.#sessions.delete(id)
    return null
  }

  /** The editor is there and its token good: its sessions go on. Returns how many there are. */
  renew(token: string | null): number {
    const live = [...this.#sessions.keys()].flatMap((id) => this.find(id) ?? [])
    const own = live.filter((session) => session.token === token)
    for (const session of own) session.expiresAt = this.#clock.now() + sessionMs
    return own.length
  }

  end(id: string): void {
    this.#sessions.delete(id)
  }

  /** The token is good no more. */
  endAll(token: string): void {
    for (const { id } of [...this.#sessions.values()].filter((session) => session.token === token))
      this.end(id)
  }
}

function secret(): string {
  return randomBytes(32).toString('base64url')
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  const [oldest] = map.keys()
  if (map.size >= most && oldest !== undefined) map.delete(oldest)
  map.set(key, value)
}
