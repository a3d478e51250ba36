import type { Child } from 'hono/jsx'
import type { SettingsFormModel } from './model.ts'

/** A dotted field name as an id. */
export const fieldId = (name: string): string => `field-${name.replaceAll('.', '-')}`

interface FieldProps {
  readonly form: SettingsFormModel
  /** Dotted, as it is sent. */
  readonly name: string
  readonly label: string
  readonly hint?: string
  /** With which other choice the field matters; the script hides the words together with fields that don't. */
  readonly when?: string
  /** Values of "how often" with which the field is needed, separated by spaces. */
  readonly fits?: string
  /** Tells two controls of one name apart. */
  readonly id?: string
  readonly control: (attributes: ControlAttributes) => Child
}

export interface ControlAttributes {
  readonly id: string
  readonly name: string
  readonly 'aria-describedby'?: string
  readonly 'aria-invalid'?: 'true'
}

/** Label, control, hint and what is wrong, tied together for those who listen. */
export function Field({ form, name, label, hint, when, fits, id = fieldId(name), control }: FieldProps) {
  const error = form.errors[name]
  const [hintId, errorId] = [`${id}-hint`, `${id}-error`]
  const described = [hint && hintId, error && errorId].filter(Boolean).join(' ')
  return (
    <div class="field" data-fits={fits}>
      <label for={id}>
        {label}
        {when && <span class="fits">{` (${when})`}</span>}
      </label>
      {control({
        id,
        name,
        ...(described && { 'aria-describedby': described }),
        ...(error && { 'aria-invalid': 'true' as const }),
      })}
      {hint && <small id={hintId}>{hint}</small>}
      {error && (
        <p class="error" id={errorId}>
          <bdi>{error}</bdi>
        </p>
      )}
    </div>
  )
}

type NumberFieldProps = Omit<FieldProps, 'control'>

/** A text control on purpose: a number control drops what it can't read, and an empty field has a meaning. */
export function NumberField(props: NumberFieldProps) {
  const value = props.form.values[props.name] ?? ''
  return (
    <Field
      {...props}
      control={(attributes) => (
        <input type="text" inputmode="numeric" autocomplete="off" value={value} {...attributes} />
      )}
    />
  )
}

interface SelectFieldProps extends Omit<FieldProps, 'control'> {
  readonly options: readonly { readonly value: string; readonly name: string }[]
  /** The script folds the schedule's fields by it. */
  readonly folds?: boolean
}

/** Without a value among the options the first one is chosen. */
export function SelectField({ options, folds, ...field }: SelectFieldProps) {
  const chosen = field.form.values[field.name]
  return (
    <Field
      {...field}
      control={(attributes) => (
        <select {...attributes} data-every={folds ? '' : undefined}>
          {options.map(({ value, name }) => (
            <option value={value} selected={value === chosen}>
              {name}
            </option>
          ))}
        </select>
      )}
    />
  )
}
