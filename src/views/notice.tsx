import { Icon } from './icons.tsx'
import type { NoticeModel } from './model.ts'

/** What became of the last request. */
export function Notice({ notice }: { readonly notice: NoticeModel | null }) {
  if (notice === null) return null
  const problem = notice.kind === 'problem'
  return (
    <div class={`notice ${notice.kind}`} role={problem ? 'alert' : 'status'}>
      <Icon name={problem ? 'cross' : 'check'} />
      <p>
        <strong>
          <bdi>{notice.message}</bdi>
        </strong>{' '}
        <bdi>{notice.hint}</bdi>
      </p>
    </div>
  )
}
