import type { LeftOutReason } from '../../engine/archive.ts'

const reasons: Readonly<Record<LeftOutReason, string>> = {
  excluded: 'is left out on purpose',
  'part-of-database': 'goes with its database',
  'special-file': 'is a pipe, socket or device',
  vanished: 'vanished while it was read',
  changed: 'changed each time it was read',
  unreadable: 'could not be read',
  'broken-database': 'looks like a database and can’t be copied as one; its bytes are there',
  'in-the-way': 'was not replaced: something else has its name',
  'unusable-name': 'has a name that can’t be kept',
}

/** Archives of system backups. */
export const englishArchive = {
  kinds: { directory: 'folder', sqlite: 'SQLite', mssql: 'SQL Server' },
  headings: ['SOURCE', 'KIND', 'FROM', 'FILES', 'SIZE', 'LEFT OUT'],
  of: (profile: string, made: string, version: string | null) =>
    `Archive of the profile ${profile}, made ${made}${version === null ? '' : `, application ${version}`}`,
  amount: (size: string, unpacked: string, entries: string) =>
    `${size}, ${unpacked} unpacked, ${entries} entries`,
  notKept: 'What a restore replaces is not kept. If you may want it back, make an archive of it first.',
  confirm: (files: string, size: string, mirror: boolean) =>
    `Put back ${files} files (${size}) now? Those of the same names are replaced and not kept.${mirror ? ' What else lies there is removed.' : ''} Type yes to go on:`,
  askPlace: (id: string) => `Where does "${id}" go? Empty leaves it out.`,
  replaceDatabase: (name: string) =>
    `The database "${name}" of the server is replaced, and everybody is disconnected from it. Type yes to go on:`,
  restored: (id: string, files: string, size: string, from: string) =>
    `${id}: ${files} files, ${size}, from ${from}`,
  untouched: (path: string, reason: LeftOutReason) => `Left as it is: ${path} ${reasons[reason]}`,
  leftOut: (path: string, reason: LeftOutReason) => `Not in the archive: ${path} ${reasons[reason]}`,
  liesIn: (folder: string) => `It lies in ${folder}`,
  success: 'Restore successful',
}
