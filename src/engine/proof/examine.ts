import { closeSync } from 'node:fs'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { deferred } from '../deferred.ts'
import { reasonOf } from '../failure.ts'
import type { Findings, IntegrityTask } from './findings.ts'
import { hashFile } from './hash.ts'

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
  try {
    const [sha256, findings] = await Promise.all([hashFile(file.fd, { signal, onProgress }), check])
    return { ...findings, sha256 }
  } finally {
    closeSync(file.fd)
  }
}

function startCheck(task: IntegrityTask, { signal, onAbandoned }: ExamineOptions): Promise<Findings> {
  const entry = new URL(`./integrity-thread${extname(import.meta.url)}`, import.meta.url)
  const { promise, resolve, reject } = deferred<Findings>()
  const thread = new Worker(entry, { workerData: task, execArgv: [] })
  const abandon = () => {
    onAbandoned()
    reject(reasonOf(signal))
  }
  thread.once('message', resolve)
  thread.once('error', reject)
  thread.once('exit', () => reject(new Error('The integrity check ended without an answer')))
  if (signal.aborted) abandon()
  signal.addEventListener('abort', abandon, { once: true })
  return promise.finally(() => signal.removeEventListener('abort', abandon))
}
