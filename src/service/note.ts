import { BackupError } from '../engine/errors.ts'

/** The longest note that is kept with a backup. */
const MOST_CHARACTERS = 500

/** A note as it is kept: without control characters, null when it is empty. Throws `invalid-request`. */
export function noteFrom(value: unknown): string | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'string') throw refused('The note must be a text.')
  const note = value.replaceAll(/[^\P{Cc}\n]/gu, ' ').trim()
  if ([...note].length > MOST_CHARACTERS)
    throw refused(`The note is longer than ${MOST_CHARACTERS} characters.`)
  return note || null
}

function refused(message: string): BackupError {
  return new BackupError('invalid-request', message, {
    hint: 'Shorten or correct the note. Nothing was changed.',
    details: { field: 'note', max: MOST_CHARACTERS },
  })
}
