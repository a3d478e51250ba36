import type { englishUpload } from './en-upload.ts'

export const germanUpload: typeof englishUpload = {
  link: 'Sicherung hochladen',
  title: 'Sicherung hochladen',
  intro:
    'Eine einfache SQLite-Datei, zum Beispiel eine, die früher hier heruntergeladen wurde. Sie wird vollständig geprüft, bevor sie in der Liste steht; sonst bleibt nichts von ihr zurück.',
  trust:
    'Es gibt nichts, womit sie sich vergleichen ließe: Sie gilt als unversehrt, nie als geprüft. Ob sie ist, was jemand von ihr sagt, wissen nur Sie.',
  file: 'Datei',
  limit: (size) => `Höchstens ${size}.`,
  noLimit: 'Beliebig groß.',
  free: (size) => `${size} sind frei.`,
  database: 'Datenbank',
  byName: 'Nach dem Namen der Datei',
  databaseDetail:
    'Von welcher sie eine Sicherung ist. Sagt der Name nichts, wird vor einer Wiederherstellung danach gefragt.',
  submit: 'Hochladen',
  cancel: 'Hochladen abbrechen',
  sending: '{done} von {total} gesendet',
  waiting: 'Die Verbindung ist unterbrochen. Es geht weiter, sobald sie wieder da ist.',
  stopped: 'Die Verbindung kam nicht wieder. Mit „Hochladen“ geht es dort weiter, wo es aufgehört hat.',
  cancelled: 'Das Hochladen wurde abgebrochen. Es ist nichts davon zurückgeblieben.',
  none: 'Wählen Sie zuerst eine Datei.',
  progress: 'Fortschritt des Hochladens',
  open: 'Begonnen und nicht fertig',
  openDetail:
    'Wählen Sie dieselbe Datei noch einmal, um dort weiterzumachen, wo es aufgehört hat. Was bis dahin nicht fertig ist, wird entfernt.',
  openAmount: (done, total) => `${done} von ${total}`,
  until: 'bis',
  remove: (name) => `${name} entfernen`,
}
