import { resolve } from 'node:path'
import type { Inspection } from '../engine/engine.ts'
import { previewRetention } from '../engine/preview-retention.ts'
import type { RetentionPlan, RetentionRules } from '../engine/retention.ts'
import { readArguments, readCount } from './arguments.ts'
import { type Command, type CommandOptions, UsageError } from './command.ts'
import { utc } from './describe-backup.ts'
import { done } from './exit-codes.ts'
import { inspectFolder } from './inspect-folder.ts'
import { readConfig } from './operator-config.ts'
import { vaultIn } from './places.ts'
import { table } from './table.ts'
import type { Words } from './text/index.ts'
import { visible, visibleJson } from './visible.ts'
import { withEngine } from './with-engine.ts'

const text = { type: 'string' } as const
const known = {
  'dry-run': { type: 'boolean' },
  'max-count': text,
  'max-age-days': text,
  'keep-daily': text,
  'keep-weekly': text,
  'keep-monthly': text,
  'keep-yearly': text,
  'time-zone': text,
} as const

/** What a tenant has whose administrator chose nothing. */
const defaultCount = 7

export const prune: Command = {
  name: 'prune',
  async run(args, options) {
    const { words, print, warn, reader } = options
    const { values, positionals } = readArguments(args, known, words)
    const [directory] = positionals
    if (!directory || positionals.length > 1) throw new UsageError(words.usage.oneFolder('prune'))
    if (values['dry-run'] !== true) throw new UsageError(words.usage.dryRunOnly)
    const rules = rulesFrom(values, words)
    const timeZone = zoneFrom(values['time-zone'] ?? reader.timeZone, words)
    const vault = vaultIn(resolve(directory), await readConfig(values.config))
    const inspection = await withEngine((engine) => inspectFolder(engine, vault, options))
    const plan = planFor(inspection, rules, { now: new Date(reader.now).toISOString(), timeZone })
    if (plan.clock !== null) warn(words.prune.clock)
    print(values.json ? `${visibleJson(shownPlan(plan))}\n` : planTable(plan, options))
    return done
  },
}

function planFor(
  { backups }: Inspection,
  rules: RetentionRules,
  when: { readonly now: string; readonly timeZone: string },
): RetentionPlan {
  const databases = [...new Set(backups.map(({ backup }) => backup.database))]
  return previewRetention(backups, rules, { ...when, databases })
}

function rulesFrom(
  values: Readonly<Record<string, string | boolean | undefined>>,
  words: Words,
): RetentionRules {
  const count = (name: string) => readCount(`--${name}`, values[name] as string | undefined, words) ?? null
  const rules = {
    maxCount: count('max-count'),
    maxAgeDays: count('max-age-days'),
    keepDaily: count('keep-daily'),
    keepWeekly: count('keep-weekly'),
    keepMonthly: count('keep-monthly'),
    keepYearly: count('keep-yearly'),
  }
  const none = Object.values(rules).every((rule) => rule === null)
  return none ? { ...rules, maxCount: defaultCount } : rules
}

function zoneFrom(zone: string, words: Words): string {
  try {
    return Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone
  } catch {
    throw new UsageError(words.usage.badZone(zone))
  }
}

function shownPlan({ keep, remove, clock }: RetentionPlan) {
  return {
    keep: keep.map(({ backup, because }) => ({ name: backup.name, because })),
    remove: remove.map(({ backup, reason }) => ({ name: backup.name, reason })),
    clock,
  }
}

function planTable({ keep, remove }: RetentionPlan, { words }: CommandOptions): string {
  const { headings, stays, goes, keeps, removes, summary } = words.prune
  const row = (
    what: string,
    { name, database, createdAt }: RetentionPlan['keep'][number]['backup'],
    why: string,
  ) => [what, utc(createdAt), database === '' ? '-' : visible(database), visible(name), why]
  const rows = [
    ...keep.map(({ backup, because }) =>
      row(stays, backup, because.map((reason) => keeps[reason]).join(', ')),
    ),
    ...[...remove].reverse().map(({ backup, reason }) => row(goes, backup, removes[reason])),
  ]
  const end = `${summary(keep.length, remove.length)}\n`
  return rows.length === 0 ? end : table([headings, ...rows]) + end
}
