import { closeSync } from 'node:fs'
import { deferred } from '../deferred.ts'
import { reasonOf } from '../failure.ts'
import type { Findings, IntegrityTask } from './findings.ts'
import { hashFile } from './hash.ts'
import { checkOnThread } from './integrity-checker.ts'

export interface OpenFile {
  readonly path: string
  /** Open for reading; closed here, also on failure. */
  readonly fd: number
  readonly sizeBytes: number
}

export interface ExamineOptions {
  readonly signal: AbortSignal
  readonly hostile: boolean
  /** Bytes hashed so far; the integrity check runs beside it and can't tell how far it is. */
  onProgress(done: number, total: number): void
  /** A check could not be stopped in mid-call: this process must do no more work. */
  onAbandoned(): void
}

export interface Examined extends Findings {
  readonly sha256: string
}

/**
 * Reads a plain SQLite file in full, hashing it on this thread and checking it on another. Once `signal` aborts it
 * rejects at once, leaving the thread to the end of the process.
 */
export async function examineFile(file: OpenFile, options: ExamineOptions): Promise<Examined> {
  const { signal } = options
  const onProgress = (done: number) => options.onProgress(Math.min(done, file.sizeBytes), file.sizeBytes)
  const check = startCheck({ path: file.path, hostile: options.hostile }, options)
  const hash = hashFile(file.fd, { signal, onProgress })
  try {
    const [sha256, findings] = await Promise.all([hash, check])
    return { ...findings, sha256 }
  } finally {
    // A descriptor that is closed while it is being read could by then be another file's.
    await hash.catch(() => {})
    closeSync(file.fd)
  }
}

function startCheck(task: IntegrityTask, { signal, onAbandoned }: ExamineOptions): Promise<Findings> {
  const { promise: givenUp, reject } = deferred<never>()
  const giveUp = () => {
    onAbandoned()
    reject(reasonOf(signal))
  }
  if (signal.aborted) giveUp()
  signal.addEventListener('abort', giveUp, { once: true })
  return Promise.race([checkOnThread(task), givenUp]).finally(() =>
    signal.removeEventListener('abort', giveUp),
  )
}
