import type { LeftOutReason } from '../../engine/archive.ts'
import type { englishArchive } from './en-archive.ts'

const reasons: Readonly<Record<LeftOutReason, string>> = {
  excluded: 'ist absichtlich weggelassen',
  'part-of-database': 'gehört zu seiner Datenbank',
  'special-file': 'ist eine Pipe, ein Socket oder ein Gerät',
  vanished: 'verschwand beim Lesen',
  changed: 'änderte sich bei jedem Lesen',
  unreadable: 'war nicht lesbar',
  'broken-database': 'sieht aus wie eine Datenbank und lässt sich nicht so kopieren; die Bytes sind da',
  'in-the-way': 'wurde nicht ersetzt: Etwas anderes heißt so',
  'unusable-name': 'hat einen Namen, der sich nicht erhalten lässt',
}

export const germanArchive: typeof englishArchive = {
  kinds: { directory: 'Ordner', sqlite: 'SQLite', mssql: 'SQL Server' },
  headings: ['QUELLE', 'ART', 'AUS', 'DATEIEN', 'GRÖSSE', 'WEGGELASSEN'],
  of: (profile, made, version) =>
    `Archiv des Profils ${profile}, entstanden ${made}${version === null ? '' : `, Anwendung ${version}`}`,
  amount: (size, unpacked, entries) => `${size}, ausgepackt ${unpacked}, ${entries} Einträge`,
  notKept:
    'Was eine Wiederherstellung ersetzt, wird nicht aufgehoben. Soll es erhalten bleiben, sichern Sie es vorher in ein Archiv.',
  confirm: (files, size, mirror) =>
    `Jetzt ${files} Dateien (${size}) zurücklegen? Gleichnamige werden ersetzt und nicht aufgehoben.${mirror ? ' Was sonst dort liegt, wird entfernt.' : ''} Mit „ja“ geht es weiter:`,
  askPlace: (id) => `Wohin kommt „${id}“? Leer lässt es weg.`,
  replaceDatabase: (name) =>
    `Die Datenbank „${name}“ des Servers wird ersetzt, und alle werden von ihr getrennt. Mit „ja“ geht es weiter:`,
  restored: (id, files, size, from) => `${id}: ${files} Dateien, ${size}, aus ${from}`,
  untouched: (path, reason) => `Bleibt, wie es ist: ${path} ${reasons[reason]}`,
  leftOut: (path, reason) => `Nicht im Archiv: ${path} ${reasons[reason]}`,
  liesIn: (folder) => `Es liegt in ${folder}`,
  success: 'Wiederherstellung erfolgreich (Restore successful)',
}
