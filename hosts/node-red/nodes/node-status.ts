import type { TaskProgress, TaskResult } from 'automate-plugin-backup/host'
import type { Status } from '../red.ts'

export type Progress = TaskProgress

/** The editor's part of the node knows these words, and shows them in the editor's language. */
const stages: Readonly<Record<string, string>> = {
  snapshot: 'copying',
  proof: 'proving',
  publish: 'publishing',
  retention: 'tidying up',
  staging: 'staging',
  compare: 'comparing',
}

/** The stage in words, and how much of it is done. */
export function progressStatus({ stage, done, total, unit }: Progress): Status {
  const name = stages[stage] ?? stage
  const amount =
    done === undefined || total === undefined
      ? ''
      : unit === 'bytes'
        ? ` ${megabytes(done)}/${megabytes(total)} MB`
        : ` ${done}/${total} ${unit ?? ''}`
  return { fill: 'blue', shape: 'dot', text: (name + amount).trim() }
}

const looks = {
  completed: { fill: 'green', shape: 'dot', text: 'proven' },
  partial: { fill: 'yellow', shape: 'dot', text: 'partly done' },
  failed: { fill: 'red', shape: 'ring', text: 'failed' },
  cancelled: { fill: 'grey', shape: 'ring', text: 'cancelled' },
} as const satisfies Record<TaskResult['outcome'], Status>

/** How the last run ended, and when by the server's clock. */
export function endStatus({ outcome, error, output }: TaskResult, at: Date): Status {
  const time = [at.getHours(), at.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':')
  const done = outcome === 'completed' && !output ? 'done' : looks[outcome].text
  const text = outcome === 'failed' && error ? error.code : done
  return { ...looks[outcome], text: `${text} ${time}` }
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(bytes < 100_000_000 ? 1 : 0)
}
