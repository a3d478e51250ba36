import type { Actor } from 'automate-plugin-backup/host'
import type { Message } from '../red.ts'
import type { Order } from '../tasks/flight.ts'

/**
 * What a message asks for. By itself it stands for the schedule; one with a `trigger` is somebody's request:
 * "manual", or what the task type knows ("before-update", "before-change"). A `note` goes along with a request.
 */
export function orderFrom({ trigger, note }: Message, actor: Actor): Order {
  if (trigger === undefined) return { cause: 'schedule', actor: null, parameters: {} }
  const wanted = trigger === 'manual' ? {} : { trigger }
  return { cause: 'request', actor, parameters: { ...wanted, ...(note === undefined ? {} : { note }) } }
}
