import type { RestorePreview, TableChange, TableState } from '../../engine/restoring.ts'
import { formatBytes, formatCount } from '../../views/format/numbers.ts'
import { formatAge, formatMoment } from '../../views/format/times.ts'
import type { CommandOptions } from '../command.ts'
import { proofOf } from '../describe-backup.ts'
import { table } from '../table.ts'
import { visible } from '../visible.ts'

/** Tables that are shown; the rest is counted. */
const most = 15

/** What a restore would change, as a person reads it. Every line is harmless on a terminal. */
export function previewLines(preview: RestorePreview, options: CommandOptions): readonly string[] {
  const { words, reader } = options
  const { restore: text } = words
  const { backup, target, version, inUse, present } = preview
  const inUseLines = inUse.processes.length > 0 ? [text.inUse(inUse)] : []
  const unseen = inUse.seen !== 'all' && present.state !== 'missing' ? [text.unseen(inUse)] : []
  const lines = [
    text.backup(
      `${backup.name}, ${formatMoment(reader, backup.createdAt)}`,
      formatAge(reader, backup.createdAt),
    ),
    `           ${text.proof[proofOf(backup)]}`,
    text.target(target),
    presentLine(preview, options),
    ...text.version(version),
    '',
    ...tableLines(preview.tables, options),
    ...(present.state === 'readable' ? [text.saved] : []),
    text.users,
    ...unseen,
    ...inUseLines,
  ]
  return lines.map(visible)
}

function presentLine({ present }: RestorePreview, { words, reader, language }: CommandOptions): string {
  const { present: text } = words.restore
  switch (present.state) {
    case 'readable':
      return text.readable(formatBytes(present.sizeBytes, language), formatMoment(reader, present.modifiedAt))
    case 'missing':
      return text.missing
    case 'damaged':
      return text.damaged(present.why)
    case 'unreadable':
      return text.unreadable(present.why)
  }
}

function tableLines(tables: readonly TableChange[], { words, reader, language }: CommandOptions): string[] {
  const { headings, unchanged } = words.restore
  const changed = tables.filter(differs).slice(0, most)
  const rest = tables.length - changed.length
  const withTimes = changed.some(({ now, inBackup }) => now?.newest || inBackup?.newest)
  const rows = changed.map(({ table: name, now, inBackup }) => [
    visible(name),
    count(now),
    count(inBackup),
    difference(now, inBackup),
    ...(withTimes ? [newest(now), newest(inBackup)] : []),
  ])
  const lines =
    rows.length === 0
      ? []
      : table([headings.slice(0, withTimes ? 6 : 4), ...rows])
          .trimEnd()
          .split('\n')
  return [...lines, ...(rest > 0 ? [unchanged(rest)] : []), '']

  function count(state: TableState | null): string {
    if (state === null) return '-'
    return state.rows === null ? '?' : formatCount(state.rows, language)
  }

  function newest(state: TableState | null): string {
    return state?.newest ? formatMoment(reader, state.newest.at) : ''
  }

  function difference(now: TableState | null, then: TableState | null): string {
    if (typeof now?.rows !== 'number' || typeof then?.rows !== 'number') return ''
    const change = then.rows - now.rows
    return change === 0 ? '0' : `${change > 0 ? '+' : '−'}${formatCount(Math.abs(change), language)}`
  }
}

/** Equal rows and an equal newest record tell nothing that anybody would want to read. */
function differs({ now, inBackup }: TableChange): boolean {
  return now?.rows !== inBackup?.rows || now?.newest?.at !== inBackup?.newest?.at
}
