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
  'not-absolute': () => 'Enter a whole path, from / on and without “.” or “..” in it.',
  'not-an-id': () =>
    'Use letters, digits and “-” only, small ones for a profile, and begin and end with no “-”.',
  'not-a-list': () => 'This must be a list.',
  'not-a-template': () =>
    'Enter a file name that ends in .zip and has a time in braces, such as entbak_{yyyyMMddHHmmss}.zip.',
  'literal-secret': () =>
    'No password may stand here. Say where the connection string is found: env:NAME for a variable of the environment, or file:/PATH for a file.',
  taken: ({ value }) => (value === '' ? 'Another profile has this already.' : `“${value}” is taken already.`),
  'set-by-host': () => 'This is set by the host, not here.',
}
