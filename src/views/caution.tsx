import { Icon } from './icons.tsx'

interface CautionProps {
  readonly strong: string
  readonly rest: string
  readonly kind?: 'caution' | 'problem'
}

/** Something to know before going on. `problem`: it can't go on. */
export function Caution({ strong, rest, kind = 'caution' }: CautionProps) {
  return (
    <div class={`notice ${kind}`}>
      <Icon name={kind === 'problem' ? 'cross' : 'warning'} />
      <p>
        <strong>{strong}</strong> {rest}
      </p>
    </div>
  )
}
