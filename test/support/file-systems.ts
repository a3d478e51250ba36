import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type CloningType = 'xfs' | 'btrfs'

const megabytes = { xfs: 400, btrfs: 400 } as const
const tool = (type: CloningType) => `/usr/sbin/mkfs.${type}`

/** Why no file system of this kind can be mounted here; null when it can. */
export function missingFor(type: CloningType): string | null {
  if (process.platform !== 'linux') return 'NOT RUN: only Linux has loop devices'
  if (process.getuid?.() !== 0) return 'NOT RUN: mounting needs root'
  if (!existsSync('/dev/loop-control')) return 'NOT RUN: no loop devices here'
  if (!existsSync(tool(type))) return `NOT RUN: ${tool(type)} is missing`
  return null
}

/** Makes a file system of that kind in a file of the folder and mounts it. The returned function takes it away again. */
export function mountFresh(
  type: CloningType,
  folder: string,
): { readonly path: string; unmount(): void } | string {
  const image = join(folder, `${type}.img`)
  const path = join(folder, type)
  writeFileSync(image, '')
  truncateSync(image, megabytes[type] * 1024 * 1024)
  mkdirSync(path)
  const failed = run(tool(type), '-q', image) ?? run('mount', '-o', 'loop', image, path)
  if (failed !== null) return `NOT RUN: ${failed}`
  return {
    path,
    unmount() {
      if (run('umount', path) !== null) run('umount', '--lazy', path)
      rmSync(image)
    },
  }
}

/** Shows a folder at another place where nothing can be written. The returned function ends that. */
export function mountReadOnly(folder: string, at: string): (() => void) | string {
  if (process.platform !== 'linux') return 'NOT RUN: only Linux can mount a folder'
  if (process.getuid?.() !== 0) return 'NOT RUN: mounting needs root'
  const failed = run('mount', '--bind', folder, at) ?? run('mount', '-o', 'remount,bind,ro', at)
  if (failed !== null) return `NOT RUN: ${failed}`
  return () => {
    if (run('umount', at) !== null) run('umount', '--lazy', at)
  }
}

function run(command: string, ...args: readonly string[]): string | null {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  return status === 0 ? null : `${command}: ${error?.message ?? stderr.trim()}`
}
