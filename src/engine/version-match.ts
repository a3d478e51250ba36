import { BackupError } from './errors.ts'
import type { SchemaMatch, VersionMatch } from './restoring.ts'

/** As much as is known of a schema. */
export interface SchemaFacts {
  readonly userVersion: number
  readonly schemaFingerprint: string
}

/** How a backup of one version of the application fits the one that will open it. */
export function matchVersions(
  backup: string | null,
  running: string | null,
  schema: SchemaMatch,
): VersionMatch {
  const order = backup === null || running === null ? null : compareVersions(backup, running)
  const relation = order === null ? 'unknown' : order === 0 ? 'same' : order < 0 ? 'older' : 'newer'
  return { relation, backup, running, schema }
}

export function matchSchemas(backup: SchemaFacts | null, present: SchemaFacts | null): SchemaMatch {
  const same = backup?.schemaFingerprint === present?.schemaFingerprint
  return {
    relation: backup === null || present === null ? 'unknown' : same ? 'same' : 'different',
    backupUserVersion: backup?.userVersion ?? null,
    presentUserVersion: present?.userVersion ?? null,
  }
}

/**
 * Below 0 when the first is older, 0 when they are equal, null when they can't be compared. Versions are numbers
 * between dots; what follows a "-" comes before the version itself, what follows a "+" doesn't count.
 */
export function compareVersions(one: string, other: string): number | null {
  if (one === other) return 0
  const [first, second] = [parse(one), parse(other)]
  if (first === null || second === null) return null
  for (let index = 0; index < Math.max(first.numbers.length, second.numbers.length); index++) {
    const difference = (first.numbers[index] ?? 0) - (second.numbers[index] ?? 0)
    if (difference !== 0) return Math.sign(difference)
  }
  return comparePreliminary(first.preliminary, second.preliminary)
}

interface Version {
  readonly numbers: readonly number[]
  readonly preliminary: readonly string[]
}

function parse(text: string): Version | null {
  const match = /^v?(\d{1,9}(?:\.\d{1,9})*)(?:-([\w.-]+))?(?:\+[\w.-]*)?$/.exec(text.trim())
  if (match === null) return null
  return { numbers: match[1]!.split('.').map(Number), preliminary: match[2]?.split('.') ?? [] }
}

function comparePreliminary(one: readonly string[], other: readonly string[]): number {
  if (one.length === 0 || other.length === 0) return Math.sign(other.length - one.length)
  for (let index = 0; index < Math.max(one.length, other.length); index++) {
    const [first, second] = [one[index], other[index]]
    if (first === second) continue
    if (first === undefined || second === undefined) return first === undefined ? -1 : 1
    const [number, another] = [wholeNumber(first), wholeNumber(second)]
    if (number !== null && another !== null && number !== another) return Math.sign(number - another)
    if ((number === null) !== (another === null)) return number === null ? 1 : -1
    if (number === null) return first < second ? -1 : 1
  }
  return 0
}

const wholeNumber = (text: string) => (/^\d{1,15}$/.test(text) ? Number(text) : null)

export function newerApplication(name: string, backup: string | null, running: string | null): BackupError {
  return new BackupError(
    'newer-application',
    `The backup ${name} is of version ${backup} of the application, but the older version ${running} is installed`,
    {
      hint: 'Update the application first, or take an older backup.',
      details: { name, backup: backup ?? '', running: running ?? '' },
    },
  )
}
