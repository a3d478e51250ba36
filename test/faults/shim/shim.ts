import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compiledIn } from '../../support/compile-ahead.ts'

/** Why nothing can be injected on this machine; null where it can. */
export function missingForShim(): string | null {
  if (process.platform !== 'linux') return 'NOT RUN: the shim is for Linux'
  if (spawnSync('gcc', ['--version']).error) return 'NOT RUN: gcc is missing'
  return null
}

/** Kinds of file operations, numbered as in the C source. */
export const kinds = {
  create: 1,
  write: 2,
  sync: 3,
  rename: 4,
  link: 5,
  unlink: 6,
  truncate: 7,
  mkdir: 8,
  rmdir: 9,
  mode: 10,
  allocate: 11,
  open: 12,
  read: 13,
} as const
export type Kind = keyof typeof kinds

/** What changes a disk, and what only looks at it. */
export const changing = Object.keys(kinds).filter((kind) => kind !== 'open' && kind !== 'read') as Kind[]
export const looking: readonly Kind[] = ['open', 'read']

const actions = {
  count: 0,
  kill: 1,
  failOnce: 2,
  failFrom: 3,
  /** Half of it, once. */
  shortWrite: 4,
  /** A write is done by half before the kill. */
  tornKill: 5,
  /** Until somebody sends SIGCONT. */
  stop: 6,
  /** For ever, as on a dead disk. */
  hang: 7,
  /** From there on the clock of the day is another one. */
  jump: 8,
} as const
export type Action = keyof typeof actions

export const errnos = { ENOSPC: 28, EIO: 5, EACCES: 13, EROFS: 30, EMFILE: 24 } as const
export type Errno = keyof typeof errnos

export interface Orders {
  /** Operations below this folder are numbered. */
  readonly below: string
  readonly kinds: readonly Kind[]
  readonly action?: Action
  /** Counted from 1. */
  readonly target?: number
  readonly errno?: Errno
  /** Seconds. */
  readonly jump?: number
  /** Where to write down what happens; needs a fresh name each time. */
  readonly log?: string
}

/** Of what is started again after every kill: compiling it each time would take longer than all else. */
const compiled = compiledIn(process.env.NODE_COMPILE_CACHE ?? '')

export function buildShim(folder: string): string {
  const library = join(folder, 'faults.so')
  const source = fileURLToPath(new URL('./faults.c', import.meta.url))
  execFileSync('gcc', ['-O1', '-shared', '-fPIC', '-o', library, source, '-ldl', '-lpthread'])
  return library
}

const numbers = 8
const textBytes = 1024
const countAt = 4
const headBytes = numbers * 4
const wholeBytes = headBytes + 2 * textBytes

/** Gives orders to processes that were started with this environment, also while they run. */
export class Shim {
  readonly environment: Readonly<Record<string, string>>
  readonly #file: number

  constructor(library: string, controlFile: string) {
    this.environment = { LD_PRELOAD: library, FAULTS_CONTROL: controlFile, UV_USE_IO_URING: '0', ...compiled }
    this.#file = openSync(controlFile, 'w+')
    ftruncateSync(this.#file, wholeBytes)
  }

  /** Counting begins anew. */
  order({
    below,
    kinds: counted,
    action = 'count',
    target = 0,
    errno = 'EIO',
    jump = 0,
    log = '',
  }: Orders): void {
    const mask = counted.reduce((sum, kind) => sum | (1 << kinds[kind]), 0)
    const order = Buffer.alloc(wholeBytes)
    for (const [index, value] of [mask, actions[action], target, errnos[errno], 0, 0].entries()) {
      order.writeUInt32LE(value, index * 4)
    }
    order.writeInt32LE(jump, (numbers - 1) * 4)
    order.write(below, headBytes)
    order.write(log, headBytes + textBytes)
    writeSync(this.#file, order, 0, order.length, 0)
  }

  /** From now on everything goes its usual way. */
  rest(): void {
    writeSync(this.#file, Buffer.alloc(wholeBytes), 0, wholeBytes, 0)
  }

  /** Operations numbered since the last order. */
  get count(): number {
    return this.#number(countAt)
  }

  /** How many of them were made to fail. */
  get fired(): number {
    return this.#number(countAt + 1)
  }

  /** The process in which an operation was made to fail. */
  get process(): number {
    return this.#number(countAt + 2)
  }

  close(): void {
    closeSync(this.#file)
  }

  #number(index: number): number {
    const bytes = Buffer.alloc(4)
    readSync(this.#file, bytes, 0, 4, index * 4)
    return bytes.readUInt32LE()
  }
}
