import type { IgnoredName } from '../../engine/engine.ts'
import type { KeepReason, RetentionReason } from '../../engine/retention.ts'
import { germanArchive } from './de-archive.ts'
import { germanRestore } from './de-restore.ts'
import { germanWarnings } from './de-warnings.ts'
import type { Words } from './en.ts'

const reasons: Readonly<Record<IgnoredName['reason'], string>> = {
  link: 'ist ein symbolischer Verweis',
  'not-a-file': 'ist keine Datei',
  'several-names': 'hat mehrere Namen (harte Verweise)',
  'live-database': 'ist eine Datenbank in Betrieb',
  unreadable: 'ist nicht lesbar',
  'broken-sidecar': 'hat eine Begleitdatei, die nicht passt; es gilt als fremde Datei',
  'newer-format': 'stammt von einer neueren Version dieses Programms',
}

const keeps: Readonly<Record<KeepReason, string>> = {
  last: 'eine der letzten',
  daily: 'jüngste ihres Tages',
  weekly: 'jüngste ihrer Woche',
  monthly: 'jüngste ihres Monats',
  yearly: 'jüngste ihres Jahres',
  'no-rule': 'es gibt keine Regel',
  'newest-proven': 'jüngste geprüfte',
  protected: 'geschützt',
  manual: 'von Hand erstellt',
  imported: 'von anderswo',
  'before-update': 'vor einer Aktualisierung',
  'before-change': 'vor einer Änderung',
  'before-restore': 'vor einer Wiederherstellung',
  'clock-not-believed': 'der Uhr ist nicht zu trauen',
}

const removes: Readonly<Record<RetentionReason, string>> = {
  'not-kept': 'keine Regel behält sie',
  'too-old': 'älter als die Grenze',
  'grace-over': 'ihre Schonfrist ist vorbei',
}

