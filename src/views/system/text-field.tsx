import { Field } from '../field.tsx'
import type { SettingsFormModel } from '../model.ts'

interface TextFieldProps {
  readonly form: SettingsFormModel
  /** Dotted, as it is sent. */
  readonly name: string
  readonly label: string
  readonly hint?: string
  /** Several lines. */
  readonly rows?: number
}

/** Paths, names and patterns: nothing is corrected or proposed. */
export function TextField({ rows, ...field }: TextFieldProps) {
  const value = field.form.values[field.name] ?? ''
  const plain = { autocomplete: 'off', autocapitalize: 'none', spellcheck: false } as const
  return (
    <Field
      {...field}
      control={(attributes) =>
        rows === undefined ? (
          <input type="text" value={value} {...plain} {...attributes} />
        ) : (
          <textarea rows={rows} {...plain} {...attributes}>
            {value}
          </textarea>
        )
      }
    />
  )
}
