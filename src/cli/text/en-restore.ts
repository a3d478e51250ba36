import type { Usage, VersionMatch } from '../../engine/restoring.ts'

export const englishRestore = {
  welcome: 'Restoring a database from a backup. Ctrl-C ends this; nothing changes before you have agreed.',
  askFolder: 'Folder with the backups (or the tenant root):',
  chooseBackup: 'Which backup?',
  chooseHelp: 'Arrow keys or a number, then Enter. Ctrl-C ends.',
  askTarget: 'Database to replace:',
  confirm: 'Replace the database now? Type yes to go on:',
  confirmUnseen: 'Has the application ended? Type yes to go on:',
  yes: ['yes', 'y'],
  declined: 'Nothing was changed.',
  backup: (what: string, age: string) => `Backup:    ${what}, ${age}`,
  proof: {
    proven: 'proven, and looked at once more before anything changes',
    checked: 'found whole the last time; where it came from is not known',
    damaged: 'DAMAGED the last time that somebody looked; it is looked at again',
    none: 'of unknown origin: it is checked in full, but nothing can prove where it came from',
  },
  target: (path: string) => `Database:  ${path}`,
  present: {
    readable: (size: string, at: string) => `           ${size}, changed ${at}`,
    missing: '           is missing and is made',
    damaged: (why: string) =>
      `           can’t be opened (${why}); it is moved aside whole into backups/.salvage`,
    unreadable: (why: string) => `           ${why}`,
  },
  version: ({ relation, backup, running, schema }: VersionMatch): readonly string[] => [
    ...(relation === 'older'
      ? [`Version:   of the older application ${backup}; ${running} will migrate it when it opens it`]
      : relation === 'newer'
        ? [`Version:   of the NEWER application ${backup}, but ${running} is installed`]
        : backup !== null
          ? [`Version:   of the application ${backup}`]
          : []),
    ...(schema.relation === 'different'
      ? [
          `Schema:    another one than the present (user_version ${schema.backupUserVersion} in the backup, ${schema.presentUserVersion} now)`,
        ]
      : []),
  ],
  headings: ['TABLE', 'ROWS NOW', 'IN BACKUP', 'CHANGE', 'NEWEST NOW', 'NEWEST IN BACKUP'],
  unchanged: (count: number) => `${count} more with as many rows as before`,
  saved: 'The present state becomes a backup first, so that this can be undone.',
  users: 'Users and passwords of then apply, if they are in this database.',
  inUse: ({ processes }: Usage) =>
    `IN USE by ${processes.map(({ pid, command }) => `${pid} (${command})`).join(', ')}: stop the application first.`,
  unseen: ({ seen, unseen }: Usage) =>
    seen === 'none'
      ? 'This system does not show which processes have a file open: make sure that the application has ended.'
      : unseen > 0
        ? `${unseen} processes of other users can’t be looked into: make sure that none of them is the application.`
        : 'Processes outside this container, or of other users, can’t be seen: make sure that none of them is the application.',
  done: (target: string, at: string) => [`Restore successful`, `${target} is as it was ${at}.`],
  verdict: {
    proven: 'The backup was proven again before, and the database was compared with it.',
    checked:
      'The backup came from elsewhere: it was checked and is whole, but nothing can prove where it came from.',
  },
  savedAs: (path: string) => `The state before is saved: ${path}`,
  undo: (command: string) => `To undo: ${command}`,
  salvaged: (folder: string) => `The damaged database was moved aside whole: ${folder}`,
  newest: '(newest)',
}
