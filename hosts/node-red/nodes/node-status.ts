import type { TaskProgress, TaskResult } from 'automate-plugin-backup/host'
import type { Red, Status } from '../red.ts'

export type Progress = TaskProgress

/** The stage in words, and how much of it is done. */
export function progressStatus(red: Pick<Red, '_'>, { stage, done, total, unit }: Progress): Status {
  const words = red._(`backup.stage.${stage}`)
  const name = words.startsWith('backup.stage.') || words.includes(':') ? stage : words
  const amount =
    done === undefined || total === undefined
      ? ''
      : unit === 'bytes'
        ? ` ${megabytes(done)}/${megabytes(total)} MB`
        : ` ${done}/${total} ${unit ?? ''}`
  return { fill: 'blue', shape: 'dot', text: (name + amount).trim() }
}

const looks = {
  completed: { fill: 'green', shape: 'dot' },
  partial: { fill: 'yellow', shape: 'dot' },
  failed: { fill: 'red', shape: 'ring' },
  cancelled: { fill: 'grey', shape: 'ring' },
} as const satisfies Record<TaskResult['outcome'], Status>

/** How the last run ended, and when by the server's clock. */
export function endStatus(red: Pick<Red, '_'>, { outcome, error }: TaskResult, at: Date): Status {
  const time = [at.getHours(), at.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':')
  const text = outcome === 'failed' && error ? error.code : red._(`backup.outcome.${outcome}`)
  return { ...looks[outcome], text: `${text} ${time}` }
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(bytes < 100_000_000 ? 1 : 0)
}