export const german: Words & { readonly errors: Readonly<Record<string, string>> } = {
  usage: {
    help: {
      list: {
        synopsis: 'list DIR',
        summary: 'die Sicherungen eines Ordners, neueste zuerst',
        details: ['DIR ist ein Ordner mit Sicherungen oder der Ordner eines Mandanten.'],
        options: [],
      },
      status: {
        synopsis: 'status [DIR...]',
        summary: 'Alter der letzten geprüften Sicherung; Rückgabewert 1, wenn überfällig',
        details: [
          'DIR wie bei „list“; ohne Angabe der aktuelle Ordner. Ohne --max-age gilt der',
          'im Ordner vermerkte Zeitplan, und 25 Stunden, wo es keinen gibt.',
        ],
        options: [['--max-age HOURS', 'überfällig, wenn älter']],
      },
      verify: {
        synopsis: 'verify FILE...',
        summary: 'Sicherungen ganz ansehen: Prüfsumme, Unversehrtheit, Herkunft',
        details: [
          'In einem Ordner mit Sicherungen wird das Ergebnis daneben vermerkt, sonst nur',
          'angesehen. Eine Datei unbekannter Herkunft kann heil sein, aber nie bewiesen.',
          'Rückgabewert 3, wenn einige gut sind und andere nicht.',
        ],
        options: [],
      },
      create: {
        synopsis: 'create --db FILE --to DIR',
        summary: 'eine geprüfte Sicherung einer Datenbank, auch wenn sie benutzt wird',
        details: [
          'Mit --profile ID statt --db: das Archiv einer Systemsicherung, wie es in',
          '--config FILE steht; alte werden entfernt, wie es dort steht.',
        ],
        options: [
          ['--db FILE', 'die Datenbank'],
          ['--to DIR', 'der Ordner der Sicherungen; wird angelegt, wenn er fehlt'],
          ['--name NAME', 'Name der Datenbank, wenn nicht der ihrer Datei'],
          ['--note TEXT', 'wird mit der Sicherung aufbewahrt'],
          ['--profile ID', 'eine Systemsicherung; --to ist dann ein anderer Ordner'],
          ['--content WHAT', 'davon: everything, files oder databases'],
        ],
      },
      restore: {
        synopsis: 'restore [FILE] [--to DB] [--yes]',
        summary: 'eine Sicherung an die Stelle der Datenbank setzen; fragt ohne FILE nach',
        details: [
          'Der jetzige Stand wird vorher gesichert. Kein Programm darf die Datenbank',
          'geöffnet haben. Ohne --to kommt sie dorthin, woher sie stammt, wie neben der',
          'Sicherung vermerkt. Ein Archiv (FILE.zip) zeigt, was es hat, und fragt, wohin.',
        ],
        options: [
          ['--to DB', 'die Datenbank, die ersetzt oder angelegt wird'],
          ['--yes', 'nichts fragen; nötig, wo niemand gefragt werden kann'],
          ['--preview', 'nur sagen, was sich ändern würde'],
          ['--app-version V', 'der installierten Anwendung; neuere werden abgelehnt'],
          ['--accept-newer', 'die Sicherung einer neueren Anwendung trotzdem nehmen'],
          ['--only ID', 'aus einem Archiv diese Quelle; mehrfach möglich'],
          ['--mirror', 'Archiv: auch entfernen, was es nicht hat'],
          ['--any-version', 'Archiv: gleich, welche Anwendung es machte'],
        ],
      },
      prune: {
        synopsis: 'prune DIR --dry-run',
        summary: 'was Aufbewahrungsregeln entfernen würden; entfernt selbst nichts',
        details: [
          'Entfernt wird nur von Läufen, die gerade eine neue geprüfte Sicherung gemacht',
          'haben. Ohne Regel gilt --max-count 7.',
        ],
        options: [
          ['--max-count N', 'die letzten behalten'],
          ['--max-age-days N', 'entfernen, was älter ist'],
          ['--keep-daily N', 'auch --keep-weekly, --keep-monthly, --keep-yearly'],
          ['--time-zone Z', 'in der Tage beginnen; sonst die dieses Rechners'],
        ],
      },
    },
    heading: 'Aufruf: automate-backup COMMAND',
    of: (synopsis) => `Aufruf: automate-backup ${synopsis}`,
    common: [
      ['--json', 'das Ergebnis als JSON'],
      ['--config FILE', 'die Einstellungen des Betreibers'],
      ['--help', 'dies'],
    ],
    exitCodes: 'Rückgabewert: 0 getan, 1 gescheitert, 2 Aufruf falsch, 3 teils, 130 abgebrochen.',
    more: '„automate-backup COMMAND --help“ sagt mehr über einen davon.',
    noCommand: 'Es fehlt ein Befehl',
    unknownCommand: (name) => `Den Befehl „${name}“ gibt es nicht`,
    misread: (code, option, original) =>
      code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION'
        ? `Die Option „${option}“ gibt es hier nicht`
        : code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE'
          ? `Die Option „${option}“ ist so nicht verwendbar`
          : original,
    notACount: (option) => `${option} braucht eine ganze Zahl ab 1`,
    oneFolder: (command) => `„${command}“ braucht genau einen Ordner`,
    someFiles: '„verify“ braucht mindestens eine Datei',
    createNeeds: '„create“ braucht --db FILE und --to DIR und außer Optionen nichts weiter',
    noSuchProfile: (id, all) =>
      `Ein Profil „${id}“ gibt es in diesen Einstellungen nicht${all === '' ? '' : `; es gibt: ${all}`}`,
    profileNeedsConfig: '„create --profile“ braucht die Einstellungen des Betreibers: --config FILE',
    profileNeedsFolder: (id) => `Das Profil „${id}“ nennt keinen Ordner: Ergänzen Sie --to DIR`,
    badContent: (choices) => `--content nimmt eines von: ${choices}`,
    noSuchSource: (id, all) => `Das Archiv hat keine Quelle „${id}“; es gibt: ${all}`,
    archivesOnly: '--only, --mirror und --any-version gibt es nur bei einem Archiv (FILE.zip)',
    dryRunOnly: '„prune“ zeigt nur, was entfernt würde: Ergänzen Sie --dry-run',
    badZone: (zone) => `Die Zeitzone „${zone}“ gibt es nicht`,
    oneFile: '„restore“ nimmt eine FILE',
    needsFile: '„restore“ fragt nur an einem Terminal Schritt für Schritt: Nennen Sie die FILE',
    emptyTarget: '--to braucht den Pfad einer Datenbank',
    needsTarget: 'Wo die Datenbank liegt, ist nicht bekannt: Nennen Sie sie mit --to DB',
    needsYes: 'Hier kann niemand gefragt werden: Ergänzen Sie --yes, um die Datenbank zu ersetzen',
  },
  stages: {
    waiting: 'Wartet, bis er an der Reihe ist',
    checking: 'Sieht sich um',
    snapshot: 'Kopiert',
    proof: 'Prüft',
    archive: 'Füllt das Archiv',
    unpack: 'Spielt Dateien zurück',
    publish: 'Legt ab',
    retention: 'Räumt auf',
    staging: 'Legt bereit',
    closing: 'Wartet auf die Anwendung',
    saving: 'Sichert den jetzigen Stand',
    swap: 'Setzt ein',
    compare: 'Vergleicht',
  },
  list: {
    headings: ['ZEIT (UTC)', 'GRÖSSE', 'DATENBANK', 'ANLASS', 'PRÜFUNG', 'GESCHÜTZT', 'DATEI'],
    none: (folder) => `Keine Sicherungen in ${folder}`,
    ignored: (name, reason) =>
      reason === 'broken-sidecar'
        ? `${name} ${reasons[reason]}`
        : `Nicht gelistet: ${name} ${reasons[reason]}`,
    proof: { proven: 'bewiesen', checked: 'heil', damaged: 'beschädigt', none: 'ungeprüft' },
    yes: 'ja',
    no: 'nein',
  },
  triggers: {
    manual: 'von Hand',
    scheduled: 'nach Plan',
    'before-update': 'vor Aktualisierung',
    'before-change': 'vor Änderung',
    'before-restore': 'vor Wiederherstellung',
    imported: 'von anderswo',
  },
  noFolder: (folder) => ({
    message: `Den Ordner ${folder} gibt es nicht`,
    hint: 'Sehen Sie nach, ob der Pfad stimmt, ob der Datenträger eingehängt ist und ob Sie in die Ordner darüber hineinsehen dürfen.',
  }),
  unreadableFolder: (folder) => ({
    message: `Der Ordner ${folder} darf nicht gelesen werden`,
    hint: 'Rufen Sie dies als der Benutzer auf, unter dem die Anwendung läuft, oder als root.',
  }),
  status: {
    good: (age, count) => `letzte geprüfte Sicherung ${age}, insgesamt ${count}`,
    overdue: (age, hours) =>
      `ÜBERFÄLLIG: letzte geprüfte Sicherung ${age}, höchstens ${hours} Stunden sind in Ordnung`,
    late: (age, due) => `ÜBERFÄLLIG: letzte geprüfte Sicherung ${age}, fällig war eine um ${due}`,
    never: 'ÜBERFÄLLIG: keine geprüfte Sicherung',
    damaged: (count) => `${count} beschädigt`,
    backups: (count) => (count === 1 ? 'eine Sicherung' : `${count} Sicherungen`),
    hint: 'Die Seite „Backup“ der Anwendung oder ihr Protokoll sagt, warum keine da ist.',
  },
  verify: {
    proven: 'bewiesen: Sie ist, was sie bei der Entstehung war, und heil',
    checked: 'heil; woher sie stammt, ist nicht bekannt',
    failed: 'BESCHÄDIGT',
  },
  create: { made: (name, size, took) => `${name}: ${size}, geprüft, dauerte ${took}` },
  prune: {
    headings: ['', 'ZEIT (UTC)', 'DATENBANK', 'DATEI', 'WEIL'],
    stays: 'bleibt',
    goes: 'geht',
    keeps,
    removes,
    summary: (keep, remove) =>
      `${keep} blieben, ${remove} gingen nach der nächsten geprüften Sicherung. Entfernt wurde nichts.`,
    clock: 'Der Uhr ist gerade nicht zu trauen: Regeln nach Alter und Kalender entfernen nichts.',
  },
  restore: germanRestore,
  archive: germanArchive,
  original: (message) => `Im Einzelnen (englisch): ${message}`,
  warning: ({ code, details }) => germanWarnings[code](details),
  /** Hints of the page that make no sense here. */
  errors: {
    'not-found': 'Sehen Sie mit „automate-backup list“ nach, was da ist.',
    busy: 'Warten Sie, bis der Lauf zu Ende ist, und versuchen Sie es noch einmal.',
    'database-in-use':
      'Beenden Sie die Anwendung und versuchen Sie es noch einmal. Es wurde nichts geändert.',
    'folder-not-writable':
      'Rufen Sie dies als der Benutzer auf, unter dem die Anwendung läuft, oder als root.',
    'disk-full':
      'Schaffen Sie Platz, löschen Sie alte Sicherungen, oder bewahren Sie sie auf einem größeren Datenträger auf.',
    'source-missing': 'Sehen Sie nach, ob der Pfad stimmt und ob der Datenträger eingehängt ist.',
    'source-unsafe':
      'Nennen Sie die Datei selbst: eine gewöhnliche Datei, kein Verweis und nichts, was benutzt wird.',
    'proof-failed':
      'Verlassen Sie sich nicht darauf und nehmen Sie eine andere Sicherung. Die Datenbank wurde nicht angerührt.',
    'operator-settings-broken':
      'Die Datei enthält die Einstellungen des Betreibers als JSON; siehe Handbuch.',
  },
}
