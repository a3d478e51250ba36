import { resolve } from 'node:path'
import type { Backup } from '../engine/backup.ts'
import type { Inspection } from '../engine/engine.ts'
import { BackupError } from '../engine/errors.ts'
import { dueBetween } from '../host/schedule.ts'
import { formatAge, formatMoment } from '../views/format/times.ts'
import { readArguments, readCount } from './arguments.ts'
import type { Command, CommandOptions } from './command.ts'
import { proofOf } from './describe-backup.ts'
import { done, failed } from './exit-codes.ts'
import { inspectFolder } from './inspect-folder.ts'
import { readConfig } from './operator-config.ts'
import { vaultIn } from './places.ts'
import { errorLines } from './text/index.ts'
import { visible, visibleJson } from './visible.ts'
import { withEngine } from './with-engine.ts'

/** Hours after which a backup is overdue in a folder where no schedule is noted: a day and some patience. */
const defaultHours = 25
const hourMs = 3_600_000
/** A database without a backup for so long is taken for one that is no more, unless it is the only one. */
const forgottenMs = 30 * 24 * hourMs

interface FolderStatus {
  readonly folder: string
  /** Of the database whose last proven backup is the oldest. */
  readonly lastProvenAt: string | null
  readonly ageSeconds: number | null
  readonly overdue: boolean
  /** When a backup was due that is missing; null when age alone counts. */
  readonly dueAt: string | null
  readonly maxAgeHours: number | null
  readonly backups: number
  readonly damaged: number
}

/** A folder that can't be looked at. */
interface Unseen {
  readonly folder: string
  readonly overdue: true
  readonly error: Pick<BackupError, 'code' | 'message' | 'hint'>
  /** The same, in the language of the terminal. */
  readonly lines: readonly string[]
}

export const status: Command = {
  name: 'status',
  async run(args, options) {
    const { words, print, warn } = options
    const { values, positionals } = readArguments(args, { 'max-age': { type: 'string' } }, words)
    const maxAge = readCount('--max-age', values['max-age'], words)
    const settings = await readConfig(values.config)
    const directories = positionals.length === 0 ? ['.'] : positionals
    const folders = await withEngine(async (engine) => {
      const found: (FolderStatus | Unseen)[] = []
      for (const directory of directories) {
        const vault = vaultIn(resolve(directory), settings)
        const look = async () =>
          statusOf(vault.folder, await inspectFolder(engine, vault, options), options.reader.now, maxAge)
        found.push(await look().catch((cause: unknown) => unseen(vault.folder, cause, options)))
      }
      return found
    })
    if (values.json) print(`${visibleJson({ folders: folders.map(shown) })}\n`)
    for (const one of folders) {
      if (isUnseen(one)) for (const line of one.lines) warn(line)
      else if (!values.json) print(`${visible(one.folder)}: ${say(one, options)}\n`)
    }
    const overdue = folders.some((one) => one.overdue)
    if (folders.some((one) => one.overdue && !isUnseen(one))) warn(words.status.hint)
    return overdue ? failed : done
  },
}

/** One that can't be looked at says nothing about the others, and counts as overdue: nobody knows better. */
async function unseen(folder: string, cause: unknown, { signal, language }: CommandOptions): Promise<Unseen> {
  if (signal.aborted || !(cause instanceof BackupError)) throw cause
  const { code, message, hint } = cause
  return { folder, overdue: true, error: { code, message, hint }, lines: await errorLines(language, cause) }
}

const isUnseen = (one: FolderStatus | Unseen): one is Unseen => 'error' in one

const shown = (one: FolderStatus | Unseen) =>
  isUnseen(one) ? { folder: one.folder, overdue: one.overdue, error: one.error } : one

function statusOf(
  folder: string,
  inspection: Inspection,
  now: number,
  maxAge: number | undefined,
): FolderStatus {
  const backups = inspection.backups.map(({ backup }) => backup)
  const last = oldestOfNewest(backups, now)
  const dueAt = maxAge === undefined ? missedAt(inspection, last, now) : null
  const scheduled = maxAge === undefined && inspection.schedules.at(-1)?.enabled === true
  const maxAgeHours = scheduled ? null : (maxAge ?? defaultHours)
  const age = last === null ? null : Math.max(0, now - last)
  const tooOld = maxAgeHours !== null && age !== null && age > maxAgeHours * hourMs
  return {
    folder,
    lastProvenAt: last === null ? null : new Date(last).toISOString(),
    ageSeconds: age === null ? null : Math.floor(age / 1000),
    overdue: last === null || tooOld || dueAt !== null,
    dueAt,
    maxAgeHours,
    backups: backups.length,
    damaged: backups.filter((backup) => proofOf(backup) === 'damaged').length,
  }
}

/** Each database counts for itself: a fresh backup of one is no comfort for the other. */
function oldestOfNewest(backups: readonly Backup[], now: number): number | null {
  const newest = new Map<string, number>()
  for (const backup of backups) {
    if (backup.proven?.outcome !== 'passed') continue
    const at = Date.parse(backup.createdAt)
    newest.set(backup.database, Math.max(at, newest.get(backup.database) ?? at))
  }
  const times = [...newest.values()].sort((a, b) => a - b)
  return times.find((at) => now - at < forgottenMs) ?? times.at(-1) ?? null
}

/** Hosts spread the starts of many tenants, so that a run is late only an hour after it was due. */
function missedAt({ schedules }: Inspection, last: number | null, now: number): string | null {
  const note = schedules.at(-1)
  if (note?.enabled !== true) return null
  const from = Math.max(last ?? 0, Date.parse(note.at) || 0)
  const due = firstDue(note.schedule as Parameters<typeof dueBetween>[0], from, now)
  return due === undefined || due + hourMs > now ? null : new Date(due).toISOString()
}

function firstDue(schedule: Parameters<typeof dueBetween>[0], from: number, now: number): number | undefined {
  try {
    if (schedule.every === 'hours') return from + schedule.count * hourMs
    if (schedule.every === 'minutes') return from + schedule.count * 60_000
    return dueBetween(schedule, Intl.DateTimeFormat().resolvedOptions().timeZone, from, now)[0]
  } catch {
    // Not a schedule of ours; its note says nothing then.
    return undefined
  }
}

function say(one: FolderStatus, { words, reader }: CommandOptions): string {
  const { status: text } = words
  const age = one.lastProvenAt === null ? '' : formatAge(reader, one.lastProvenAt)
  const sentence =
    one.lastProvenAt === null
      ? text.never
      : one.dueAt !== null
        ? text.late(age, formatMoment(reader, one.dueAt))
        : one.overdue
          ? text.overdue(age, one.maxAgeHours ?? defaultHours)
          : text.good(age, text.backups(one.backups))
  return one.damaged > 0 ? `${sentence}; ${text.damaged(one.damaged)}` : sentence
}
