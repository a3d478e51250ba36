/** What stops the host from starting, or a request, in words for the person who can mend it. */
export class HostError extends Error {
  readonly hint: string

  constructor(message: string, hint: string, options: { readonly cause?: unknown } = {}) {
    super(message, options)
    this.name = 'HostError'
    this.hint = hint
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
