import type { IgnoredName } from '../../engine/engine.ts'
import type { KeepReason, RetentionReason } from '../../engine/retention.ts'
import type { Warning } from '../../engine/warnings.ts'
import type { CommandName } from '../command.ts'
import { englishArchive } from './en-archive.ts'
import { englishRestore } from './en-restore.ts'

/** What `--help` says of a command. */
interface Help {
  readonly synopsis: string
  readonly summary: string
  /** Lines of at most 80 columns. */
  readonly details: readonly string[]
  readonly options: readonly Option[]
}

/** As it is typed, and what it means in at most 58 columns. */
type Option = readonly [option: string, meaning: string]

const help: Readonly<Record<CommandName, Help>> = {
  list: {
    synopsis: 'list DIR',
    summary: 'the backups in a folder, newest first',
    details: ['DIR is a backups folder, or a tenant root that has one.'],
    options: [],
  },
  status: {
    synopsis: 'status [DIR...]',
    summary: 'age of the last proven backup; exit code 1 when overdue',
    details: [
      'DIR as in "list"; the current folder when it is left out. Without --max-age the',
      'schedule noted in the folder counts, and 25 hours where there is none.',
    ],
    options: [['--max-age HOURS', 'overdue when older than that']],
  },
  verify: {
    synopsis: 'verify FILE...',
    summary: 'look at backups in full: hash, integrity check, origin',
    details: [
      'In a backups folder the outcome is noted beside the backup; a file anywhere else',
      'is only looked at. A file of unknown origin can be "checked", never "proven".',
      'Exit code 3 when some are good and others are not.',
    ],
    options: [],
  },
  create: {
    synopsis: 'create --db FILE --to DIR',
    summary: 'a proven backup of a database, also while it is in use',
    details: [
      'With --profile ID instead of --db: the archive of a system backup, as',
      '--config FILE describes it, old ones removed as it says.',
    ],
    options: [
      ['--db FILE', 'the database'],
      ['--to DIR', 'the backups folder; made when it is missing'],
      ['--name NAME', 'what the database is called, when not like its file'],
      ['--note TEXT', 'kept with the backup'],
      ['--profile ID', 'a system backup; --to is another folder then'],
      ['--content WHAT', 'of it: everything, files or databases'],
    ],
  },
  restore: {
    synopsis: 'restore [FILE] [--to DB] [--yes]',
    summary: 'put a backup in the place of a database; asks when FILE is missing',
    details: [
      'The present state is saved as a backup before it is replaced. Nothing may have',
      'the database open. Without --to it goes where it came from, as noted beside the',
      'backup. An archive (FILE.zip) shows what is in it and asks what goes where.',
    ],
    options: [
      ['--to DB', 'the database to replace, or to make'],
      ['--yes', 'ask nothing; needed where nobody can be asked'],
      ['--preview', 'say what would change, and change nothing'],
      ['--app-version V', 'of the installed application; newer backups are refused'],
      ['--accept-newer', 'restore a backup of a newer application all the same'],
      ['--only ID', 'of an archive this source; may be repeated'],
      ['--mirror', 'of an archive: remove what it doesn’t have, too'],
      ['--any-version', 'of an archive: whichever application made it'],
    ],
  },
  prune: {
    synopsis: 'prune DIR --dry-run',
    summary: 'what rules of retention would remove; removes nothing itself',
    details: [
      'Removing is left to the runs that make backups, after a new one is proven.',
      'Without any rule it is --max-count 7.',
    ],
    options: [
      ['--max-count N', 'keep the last'],
      ['--max-age-days N', 'remove what is older'],
      ['--keep-daily N', 'also --keep-weekly, --keep-monthly, --keep-yearly'],
      ['--time-zone Z', 'in which days begin; otherwise that of this machine'],
    ],
  },
}

const reasons: Readonly<Record<IgnoredName['reason'], string>> = {
  link: 'is a symbolic link',
  'not-a-file': 'is not a file',
  'several-names': 'has several names (hard links)',
  'live-database': 'is a live database',
  unreadable: 'could not be read',
  'broken-sidecar': 'has a sidecar that does not fit; it is listed as imported',
  'newer-format': 'was made by a newer version of this program',
}

const keeps: Readonly<Record<KeepReason, string>> = {
  last: 'one of the last',
  daily: 'newest of its day',
  weekly: 'newest of its week',
  monthly: 'newest of its month',
  yearly: 'newest of its year',
  'no-rule': 'there is no rule',
  'newest-proven': 'newest proven one',
  protected: 'protected',
  manual: 'made by hand',
  imported: 'from elsewhere',
  'before-update': 'before an update',
  'before-change': 'before a change',
  'before-restore': 'before a restore',
  'clock-not-believed': 'the clock can’t be believed',
}

const removes: Readonly<Record<RetentionReason, string>> = {
  'not-kept': 'no rule keeps it',
  'too-old': 'older than the limit',
  'grace-over': 'its period of grace is over',
}

