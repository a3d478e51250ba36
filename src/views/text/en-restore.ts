const rows = (count: number) => (count === 1 ? '1 row' : `${count.toLocaleString('en-GB')} rows`)
const comeBack = (count: number) => `${rows(count)} ${count === 1 ? 'comes' : 'come'} back`
const areLost = (count: number) => `${rows(count)} ${count === 1 ? 'is' : 'are'} lost`

/** Putting data back: the page that asks, and the card that says what became of it. */
export const englishRestore = {
  title: 'Restore this backup?',
  titleBack: 'Roll back to this state?',
  intro: (database: string, moment: string) =>
    `The database “${database}” goes back to its state of ${moment}. Whatever was entered, changed or deleted since then is undone.`,
  introBack: (database: string, moment: string) =>
    `The database “${database}” goes back to its state just before the restore, ${moment}. Whatever was entered since then is undone.`,
  users: 'Users and passwords are those of then, too.',
  usersDetail:
    'Whoever was added since can’t sign in any more, whoever was removed can again, and the old passwords hold.',
  database: 'Database',
  version: 'Application',
  versionOf: (version: string) => `Version ${version}`,
  versionUnknown: 'Not known',
  older: (backup: string, running: string) =>
    `The backup is of version ${backup}; version ${running} is running.`,
  olderDetail: 'The application brings the data up to date when it opens it.',
  newer: (backup: string, running: string) =>
    `The backup is of version ${backup}, but the older version ${running} is running.`,
  newerDetail: 'It can’t be restored: update the application first, or take an older backup.',
  schema: 'Its tables are laid out differently from today’s.',
  schemaDetail: 'The application has to cope with that when it opens the data, as after an update.',
  damaged: 'This backup failed its last check.',
  damagedDetail: 'It can’t be restored. Take another one.',
  checked: 'This file came from elsewhere.',
  checkedDetail:
    'It can be checked, but there is nothing to compare it with: whether it is what somebody says it is, only you know.',
  presentDamaged: 'The present database is damaged.',
  presentDamagedDetail: 'It is moved aside whole, never deleted, because no backup can be made of it.',
  presentMissing: 'There is no database now.',
  presentMissingDetail: 'It is made anew from the backup.',
  presentUnreadable: 'The present database can’t be read now, so nothing can be compared.',
  space: (needed: string, free: string) => `Not enough space: ${needed} are needed, ${free} are free.`,
  spaceDetail: 'Free some space, or delete backups that are no longer needed.',
  changes: 'What changes',
  table: 'Table',
  now: 'Now',
  inBackup: 'In the backup',
  difference: 'Difference',
  newest: (moment: string) => `newest: ${moment}`,
  uncounted: 'not counted',
  noTable: 'no such table',
  back: comeBack,
  lost: areLost,
  tableBack: 'The table comes back',
  tableLost: 'The table is lost',
  sameCount: 'As many rows, newer ones',
  sum: (back: number, lost: number) =>
    back === 0 && lost === 0
      ? 'Every table has as many rows as then.'
      : back === 0
        ? `By number, ${areLost(lost)}.`
        : lost === 0
          ? `By number, ${comeBack(back)}.`
          : `By number, ${comeBack(back)} and ${areLost(lost)}.`,
  sumDetail: 'Rows that were only changed are not counted.',
  unchanged: (count: number) =>
    count === 1 ? '1 table has as many rows as then' : `${count} tables have as many rows as then`,
  steps: 'What happens',
  stepsNow: [
    'The backup is proven once more and laid ready. Until then work goes on.',
    'The application closes this data for a moment. Whoever works with it is asked to wait.',
    'The present state is saved as a backup, kept for at least seven days. With it you can roll back.',
    'The backup takes its place and is compared. If anything fails, the data stays what it was.',
  ],
  stepsNextStart: [
    'The backup is proven now. Nothing else changes, and work goes on.',
    'It is restored once, at the next start of the application, before the data is opened. Until then you can cancel it.',
    'The present state of that moment is saved as a backup, kept for at least seven days. With it you can roll back.',
    'This page then says how it went. If anything fails, the data stays what it was.',
  ],
  confirm: 'Type the name of the tenant to confirm',
  confirmDetail: (name: string) => `Exactly: ${name}`,
  submit: { now: 'Restore now', 'next-start': 'Restore at the next start' },
  submitBack: { now: 'Roll back now', 'next-start': 'Roll back at the next start' },
  cancel: 'Leave everything as it is',
  waiting: 'Another restore is waiting for the next start.',
  waitingDetail: 'Cancel it on the backup page before you ask for this one.',
  notAllowed: 'The operator does not allow restoring from this page.',
  unavailable: 'This application can’t restore while it runs.',
  byOperator: 'The operator stops the application and types:',
  inFolder: (folder: string) => `in the folder ${folder}`,
  choose: 'Which database is this?',
  chooseDetail: 'The file doesn’t tell. Choose the one that it is to replace.',
  chooseNext: 'Show what would change',
  outcome: {
    heading: 'Restore',
    waiting: 'A restore waits for the next start of the application',
    waitingDetail: (moment: string) =>
      `The data goes back to its state of ${moment}. Until then everything goes on as usual.`,
    cancel: 'Cancel the restore',
    done: (moment: string) => `Restore successful: this is the data of ${moment}`,
    doneUnnamed: 'Restore successful',
    doneAt: (moment: string) => `Restored ${moment}.`,
    saved: 'The state before was saved as a backup.',
    notSaved: 'Of the state before there was no backup to be made.',
    back: 'Roll back…',
    failed: (moment: string) => `The restore of ${moment} failed`,
  },
}
