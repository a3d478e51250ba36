import { formatBytes } from '../format/numbers.ts'
import { formatAge, formatSince } from '../format/times.ts'
import type { IgnoredReason } from './health-details.ts'
import type { HealthWords } from './health-words.ts'

const ignored: Readonly<Record<IgnoredReason, string>> = {
  link: 'it is a link, so it is not listed',
  'not-a-file': 'it is not a file, so it is not listed',
  'several-names': 'it has several names, so it is not listed',
  'live-database': 'it is a live database, so it is not listed',
  unreadable: 'it can’t be read, so it is not listed',
  'broken-sidecar': 'its description doesn’t fit it, so it is listed as imported',
  'newer-format': 'a newer version wrote it, so it is not listed',
}

export const englishHealth: HealthWords = {
  'never-run': () => ({
    message: 'No backup has been made here yet.',
    hint: 'Make the first one with “Create backup”, and let automatic backups see to the rest.',
  }),
  overdue: ({ lastSuccessAt, dueAt }, reader) => ({
    message: `The automatic backup is overdue: it was due ${formatSince(reader, dueAt)}, and ${
      lastSuccessAt === null
        ? 'none has ever succeeded'
        : `the last success was ${formatAge(reader, lastSuccessAt)}`
    }.`,
    hint: 'See the recent runs for a cause, and make a backup by hand now.',
  }),
  'automate-paused': ({ by, since }, reader) => ({
    message: `No automatic backups: ${reader.scheduler} has been paused${by === null ? '' : ` by ${by}`} since ${formatSince(reader, since)}.`,
    hint: `Resume it in ${reader.scheduler}. What was due meanwhile is not made up for.`,
  }),
  'task-inactive': ({ wanted }, { scheduler }) => ({
    message: wanted
      ? `No automatic backups: they are wanted in the settings, but the backup task is switched off in ${scheduler}.`
      : `No automatic backups: nothing in ${scheduler} starts them.`,
    hint: wanted
      ? `Switch the task on in ${scheduler}, or save the settings here again.`
      : `Set up a schedule in ${scheduler}, so that nobody has to think of it.`,
  }),
  'automatic-off': () => ({
    message: 'No automatic backups: they are switched off.',
    hint: 'Switch them on in the settings, so that nobody has to think of it.',
  }),
  'file-not-taken-up': () => ({
    message: 'The settings’ file was changed: what it says of automatic backups does not hold yet.',
    hint: 'It holds from the next backup or start of the application on. “Create backup” makes it hold now.',
  }),
  'folder-not-writable': ({ folder }) => ({
    message: `The backups folder can’t be written to: ${folder}.`,
    hint: 'Ask the operator to give the application the right to write there.',
  }),
  'disk-full': ({ neededBytes, freeBytes }, { language }) => ({
    message: `The disk is too full for the next backup: it needs ${formatBytes(neededBytes, language)}, ${formatBytes(freeBytes, language)} are free.`,
    hint: 'Delete backups that are not needed any more, or ask the operator for more space.',
  }),
  'same-disk': () => ({
    message: 'All copies lie on the same disk as the data.',
    hint: 'If the disk fails, data and backups are gone together. Download copies to another place regularly.',
  }),
  'network-folder': ({ type }) => ({
    message: `The backups folder lies on a network file system (${type}).`,
    hint: 'Only one host may use it at a time: locks may not hold between machines there.',
  }),
  'clock-behind': () => ({
    message: 'By the clock, a backup was made in the future.',
    hint: 'Ask the operator to check the time. If it is right, the backup was made while the clock was wrong: rules of age and calendar remove nothing until the clock has passed it or that backup is deleted.',
  }),
  'clock-ahead': () => ({
    message: 'The clock stands implausibly far after the newest backup.',
    hint: 'Ask the operator to check the time. Rules of age and calendar remove nothing until 7 days after the first backup that follows such a jump: then the clock is believed again.',
  }),
  'last-run-failed': ({ message, hint, at }, reader) => ({
    message: `The last run failed (${formatSince(reader, at)}): ${message}`,
    hint,
  }),
  'drill-failed': ({ message, hint, at }, reader) => ({
    message: `The last restore drill, ${formatSince(reader, at)}, failed: ${message}`,
    hint,
  }),
  'damaged-backup': ({ count, name }) => ({
    message:
      count === 1
        ? `A backup was found damaged: ${name}.`
        : `${count} backups were found damaged, among them ${name}.`,
    hint: 'Don’t rely on it. Make a new backup now, and ask the operator to check the disk.',
  }),
  'ignored-files': ({ count, name, reason }) => ({
    message:
      count === 1
        ? `A file in the backups folder is not believed: ${name} (${ignored[reason]}).`
        : `${count} files in the backups folder are not believed, among them ${name} (${ignored[reason]}).`,
    hint: 'The operator can look at what lies there and put it right or remove it.',
  }),
  'schedule-elsewhere': (_details, { scheduler }) => ({
    message: `The schedule is set in ${scheduler} and can’t be changed here.`,
    hint: `Change it in ${scheduler}.`,
  }),
  'invalid-stored-settings': () => ({
    message: 'The stored settings are not valid, so defaults hold.',
    hint: 'Look through the settings below and save them again.',
  }),
  'platform-untested': () => ({
    message: 'Backups are untested on this operating system.',
    hint: 'They use the portable ways only. Try a restore before you rely on them.',
  }),
}
