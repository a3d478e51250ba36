import type { Reader } from '../reader.ts'
import type { Explanation } from './error-words.ts'
import type { HealthCode, HealthDetails } from './health-details.ts'

/** Whom a problem is told to, with the name of the host's scheduler. */
export interface HealthReader extends Reader {
  readonly scheduler: string
}

/** For each problem its cause and what to do about it. */
export type HealthWords = {
  readonly [C in HealthCode]: (details: HealthDetails[C], reader: HealthReader) => Explanation
}
