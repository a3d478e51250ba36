import type { Language } from './model.ts'

/** For whom something is formatted. */
export interface Reader {
  readonly language: Language
  /** IANA name of the tenant's zone. */
  readonly timeZone: string
  /** Milliseconds since 1970. */
  readonly now: number
}
