import type { Bak } from './bak-file.ts'
import type { ColumnType, Table, Value } from './tokens.ts'

/** One row, column by column. */
function row(...cells: readonly (readonly [string, ColumnType, Value])[]): Table {
  return {
    columns: cells.map(([name, type]) => ({ name, type })),
    rows: [cells.map(([, , value]) => value)],
  }
}

/** Those of the documented columns that say something here, with the documented types. */
export function headerOf({ header }: Bak): Table {
  const [major, minor, build] = header.version
  return row(
    ['BackupName', 'text', null],
    ['BackupType', 'int', header.type],
    ['Compressed', 'int', header.compressed ? 1 : 0],
    ['Position', 'int', 1],
    ['DatabaseName', 'text', header.database],
    ['BackupSize', 'numeric', header.contentBytes],
    ['BackupFinishDate', 'datetime', new Date(header.finishedAt)],
    ['CompatibilityLevel', 'int', header.compatibilityLevel],
    ['SoftwareVersionMajor', 'int', major],
    ['SoftwareVersionMinor', 'int', minor],
    ['SoftwareVersionBuild', 'int', build],
    ['HasBackupChecksums', 'bit', header.checksums],
    ['IsDamaged', 'bit', header.damaged],
    ['IsCopyOnly', 'bit', header.copyOnly],
    ['RecoveryModel', 'text', header.recoveryModel],
    [
      'CompressedBackupSize',
      'bigint',
      header.compressed ? Math.ceil(header.contentBytes / 4) : header.contentBytes,
    ],
  )
}

export function fileListOf({ header }: Bak): Table {
  return {
    columns: [
      { name: 'LogicalName', type: 'text' },
      { name: 'PhysicalName', type: 'text' },
      { name: 'Type', type: 'text' },
      { name: 'Size', type: 'numeric' },
    ],
    rows: header.files.map(({ logicalName, physicalName, type }) => [logicalName, physicalName, type, 8192]),
  }
}
