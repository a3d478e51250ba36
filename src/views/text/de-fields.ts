import type { FieldProblemWords } from './field-problem.ts'

export const germanFieldProblems: FieldProblemWords = {
  required: () => 'Bitte einen Wert angeben.',
  'not-a-number': () => 'Bitte eine Zahl angeben.',
  'not-whole': () => 'Bitte eine ganze Zahl angeben.',
  'too-small': ({ min }) => `Bitte ${min} oder mehr angeben.`,
  'too-large': ({ max }) => `Bitte ${max} oder weniger angeben.`,
  'not-a-time': () => 'Bitte eine Uhrzeit angeben, zum Beispiel 02:30.',
  'not-a-choice': ({ choices }) => `Bitte eines davon wählen: ${choices}.`,
  'not-true-or-false': () => 'Bitte ein oder aus wählen.',
  'unknown-field': () => 'Diese Einstellung gibt es nicht.',
  'not-an-object': () => 'Hier wird eine Gruppe von Einstellungen erwartet.',
  contradiction: ({ other }) => `Das passt nicht zu ${other}.`,
  'above-operator-limit': ({ max }) => `Der Betreiber erlaubt höchstens ${max}.`,
  'not-absolute': () => 'Bitte einen ganzen Pfad angeben, ab / und ohne „.“ oder „..“ darin.',
  'not-an-id': () =>
    'Bitte nur Buchstaben, Ziffern und „-“ verwenden, bei einem Profil nur kleine, und kein „-“ am Anfang oder Ende.',
  'not-a-list': () => 'Hier wird eine Liste erwartet.',
  'not-a-template': () =>
    'Bitte einen Dateinamen angeben, der auf .zip endet und eine Zeit in geschweiften Klammern hat, zum Beispiel entbak_{yyyyMMddHHmmss}.zip.',
  'literal-secret': () =>
    'Hier darf kein Kennwort stehen. Bitte angeben, wo die Verbindungszeichenfolge steht: env:NAME für eine Umgebungsvariable oder file:/PFAD für eine Datei.',
  taken: ({ value }) =>
    value === '' ? 'Das hat schon ein anderes Profil.' : `„${value}“ ist schon vergeben.`,
  'set-by-host': () => 'Das legt die Anwendung fest, nicht diese Seite.',
}