export const english = {
  usage: {
    help,
    heading: 'Usage: automate-backup COMMAND',
    of: (synopsis: string) => `Usage: automate-backup ${synopsis}`,
    /** Every command takes these. */
    common: [
      ['--json', 'print the result as JSON'],
      ['--config FILE', 'the operator’s settings'],
      ['--help', 'this'],
    ] as readonly Option[],
    exitCodes: 'Exit codes: 0 done, 1 failed, 2 wrong usage, 3 partly done, 130 cancelled.',
    more: '"automate-backup COMMAND --help" says more about one of them.',
    noCommand: 'A command is missing',
    unknownCommand: (name: string) => `There is no command "${name}"`,
    misread: (_code: string, _option: string, original: string) => original,
    notACount: (option: string) => `${option} takes a whole number from 1 on`,
    oneFolder: (command: string) => `"${command}" needs exactly one folder`,
    someFiles: '"verify" needs at least one file',
    createNeeds: '"create" needs --db FILE and --to DIR, and nothing else besides options',
    noSuchProfile: (id: string, all: string) =>
      `There is no profile "${id}" in these settings${all === '' ? '' : `; there are: ${all}`}`,
    profileNeedsConfig: '"create --profile" needs the operator’s settings: --config FILE',
    profileNeedsFolder: (id: string) => `The profile "${id}" names no folder: add --to DIR`,
    badContent: (choices: string) => `--content takes one of: ${choices}`,
    noSuchSource: (id: string, all: string) => `The archive has no source "${id}"; there are: ${all}`,
    archivesOnly: '--only, --mirror and --any-version go with an archive (FILE.zip) only',
    dryRunOnly: '"prune" only shows what would be removed: add --dry-run',
    badZone: (zone: string) => `There is no time zone "${zone}"`,
    oneFile: '"restore" takes one FILE',
    needsFile: '"restore" asks step by step on a terminal only: name the FILE',
    emptyTarget: '--to needs the path of a database',
    needsTarget: 'Where the database lies isn’t known: name it with --to DB',
    needsYes: 'Nobody can be asked here: add --yes to replace the database',
  },
  stages: {
    waiting: 'Waiting for its turn',
    checking: 'Looking around',
    snapshot: 'Copying',
    proof: 'Proving',
    archive: 'Filling the archive',
    unpack: 'Putting files back',
    publish: 'Publishing',
    retention: 'Tidying up',
    staging: 'Laying ready',
    closing: 'Waiting for the application',
    saving: 'Saving the present state',
    swap: 'Putting it in place',
    compare: 'Comparing',
  },
  list: {
    headings: ['TIME (UTC)', 'SIZE', 'DATABASE', 'TRIGGER', 'PROOF', 'PROTECTED', 'FILE'],
    none: (folder: string) => `No backups in ${folder}`,
    ignored: (name: string, reason: IgnoredName['reason']) =>
      reason === 'broken-sidecar' ? `${name} ${reasons[reason]}` : `Not listed: ${name} ${reasons[reason]}`,
    proof: { proven: 'proven', checked: 'checked', damaged: 'damaged', none: 'not proven' },
    yes: 'yes',
    no: 'no',
  },
  triggers: {
    manual: 'manual',
    scheduled: 'scheduled',
    'before-update': 'before-update',
    'before-change': 'before-change',
    'before-restore': 'before-restore',
    imported: 'imported',
  },
  noFolder: (folder: string) => ({
    message: `There is no folder ${folder}`,
    hint: 'Check the path, whether its disk is mounted, and whether you may look into the folders above it.',
  }),
  unreadableFolder: (folder: string) => ({
    message: `The folder ${folder} may not be read`,
    hint: 'Run this as the user that the application runs as, or as root.',
  }),
  status: {
    good: (age: string, count: string) => `last proven backup ${age}, ${count} in all`,
    overdue: (age: string, hours: number) =>
      `OVERDUE: last proven backup ${age}, at most ${hours} hours are fine`,
    late: (age: string, due: string) => `OVERDUE: last proven backup ${age}, one was due at ${due}`,
    never: 'OVERDUE: no proven backup',
    damaged: (count: number) => `${count} damaged`,
    backups: (count: number) => (count === 1 ? 'one backup' : `${count} backups`),
    hint: 'Look at the application’s backup page, or into its log, for why there is none.',
  },
  verify: {
    proven: 'proven: it is what it was when it was made, and whole',
    checked: 'checked: it is whole; where it came from is not known',
    failed: 'FAILED',
  },
  create: { made: (name: string, size: string, took: string) => `${name}: ${size}, proven, took ${took}` },
  prune: {
    headings: ['', 'TIME (UTC)', 'DATABASE', 'FILE', 'BECAUSE'],
    stays: 'stays',
    goes: 'goes',
    keeps,
    removes,
    summary: (keep: number, remove: number) =>
      `${keep} would stay, ${remove} would go after the next proven backup. Nothing was removed.`,
    clock: 'The clock can’t be believed just now: rules of age and calendar remove nothing.',
  },
  restore: englishRestore,
  archive: englishArchive,
  /** What an error says about itself, where the words above are another language's. */
  original: (_message: string): string | null => null,
  warning: ({ message }: Warning): string => message,
}

export type Words = typeof english
