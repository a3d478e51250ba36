import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A module of ours that reads hostile bytes, and what its process may take. */
export interface LimitedProgram {
  readonly entry: URL
  /** Private memory beside what Node itself takes, in MiB. */
  readonly memoryMib: number
  /** Of that, what V8 may take for objects, where the usual is not enough. */
  readonly heapMib?: number
  /** Seconds of a processor. The system ends a process that takes more, also when its parent is gone. */
  readonly processorSeconds: number
  /** Besides what every process gets. */
  readonly environment?: Readonly<Record<string, string>>
}

/** As published it is JavaScript; from a checkout Node takes the types away first. */
const isCompiled = extname(import.meta.url) === '.js'
/**
 * Without a compiler at run time no memory of the process is ever executable, it is no slower because the work is done
 * in SQLite, and V8 doesn't reserve half a GiB that counts as memory. Taking types away needs one.
 */
export const limitedNodeOptions = [
  ...(isCompiled ? ['--jitless'] : []),
  '--max-old-space-size=128',
  '--max-semi-space-size=2',
  '--single-threaded-gc',
]
/** MiB that an idle process of ours counts for. */
const ownMib = isCompiled ? 64 : 640

/**
 * Set by the shell, because Node can't: no core files, not a byte into any file, private memory, seconds of a
 * processor. `exec` makes the shell itself become the program.
 */
const withLimits = 'ulimit -c 0; ulimit -f 0; ulimit -d "$1" && ulimit -t "$2" && shift 2 && exec "$@"'

/**
 * Starts the program in a process of its own. On macOS the system does not enforce the limit of memory, on Windows
 * none: whoever starts it sets a deadline as well.
 */
export function startLimited(program: LimitedProgram): ChildProcessWithoutNullStreams {
  const { heapMib } = program
  // Of two the last one holds.
  const heap = heapMib === undefined ? [] : [`--max-old-space-size=${heapMib}`]
  const node = [process.execPath, ...limitedNodeOptions, ...heap, fileURLToPath(program.entry)]
  const memoryKib = String((program.memoryMib + ownMib) * 1024)
  const [command, ...rest] =
    process.platform === 'win32'
      ? node
      : ['/bin/sh', '-c', withLimits, 'limited', memoryKib, String(program.processorSeconds), ...node]
  const { PATH = '', TMPDIR, SystemRoot } = process.env
  const child = spawn(command!, rest, {
    // It needs no secrets, and takes no options from the environment.
    env: {
      PATH,
      ...(TMPDIR && { TMPDIR }),
      ...(SystemRoot && { SystemRoot }),
      MALLOC_ARENA_MAX: '1',
      UV_THREADPOOL_SIZE: '1',
      SQLITE_USE_URI: '1',
      ...program.environment,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  // One that has ended says so itself.
  child.stdin.on('error', () => {})
  return child
}

/** Whether the last words of a process are those of V8 or the C library when they get no more memory. */
export const saysNoMemory = (output: string): boolean =>
  /out of memory|allocation failed|bad_alloc|Cannot allocate/i.test(output)
