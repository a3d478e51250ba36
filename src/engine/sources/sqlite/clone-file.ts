import { spawn } from 'node:child_process'
import { fstatSync, ftruncateSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { reasonOf } from '../../failure.ts'

/** Kernel numbers of file systems whose files can share blocks: btrfs, XFS, bcachefs, ZFS. */
const cloningTypes = new Set([0x9123683e, 0x58465342, 0xca451a4e, 0x2fc12fc1])
/** Below this, copying takes less time than starting a process. */
const worthwhileBytes = 16 * 1024 * 1024

export interface Clonable {
  /** Descriptor of the live main file. */
  readonly main: number
  /** Descriptor and path of the copy. */
  readonly copy: number
  readonly target: string
}

/** Whether it is worth trying, so that nobody pays for it where it can't succeed. */
export function mayClone({ main, copy, target }: Clonable): boolean {
  if (process.platform !== 'linux') return false
  const { dev, size } = fstatSync(main)
  if (size < worthwhileBytes || fstatSync(copy).dev !== dev) return false
  return cloningTypes.has(statfsSync(dirname(target)).type)
}

/**
 * Makes the copy share the blocks of the live file as it is at one moment. In another process, because the descriptor
 * that `cp` opens and closes would cost this one its locks. False, with an empty copy, where it can't be done.
 */
export async function cloneFile(
  { main, copy }: Clonable,
  { signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs?: number },
): Promise<boolean> {
  if (signal.aborted) throw reasonOf(signal)
  const limit = timeoutMs === undefined ? {} : { timeout: timeoutMs, killSignal: 'SIGKILL' as const }
  const child = spawn('cp', ['--reflink=always', '--', '/proc/self/fd/3', '/proc/self/fd/4'], {
    stdio: ['ignore', 'ignore', 'ignore', main, copy],
    ...limit,
  })
  const kill = () => void child.kill('SIGKILL')
  signal.addEventListener('abort', kill)
  const cloned = await new Promise<boolean>((resolve) => {
    child.on('error', () => resolve(false))
    child.on('exit', (code) => resolve(code === 0))
  })
  signal.removeEventListener('abort', kill)
  if (signal.aborted) throw reasonOf(signal)
  if (!cloned) ftruncateSync(copy, 0)
  return cloned
}
