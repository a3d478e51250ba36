import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

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
  shortWrite: 4,
  tornKill: 5,
  failAll: 6,
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
  /** Where to write down what happens; needs a fresh name each time. */
  readonly log?: string
}

export function buildShim(folder: string): string {
  const library = join(folder, 'faults.so')
  const source = fileURLToPath(new URL('./faults.c', import.meta.url))
  execFileSync('gcc', ['-O1', '-shared', '-fPIC', '-o', library, source, '-ldl', '-lpthread'])
  return library
}

const numbers = 6
const textBytes = 1024
const countAt = 4

/** Gives orders to processes that were started with this environment, also while they run. */
export class Shim {
  readonly environment: Readonly<Record<string, string>>
  readonly #file: number

  constructor(library: string, controlFile: string) {
    this.environment = { LD_PRELOAD: library, FAULTS_CONTROL: controlFile, UV_USE_IO_URING: '0' }
    this.#file = openSync(controlFile, 'w+')
    ftruncateSync(this.#file, numbers * 4 + 2 * textBytes)
  }

  /** Counting begins anew. */
  order({ below, kinds: counted, action = 'count', target = 0, errno = 'EIO', log = '' }: Orders): void {
    const mask = counted.reduce((sum, kind) => sum | (1 << kinds[kind]), 0)
    const order = Buffer.alloc(numbers * 4 + 2 * textBytes)
    for (const [index, value] of [mask, actions[action], target, errnos[errno], 0, 0].entries()) {
      order.writeUInt32LE(value, index * 4)
    }
    order.write(below, numbers * 4)
    order.write(log, numbers * 4 + textBytes)
    writeSync(this.#file, order, 0, order.length, 0)
  }

  /** From now on everything goes its usual way. */
  rest(): void {
    writeSync(this.#file, Buffer.alloc(numbers * 4 + 2 * textBytes), 0, numbers * 4 + 2 * textBytes, 0)
  }

  /** Operations numbered since the last order. */
  get count(): number {
    return this.#number(countAt)
  }

  /** How many of them were made to fail. */
  get fired(): number {
    return this.#number(countAt + 1)
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
