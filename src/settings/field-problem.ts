import { BackupError } from '../engine/errors.ts'

/** What is wrong with one field. `field` is dotted, for example "retention.maxCount"; empty for the whole. */
export type FieldProblem = { readonly field: string } & (
  | {
      readonly problem:
        | 'required'
        | 'not-a-number'
        | 'not-whole'
        | 'not-a-time'
        | 'not-true-or-false'
        | 'unknown-field'
        | 'not-an-object'
        | 'set-by-host'
        | 'not-absolute'
        | 'not-an-id'
        | 'not-a-list'
        | 'not-a-template'
        /** A password or the like stands where only a reference to it may. The value itself is never repeated. */
        | 'literal-secret'
    }
  | { readonly problem: 'taken'; readonly value: string }
  | { readonly problem: 'too-small'; readonly min: number }
  | { readonly problem: 'too-large' | 'above-operator-limit'; readonly max: number }
  | { readonly problem: 'not-a-choice'; readonly choices: string }
  /** The field doesn't go with the value of another one, named by its dotted name. */
  | { readonly problem: 'contradiction'; readonly other: string }
)

/** Settings that were refused, with every field that is to blame. */
export class InvalidSettings extends BackupError {
  readonly fields: readonly FieldProblem[]

  constructor(fields: readonly FieldProblem[]) {
    const names = [...new Set(fields.map(({ field, problem }) => `${field || 'settings'} (${problem})`))]
    super('invalid-settings', `These settings can't be saved: ${names.join(', ')}.`, {
      hint: 'Correct the named fields. Nothing was changed.',
      details: { fields: names.join(', ') },
    })
    this.fields = fields
  }
}
