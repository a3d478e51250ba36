import type { englishRestore } from './en-restore.ts'

const rows = (count: number) => (count === 1 ? '1 Zeile' : `${count.toLocaleString('de-DE')} Zeilen`)
const comes = (count: number) => (count === 1 ? 'kommt' : 'kommen')
const goes = (count: number) => (count === 1 ? 'geht' : 'gehen')

export const germanRestore: typeof englishRestore = {
  title: 'Diese Sicherung wiederherstellen?',
  titleBack: 'Zu diesem Stand zurück?',
  intro: (database, moment) =>
    `Die Datenbank „${database}“ bekommt wieder den Stand von ${moment}. Was seither eingegeben, geändert oder gelöscht wurde, ist dann nicht geschehen.`,
  introBack: (database, moment) =>
    `Die Datenbank „${database}“ bekommt wieder den Stand unmittelbar vor der Wiederherstellung, ${moment}. Was seither eingegeben wurde, ist dann nicht geschehen.`,
  users: 'Auch Benutzer und Passwörter sind dann die von damals.',
  usersDetail:
    'Wer seither dazukam, kann sich nicht mehr anmelden, wer entfernt wurde, wieder, und die alten Passwörter gelten.',
  database: 'Datenbank',
  version: 'Anwendung',
  versionOf: (version) => `Version ${version}`,
  versionUnknown: 'Nicht bekannt',
  older: (backup, running) => `Die Sicherung stammt aus Version ${backup}, es läuft Version ${running}.`,
  olderDetail: 'Die Anwendung bringt die Daten auf den neuen Stand, wenn sie sie öffnet.',
  newer: (backup, running) =>
    `Die Sicherung stammt aus Version ${backup}, es läuft aber die ältere Version ${running}.`,
  newerDetail:
    'Sie lässt sich nicht wiederherstellen: Aktualisieren Sie zuerst die Anwendung, oder nehmen Sie eine ältere Sicherung.',
  schema: 'Ihre Tabellen sind anders aufgebaut als heute.',
  schemaDetail: 'Damit muss die Anwendung beim Öffnen zurechtkommen, wie nach einer Aktualisierung.',
  damaged: 'Diese Sicherung hat ihre letzte Prüfung nicht bestanden.',
  damagedDetail: 'Sie lässt sich nicht wiederherstellen. Nehmen Sie eine andere.',
  checked: 'Diese Datei kam von anderswo.',
  checkedDetail:
    'Sie lässt sich prüfen, aber mit nichts vergleichen: Ob sie ist, was jemand behauptet, wissen nur Sie.',
  presentDamaged: 'Die jetzige Datenbank ist beschädigt.',
  presentDamagedDetail:
    'Sie wird als Ganzes beiseitegelegt, nie gelöscht, denn sichern lässt sie sich nicht mehr.',
  presentMissing: 'Es gibt jetzt keine Datenbank.',
  presentMissingDetail: 'Sie wird aus der Sicherung neu angelegt.',
  presentUnreadable: 'Die jetzige Datenbank lässt sich gerade nicht lesen, also auch nichts vergleichen.',
  space: (needed, free) => `Zu wenig Platz: ${needed} werden gebraucht, ${free} sind frei.`,
  spaceDetail: 'Schaffen Sie Platz, oder löschen Sie Sicherungen, die niemand mehr braucht.',
  changes: 'Was sich ändert',
  table: 'Tabelle',
  now: 'Jetzt',
  inBackup: 'In der Sicherung',
  difference: 'Unterschied',
  newest: (moment) => `neueste: ${moment}`,
  uncounted: 'nicht gezählt',
  noTable: 'gibt es nicht',
  back: (count) => `${rows(count)} ${comes(count)} zurück`,
  lost: (count) => `${rows(count)} ${goes(count)} verloren`,
  tableBack: 'Die Tabelle kommt zurück',
  tableLost: 'Die Tabelle geht verloren',
  sameCount: 'Gleich viele Zeilen, darunter neuere',
  sum: (back, lost) =>
    back === 0 && lost === 0
      ? 'Jede Tabelle hat so viele Zeilen wie damals.'
      : back === 0
        ? `Der Zahl nach ${goes(lost)} ${rows(lost)} verloren.`
        : lost === 0
          ? `Der Zahl nach ${comes(back)} ${rows(back)} zurück.`
          : `Der Zahl nach ${comes(back)} ${rows(back)} zurück, und ${rows(lost)} ${goes(lost)} verloren.`,
  sumDetail: 'Zeilen, die nur geändert wurden, sind nicht mitgezählt.',
  unchanged: (count) =>
    count === 1
      ? '1 Tabelle hat so viele Zeilen wie damals'
      : `${count} Tabellen haben so viele Zeilen wie damals`,
  steps: 'Was geschieht',
  stepsNow: [
    'Die Sicherung wird noch einmal geprüft und bereitgelegt. Bis dahin geht die Arbeit weiter.',
    'Die Anwendung schließt diese Daten für einen Augenblick. Wer damit arbeitet, wird um Geduld gebeten.',
    'Der jetzige Stand wird gesichert und mindestens sieben Tage aufbewahrt. Damit können Sie zurück.',
    'Die Sicherung kommt an ihren Platz und wird verglichen. Schlägt etwas fehl, bleiben die Daten, was sie waren.',
  ],
  stepsNextStart: [
    'Die Sicherung wird jetzt geprüft. Sonst ändert sich nichts, und die Arbeit geht weiter.',
    'Wiederhergestellt wird sie einmal, beim nächsten Start der Anwendung, bevor die Daten geöffnet werden. Bis dahin können Sie es abbrechen.',
    'Der Stand jenes Augenblicks wird gesichert und mindestens sieben Tage aufbewahrt. Damit können Sie zurück.',
    'Diese Seite sagt danach, wie es ausging. Schlägt etwas fehl, bleiben die Daten, was sie waren.',
  ],
  confirm: 'Geben Sie zur Bestätigung den Namen des Mandanten ein',
  confirmDetail: (name) => `Genau so: ${name}`,
  submit: { now: 'Jetzt wiederherstellen', 'next-start': 'Beim nächsten Start wiederherstellen' },
  submitBack: { now: 'Jetzt zurückkehren', 'next-start': 'Beim nächsten Start zurückkehren' },
  cancel: 'Alles lassen, wie es ist',
  waiting: 'Eine andere Wiederherstellung wartet auf den nächsten Start.',
  waitingDetail: 'Brechen Sie sie auf der Seite der Sicherungen ab, bevor Sie diese verlangen.',
  notAllowed: 'Der Betreiber erlaubt das Wiederherstellen auf dieser Seite nicht.',
  unavailable: 'Diese Anwendung kann nicht wiederherstellen, während sie läuft.',
  byOperator: 'Der Betreiber beendet die Anwendung und gibt ein:',
  inFolder: (folder) => `im Ordner ${folder}`,
  choose: 'Welche Datenbank ist das?',
  chooseDetail: 'Die Datei verrät es nicht. Wählen Sie die, die sie ersetzen soll.',
  chooseNext: 'Zeigen, was sich ändern würde',
  outcome: {
    heading: 'Wiederherstellung',
    waiting: 'Eine Wiederherstellung wartet auf den nächsten Start der Anwendung',
    waitingDetail: (moment) =>
      `Die Daten bekommen wieder den Stand von ${moment}. Bis dahin geht alles weiter wie gewohnt.`,
    cancel: 'Wiederherstellung abbrechen',
    done: (moment) => `Wiederherstellung erfolgreich: Dies sind die Daten von ${moment}`,
    doneUnnamed: 'Wiederherstellung erfolgreich',
    doneAt: (moment) => `Wiederhergestellt ${moment}.`,
    saved: 'Der Stand davor wurde gesichert.',
    notSaved: 'Vom Stand davor ließ sich keine Sicherung machen.',
    back: 'Zurück zum Stand davor…',
    failed: (moment) => `Die Wiederherstellung von ${moment} ist fehlgeschlagen`,
  },
}
