import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Everything below a folder that has that text in it: files, and what is packed in archives. */
export function filesWith(text: string, folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => contentOf(path).includes(text))
}

function contentOf(path: string): string {
  const bytes = readFileSync(path, 'latin1')
  if (!path.endsWith('.zip')) return bytes
  return bytes + spawnSync('unzip', ['-p', path], { encoding: 'latin1', maxBuffer: 2 ** 28 }).stdout
}

/** Processes of this machine that were started with that text among their arguments. */
export function processesWith(text: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => argumentsOf(pid).includes(text))
}

function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    // It has ended since.
    return ''
  }
}
