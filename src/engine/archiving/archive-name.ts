import { DateTime } from 'luxon'
import { BackupError } from '../errors.ts'

/** Bytes that a file name may have, less what a counter and the sidecar's ending take. */
const nameBytes = 200

/**
 * The first free name that a template gives. What stands in braces is a time in the way of Luxon; in the profile's
 * zone, or in UTC if a "Z" follows it.
 */
export function archiveName(
  template: string,
  {
    createdAt,
    timeZone,
    ending,
  }: { readonly createdAt: string; readonly timeZone: string; readonly ending: string },
  isTaken: (name: string) => boolean,
): string {
  const moment = DateTime.fromISO(createdAt, { locale: 'en' })
  const filled = template.replaceAll(/\{([^{}]*)\}(Z?)/g, (_, format: string, utc: string) => {
    const zoned = moment.setZone(utc === '' ? timeZone : 'utc')
    if (!zoned.isValid) throw unknownZone(timeZone)
    return zoned.toFormat(format) + utc
  })
  const stem = filled.endsWith(ending) ? filled.slice(0, -ending.length) : filled
  if (!isUsable(stem)) throw unusable(template, filled)
  for (let count = 1; ; count++) {
    const name = `${stem}${count === 1 ? '' : `-${count}`}${ending}`
    if (!isTaken(name)) return name
  }
}

/** The beginning of the name of a file of ours that every system can store. */
function isUsable(stem: string): boolean {
  return /^[\p{L}\p{N}_][\p{L}\p{N}\p{M} ._+-]*$/u.test(stem) && Buffer.byteLength(stem) <= nameBytes
}

function unknownZone(timeZone: string): BackupError {
  return new BackupError('invalid-request', `The time zone "${timeZone}" is not known`, {
    hint: 'Name it as in the IANA database, for example Europe/Berlin.',
  })
}

function unusable(template: string, filled: string): BackupError {
  return new BackupError(
    'invalid-request',
    `The template "${template}" gives "${filled}", which can’t be a file’s name`,
    {
      hint: 'Use letters, digits, "_", "-" and "." with a time in braces, for example entbak_{yyyyMMddHHmmss}.zip.',
    },
  )
}
