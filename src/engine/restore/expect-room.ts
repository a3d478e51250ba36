import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { BackupError } from '../errors.ts'
import { companionEnds } from '../vault/beside.ts'
import { lstatOrNull } from '../vault/files.ts'
import { nearestExisting } from '../vault/place.ts'
import { freeBytes } from '../vault/storage.ts'
import type { Target } from './target.ts'

/** For logs, sidecars and folders. */
const headroomBytes = 1024 * 1024

export interface Room {
  readonly neededBytes: number
  readonly freeBytes: number
}

/** Room for the backup beside the database and for the present state in the backups folder, where it is scarcest. */
export function roomFor(folder: string, target: Target, backupBytes: number): Room {
  const beside = dirname(target.path)
  const besideBytes = backupBytes + sizeOf(`${target.path}-wal`) + headroomBytes
  const at = nearestExisting(folder)
  if (statSync(beside).dev === statSync(at).dev) {
    const saved = target.state === 'usable' ? presentBytes(target) : 0
    return { neededBytes: besideBytes + saved, freeBytes: freeBytes(beside) }
  }
  const rooms = [
    { neededBytes: besideBytes, freeBytes: freeBytes(beside) },
    { neededBytes: presentBytes(target) + headroomBytes, freeBytes: freeBytes(at) },
  ]
  return rooms.sort((a, b) => a.freeBytes - a.neededBytes - (b.freeBytes - b.neededBytes))[0]!
}

export function expectRoom(folder: string, target: Target, backupBytes: number): void {
  const { neededBytes, freeBytes } = roomFor(folder, target, backupBytes)
  if (neededBytes <= freeBytes) return
  throw new BackupError(
    'disk-full',
    `The restore needs ${neededBytes} bytes, and ${freeBytes} are free: the present state is saved before it is replaced`,
    {
      hint: 'Free some space, delete old backups, or keep the backups on a bigger disk.',
      details: { neededBytes, freeBytes },
    },
  )
}

function presentBytes({ path }: Target): number {
  return ['', ...companionEnds].reduce((sum, end) => sum + sizeOf(path + end), 0)
}

const sizeOf = (path: string) => lstatOrNull(path)?.size ?? 0
