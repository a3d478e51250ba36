/** What is wrong with one field of the settings form. */
export type FieldProblem =
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
        | 'literal-secret'
    }
  | { readonly problem: 'taken'; readonly value: string }
  | { readonly problem: 'too-small'; readonly min: number }
  | { readonly problem: 'too-large' | 'above-operator-limit'; readonly max: number }
  | { readonly problem: 'not-a-choice'; readonly choices: string }
  /** The field doesn't go with the value of another one, named by its dotted name. */
  | { readonly problem: 'contradiction'; readonly other: string }

type Details<P extends FieldProblem['problem']> = Extract<FieldProblem, { readonly problem: P }>

/** One sentence per problem. */
export type FieldProblemWords = {
  readonly [P in FieldProblem['problem']]: (problem: Details<P>) => string
}
