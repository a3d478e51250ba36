import type { FieldProblemWords } from './field-problem.ts'

export const englishFieldProblems: FieldProblemWords = {
  required: () => 'Enter a value.',
  'not-a-number': () => 'Enter a number.',
  'not-whole': () => 'Enter a whole number.',
  'too-small': ({ min }) => `Enter ${min} or more.`,
  'too-large': ({ max }) => `Enter ${max} or less.`,
  'not-a-time': () => 'Enter a time of day such as 02:30.',
  'not-a-choice': ({ choices }) => `Choose one of: ${choices}.`,
  'not-true-or-false': () => 'Choose on or off.',
  'unknown-field': () => 'There is no such setting.',
  'not-an-object': () => 'This must be a group of settings.',
  contradiction: ({ other }) => `This doesn’t go together with ${other}.`,
  'above-operator-limit': ({ max }) => `The operator allows ${max} at most.`,
  'set-by-host': () => 'This is set by the host, not here.',
}
