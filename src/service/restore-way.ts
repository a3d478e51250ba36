import type { Capabilities } from '../host/contract.ts'

/**
 * How the host lets data be put back: `now`, while it runs; at its `next-start`, before it opens the databases; or
 * only by the operator's `command` while it is stopped.
 */
export type RestoreWay = 'now' | 'next-start' | 'command'

export function wayOf({ suspend, beforeOpen }: Pick<Capabilities, 'suspend' | 'beforeOpen'>): RestoreWay {
  if (suspend) return 'now'
  return beforeOpen ? 'next-start' : 'command'
}
