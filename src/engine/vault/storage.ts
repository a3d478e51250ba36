import { lstatSync, readdirSync, readFileSync, realpathSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { FolderState, LiveDatabase, Storage, Vault } from '../engine.ts'
import { isWritable, nearestExisting } from './place.ts'

/** Kernel numbers of file systems that several machines may share. */
const networkTypes: Readonly<Record<number, string>> = {
  26985: 'nfs',
  20859: 'smb',
  4283649346: 'cifs',
  4266872130: 'smb2',
  1397113167: 'afs',
  12805120: 'ceph',
  18225520: 'gfs2',
  1952539503: 'ocfs2',
  198183888: 'lustre',
}
const fuse = 0x65735546
const networkFuse = /^fuse\.(sshfs|rclone|s3fs|gcsfuse|glusterfs|davfs|curlftpfs|goofys|mount\.ceph|cephfs)/

/** Headroom for the sidecar, the logs and pages that come while copying. */
const headroom = { factor: 1.05, bytes: 1024 * 1024 }

/** Main file and write-ahead log; 0 for a database that is missing. */
export function databaseBytes(database: LiveDatabase): number {
  return sizeOf(database.path) + sizeOf(`${database.path}-wal`)
}

/** What the log holds may all be pages that the main file does not have yet. */
export function neededBytes(databases: readonly LiveDatabase[]): number {
  const bytes = databases.reduce((sum, database) => sum + databaseBytes(database), 0)
  return Math.ceil(bytes * headroom.factor) + headroom.bytes
}

/** Free for the user that this process runs as, on the disk of the nearest folder that exists. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(nearestExisting(folder))
  return bavail * bsize
}

export function readStorage(vault: Vault): Storage {
  return {
    usedBytes: usedBytes(vault.folder),
    freeBytes: freeBytes(vault.folder),
    neededBytes: neededBytes(vault.databases),
  }
}

/** Everything in the folder and in the folders that are ours; links count as themselves. */
export function usedBytes(folder: string): number {
  let sum = 0
  for (const entry of listOrNothing(folder)) {
    const path = join(folder, entry.name)
    sum += entry.isDirectory() ? usedBytes(path) : lstatSizeOf(path)
  }
  return sum
}

export function readFolderState(vault: Vault): Omit<FolderState, 'ignored'> {
  const at = nearestExisting(vault.folder)
  return {
    exists: at === vault.folder && statSync(at).isDirectory(),
    writable: statSync(at).isDirectory() && isWritable(at),
    networkFileSystem: networkFileSystem(at),
    sameDisk: vault.databases.every(({ path }) => deviceOf(path) === statSync(at).dev),
  }
}

function networkFileSystem(folder: string): string | null {
  const { type } = statfsSync(folder)
  if (type === fuse) return networkFuse.exec(mountType(folder))?.[0] ?? null
  return networkTypes[type >>> 0] ?? null
}

/** What `/proc/self/mounts` calls the mount that holds the folder; empty where there is no such file. */
function mountType(folder: string): string {
  try {
    const real = realpathSync(folder)
    const mounts = readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' '))
    const above = mounts.filter(([, point]) => point && isAbove(unescapeMount(point), real))
    return above.sort((a, b) => a[1]!.length - b[1]!.length).at(-1)?.[2] ?? ''
  } catch {
    return ''
  }
}

const isAbove = (point: string, path: string) =>
  point === '/' || path === point || path.startsWith(`${point}/`)
const unescapeMount = (text: string) =>
  text.replaceAll(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

function lstatSizeOf(path: string): number {
  return lstatSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** A missing database lies nowhere, so it can't be on another disk. */
function deviceOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.dev ?? statSync(nearestExisting(path)).dev
}

function listOrNothing(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
