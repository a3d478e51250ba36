import type { Child } from 'hono/jsx'
import type { View } from './view.ts'

interface PostFormProps {
  readonly view: View
  readonly action: string
  readonly class?: string
  readonly novalidate?: boolean
  /** Where the script asks for a preview of what the form would change. */
  readonly 'data-preview'?: string
  /** It is answered with a download: the page stays, and its buttons with it. */
  readonly 'data-downloads'?: string
  readonly children: Child
}

/**
 * The only way a page sends a form that changes something. It says for which tenant the page was opened: whoever has
 * begun to act for another one since then must not change that one's data with it.
 */
export function PostForm({ view, action, children, ...attributes }: PostFormProps) {
  return (
    <form method="post" action={action} {...attributes}>
      <input type="hidden" name="tenant" value={view.tenantId} />
      {view.profile !== null && <input type="hidden" name="profile" value={view.profile} />}
      {children}
    </form>
  )
}
