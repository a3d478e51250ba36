import { randomBytes } from 'node:crypto'
import { entryNameOf } from './entry-name.ts'
import type { Named } from './errors.ts'
import { proofFailed } from './errors.ts'
import { joinOnServer } from './exchange-folder.ts'
import type { Server } from './look.ts'
import type { Row } from './session.ts'
import type { Move } from './statements.ts'

/** A file of the database within a backup. */
export interface BackupFile {
  readonly logicalName: string
  readonly physicalName: string
  /** `D` data, `L` log, `S` a folder of FILESTREAM, `F` a full-text catalog. */
  readonly type: string
}

export function filesFrom(rows: readonly Row[], named: Named): readonly BackupFile[] {
  if (rows.length === 0) throw proofFailed(named, 'it lists no files')
  return rows.map(({ LogicalName, PhysicalName, Type }) => ({
    logicalName: String(LogicalName),
    physicalName: String(PhysicalName),
    type: String(Type).trim(),
  }))
}

/**
 * A file of a database that is there already keeps its place; everything else gets a name that nothing has, in the
 * server's folders for new databases. Never the place that the backup names: another database may lie there.
 */
export function planMoves(
  files: readonly BackupFile[],
  target: string,
  { present, server }: { readonly present: readonly Move[]; readonly server: Server },
): readonly Move[] {
  return files.map((file, index) => {
    const there = present.find(
      ({ logicalName }) => logicalName.toLowerCase() === file.logicalName.toLowerCase(),
    )
    return {
      logicalName: file.logicalName,
      physicalName: there?.physicalName ?? freshPlace(file, target, index, server),
    }
  })
}

function freshPlace(
  { type, physicalName }: BackupFile,
  target: string,
  index: number,
  server: Server,
): string {
  const folder =
    (type === 'L' ? server.logPath : server.dataPath) ?? server.dataPath ?? folderOf(physicalName)
  const base = entryNameOf(target)
    .replace(/\.bak$/, '')
    .replaceAll(' ', '_')
  return joinOnServer(
    folder,
    `${base}_${index + 1}_${randomBytes(4).toString('hex')}${endingOf(type, index)}`,
  )
}

function endingOf(type: string, index: number): string {
  if (type === 'L') return '.ldf'
  if (type === 'D') return index === 0 ? '.mdf' : '.ndf'
  return ''
}

/** Ends with its separator, whichever one it is. */
const folderOf = (path: string) => path.slice(0, Math.max(path.lastIndexOf('\\'), path.lastIndexOf('/')) + 1)

export function presentFrom(rows: readonly Row[]): readonly Move[] {
  return rows.map(({ logicalName, physicalName }) => ({
    logicalName: String(logicalName),
    physicalName: String(physicalName),
  }))
}
