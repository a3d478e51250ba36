import { closeSync } from 'node:fs'
import { deferred } from '../deferred.ts'
import { reasonOf } from '../failure.ts'
import { type Findings, type IntegrityTask, smallBytes } from './findings.ts'
import { type HashOptions, hashFile, hashSmallFile } from './hash.ts'
import { checkHostile, leastCheckMs } from './hostile/check-hostile.ts'
import { checkIntegrity } from './integrity.ts'
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
  /** Milliseconds for checking even the smallest hostile file. */
  readonly hostileMs?: number | undefined
  /** Bytes hashed so far; the integrity check runs beside it and can't tell how far it is. */
  onProgress(done: number, total: number): void
  /** A check could not be stopped in mid-call: this process must do no more work. */
  onAbandoned(): void
  /** Has it checked by another process; null when there is none to do it. */
  checkElsewhere(task: IntegrityTask): Promise<Findings | null>
}

export interface Examined extends Findings {
  readonly sha256: string
}

/**
 * Reads a plain SQLite file in full: its hash and its integrity check. Those of a large file run on two cores, the
 * check in another process, or on another thread, which costs this process some 20 MiB more; a hostile one is always
 * checked in a process of its own with limits. Once `signal` aborts it rejects at once, leaving a thread to the end of
 * the process.
 */
export async function examineFile(file: OpenFile, options: ExamineOptions): Promise<Examined> {
  const task = { path: file.path, hostile: options.hostile }
  const small = file.sizeBytes <= smallBytes && !options.hostile
  try {
    return small ? examineOnTheSpot(file, task, options) : await examineSideBySide(file, task, options)
  } finally {
    closeSync(file.fd)
  }
}

function examineOnTheSpot(file: OpenFile, task: IntegrityTask, options: ExamineOptions): Examined {
  const sha256 = hashSmallFile(file.fd, hashing(file, options))
  return { ...checkIntegrity(task), sha256 }
}

async function examineSideBySide(
  file: OpenFile,
  task: IntegrityTask,
  options: ExamineOptions,
): Promise<Examined> {
  const { signal, hostileMs: leastMs = leastCheckMs } = options
  const check = task.hostile ? checkHostile(file, { signal, leastMs }) : startCheck(task, options)
  const hash = hashFile(file.fd, hashing(file, options))
  try {
    const [sha256, findings] = await Promise.all([hash, check])
    return { ...findings, sha256 }
  } finally {
    // A descriptor that is closed while it is being read could by then be another file's.
    await hash.catch(() => {})
  }
}

function hashing({ sizeBytes }: OpenFile, { signal, onProgress }: ExamineOptions): HashOptions {
  return { signal, onProgress: (done) => onProgress(Math.min(done, sizeBytes), sizeBytes) }
}

async function startCheck(task: IntegrityTask, options: ExamineOptions): Promise<Findings> {
  const { promise: givenUp, reject } = deferred<never>()
  const giveUp = () => reject(reasonOf(options.signal))
  givenUp.catch(() => {})
  if (options.signal.aborted) giveUp()
  options.signal.addEventListener('abort', giveUp, { once: true })
  try {
    const elsewhere = await Promise.race([options.checkElsewhere(task), givenUp])
    return elsewhere ?? (await Promise.race([onThread(task, options), givenUp]))
  } finally {
    options.signal.removeEventListener('abort', giveUp)
  }
}

async function onThread(task: IntegrityTask, { signal, onAbandoned }: ExamineOptions): Promise<Findings> {
  signal.addEventListener('abort', onAbandoned, { once: true })
  try {
    return await checkOnThread(task)
  } finally {
    signal.removeEventListener('abort', onAbandoned)
  }
}
