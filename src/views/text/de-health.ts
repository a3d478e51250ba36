import { formatBytes } from '../format/numbers.ts'
import { formatAge, formatSince } from '../format/times.ts'
import type { IgnoredReason } from './health-details.ts'
import type { HealthWords } from './health-words.ts'

const ignored: Readonly<Record<IgnoredReason, string>> = {
  link: 'sie ist ein Verweis und wird nicht aufgeführt',
  'not-a-file': 'sie ist keine Datei und wird nicht aufgeführt',
  'several-names': 'sie hat mehrere Namen und wird nicht aufgeführt',
  'live-database': 'sie ist eine Datenbank in Betrieb und wird nicht aufgeführt',
  unreadable: 'sie ist nicht lesbar und wird nicht aufgeführt',
  'broken-sidecar': 'ihre Beschreibung passt nicht zu ihr, sie gilt als importiert',
  'newer-format': 'eine neuere Version hat sie geschrieben, sie wird nicht aufgeführt',
}

export const germanHealth: HealthWords = {
  'never-run': () => ({
    message: 'Hier wurde noch keine Sicherung erstellt.',
    hint: 'Erstellen Sie die erste mit „Sicherung erstellen“ und überlassen Sie den Rest automatischen Sicherungen.',
  }),
  overdue: ({ lastSuccessAt, dueAt }, reader) => ({
    message: `Die automatische Sicherung ist überfällig: Sie war fällig ${formatSince(reader, dueAt)}, und ${
      lastSuccessAt === null
        ? 'noch nie gelang eine'
        : `die letzte gelang ${formatAge(reader, lastSuccessAt)}`
    }.`,
    hint: 'Die letzten Vorgänge zeigen vielleicht die Ursache. Erstellen Sie jetzt eine von Hand.',
  }),
  'automate-paused': ({ by, since }, reader) => ({
    message: `Keine automatischen Sicherungen: ${reader.scheduler} wurde${by === null ? '' : ` von ${by}`} angehalten, seit ${formatSince(reader, since)}.`,
    hint: `Setzen Sie es in ${reader.scheduler} fort. Was inzwischen fällig war, wird nicht nachgeholt.`,
  }),
  'task-inactive': ({ wanted }, { scheduler }) => ({
    message: wanted
      ? `Keine automatischen Sicherungen: In den Einstellungen sind sie gewünscht, aber die Aufgabe ist in ${scheduler} ausgeschaltet.`
      : `Keine automatischen Sicherungen: Nichts in ${scheduler} startet sie.`,
    hint: wanted
      ? `Schalten Sie die Aufgabe in ${scheduler} ein oder speichern Sie die Einstellungen hier noch einmal.`
      : `Richten Sie in ${scheduler} einen Zeitplan ein, dann muss niemand daran denken.`,
  }),
  'automatic-off': () => ({
    message: 'Keine automatischen Sicherungen: Sie sind ausgeschaltet.',
    hint: 'Schalten Sie sie in den Einstellungen ein, dann muss niemand daran denken.',
  }),
  'file-not-taken-up': () => ({
    message:
      'Die Datei der Einstellungen wurde geändert: Was darin über automatische Sicherungen steht, gilt noch nicht.',
    hint: 'Es gilt ab der nächsten Sicherung oder dem nächsten Start der Anwendung. „Sicherung erstellen“ lässt es sofort gelten.',
  }),
  'folder-not-writable': ({ folder }) => ({
    message: `In den Ordner der Sicherungen lässt sich nicht schreiben: ${folder}.`,
    hint: 'Bitten Sie den Betreiber, der Anwendung dort das Schreibrecht zu geben.',
  }),
  'disk-full': ({ neededBytes, freeBytes }, { language }) => ({
    message: `Der Datenträger ist zu voll für die nächste Sicherung: Sie braucht ${formatBytes(neededBytes, language)}, frei sind ${formatBytes(freeBytes, language)}.`,
    hint: 'Löschen Sie nicht mehr benötigte Sicherungen oder bitten Sie den Betreiber um mehr Platz.',
  }),
  'same-disk': () => ({
    message: 'Alle Kopien liegen auf demselben Datenträger wie die Daten.',
    hint: 'Fällt er aus, sind Daten und Sicherungen zusammen weg. Laden Sie regelmäßig Kopien an einen anderen Ort herunter.',
  }),
  'network-folder': ({ type }) => ({
    message: `Der Ordner der Sicherungen liegt auf einem Netzlaufwerk (${type}).`,
    hint: 'Nur ein Host darf ihn benutzen: Sperren gelten dort vielleicht nicht zwischen Rechnern.',
  }),
  'clock-behind': () => ({
    message: 'Nach der Uhr entstand eine Sicherung in der Zukunft.',
    hint: 'Bitten Sie den Betreiber, die Zeit zu prüfen. Stimmt sie, dann entstand die Sicherung, als die Uhr falsch ging: Regeln nach Alter und Kalender entfernen nichts, bis die Uhr an ihr vorbei ist oder diese Sicherung gelöscht wird.',
  }),
  'clock-ahead': () => ({
    message: 'Die Uhr steht unglaubwürdig weit nach der neuesten Sicherung.',
    hint: 'Bitten Sie den Betreiber, die Zeit zu prüfen. Regeln nach Alter und Kalender entfernen nichts bis 7 Tage nach der ersten Sicherung, die auf einen solchen Sprung folgt: Dann gilt die Uhr wieder als richtig.',
  }),
  'last-run-failed': ({ message, hint, at }, reader) => ({
    message: `Der letzte Vorgang ist fehlgeschlagen (${formatSince(reader, at)}): ${message}`,
    hint,
  }),
  'drill-failed': ({ message, hint, at }, reader) => ({
    message: `Die letzte Probe der Wiederherstellung, ${formatSince(reader, at)}, schlug fehl: ${message}`,
    hint,
  }),
  'damaged-backup': ({ count, name }) => ({
    message:
      count === 1
        ? `Eine Sicherung ist beschädigt: ${name}.`
        : `${count} Sicherungen sind beschädigt, darunter ${name}.`,
    hint: 'Verlassen Sie sich nicht darauf. Erstellen Sie jetzt eine neue und lassen Sie den Datenträger prüfen.',
  }),
  'ignored-files': ({ count, name, reason }) => ({
    message:
      count === 1
        ? `Einer Datei im Ordner der Sicherungen ist nicht zu trauen: ${name} (${ignored[reason]}).`
        : `${count} Dateien im Ordner der Sicherungen ist nicht zu trauen, darunter ${name} (${ignored[reason]}).`,
    hint: 'Der Betreiber kann nachsehen, was dort liegt, und es in Ordnung bringen oder entfernen.',
  }),
  'schedule-elsewhere': (_details, { scheduler }) => ({
    message: `Der Zeitplan wird in ${scheduler} bestimmt; hier lässt er sich nicht ändern.`,
    hint: `Ändern Sie ihn in ${scheduler}.`,
  }),
  'invalid-stored-settings': () => ({
    message: 'Die gespeicherten Einstellungen sind ungültig; es gelten die Vorgaben.',
    hint: 'Sehen Sie die Einstellungen unten durch und speichern Sie sie neu.',
  }),
  'platform-untested': () => ({
    message: 'Auf diesem Betriebssystem sind Sicherungen nicht erprobt.',
    hint: 'Es werden nur die überall gültigen Wege benutzt. Probieren Sie eine Wiederherstellung, bevor Sie sich darauf verlassen.',
  }),
}
