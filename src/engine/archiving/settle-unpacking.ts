import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { failureFrom } from '../failure.ts'
import { settleStaging } from '../sources/directory/staging.ts'
import { unpackingJournal } from '../vault/names.ts'
import type { Place } from '../vault/place.ts'

/** Where a restore of that source writes down what it has begun. */
export const journalOf = (place: Place, id: string) => join(place.folder, unpackingJournal(id))

/** Removes what restores left that were killed. Needs the folder's lock. */
export function settleUnpacking(place: Place): void {
  try {
    const journals = readdirSync(place.folder).filter((name) => unpackingJournal.matches(name))
    for (const name of journals) settleStaging(join(place.folder, name))
  } catch (error) {
    throw failureFrom(error, 'What an interrupted restore left could not be removed')
  }
}
