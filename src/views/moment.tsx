import { formatDay, formatInFull, formatMoment } from './format/times.ts'
import type { View } from './view.ts'

const formats = { moment: formatMoment, day: formatDay } as const

/** A time as people say it, with the whole of it for machines and for who wants to know exactly. */
export function Moment({
  view,
  at,
  as = 'moment',
}: {
  readonly view: View
  readonly at: string
  readonly as?: keyof typeof formats
}) {
  return (
    <time datetime={at} title={formatInFull(view, at)}>
      {formats[as](view, at)}
    </time>
  )
}
