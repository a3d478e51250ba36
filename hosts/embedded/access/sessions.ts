import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from 'automate-plugin-backup/host'
import type { HostDatabase } from '../store/host-database.ts'

const idleLimit = 7 * 24 * 3_600_000
const ageLimit = 30 * 24 * 3_600_000
const touchAfter = 60_000

export interface Session {
  readonly hash: string
  readonly user: string
  /** The tenant that was chosen, if any. */
  readonly tenant: string | null
  /** Chosen with the switch in the header, if at all. */
  readonly language: string | null
}

interface Row extends Session {
  readonly created_at: number
  readonly used_at: number
}

/**
 * Who is signed in. Only the hash of a session's key is stored. A session ends after a week without use and after
 * 30 days at the latest.
 */
export class Sessions {
  readonly #database: HostDatabase
  readonly #clock: Clock

  constructor(database: HostDatabase, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  /** Returns the key for the cookie. */
  start(user: string, tenant: string | null): string {
    const key = randomBytes(32).toString('base64url')
    const now = this.#clock.now()
    this.#database.prepare('delete from sessions where created_at < ?').run(now - ageLimit)
    this.#database
      .prepare('insert into sessions (hash, user, tenant, created_at, used_at) values (?, ?, ?, ?, ?)')
      .run(hashOf(key), user, tenant, now, now)
    return key
  }

  find(key: string): Session | null {
    return this.findByHash(hashOf(key))
  }

  findByHash(hash: string): Session | null {
    const row = this.#database.prepare<[string], Row>('select * from sessions where hash = ?').get(hash)
    if (row === undefined) return null
    const now = this.#clock.now()
    if (now - row.used_at > idleLimit || now - row.created_at > ageLimit) {
      this.end(hash)
      return null
    }
    if (Math.abs(now - row.used_at) > touchAfter) this.#touch(hash, now)
    return { hash: row.hash, user: row.user, tenant: row.tenant, language: row.language }
  }

  /** On a full disk the session only ends earlier; the pages that say what is wrong stay within reach. */
  #touch(hash: string, now: number): void {
    try {
      this.#database.prepare('update sessions set used_at = ? where hash = ?').run(now, hash)
    } catch {
      // The next request tries again.
    }
  }

  chooseTenant(hash: string, tenant: string): void {
    this.#database.prepare('update sessions set tenant = ? where hash = ?').run(tenant, hash)
  }

  chooseLanguage(hash: string, language: string): void {
    this.#database.prepare('update sessions set language = ? where hash = ?').run(language, hash)
  }

  end(hash: string): void {
    this.#database.prepare('delete from sessions where hash = ?').run(hash)
  }
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url')
}
