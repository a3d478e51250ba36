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
  'set-by-host': () => 'Das legt die Anwendung fest, nicht diese Seite.',
}
