/** A host process: perhaps it writes itself, it copies one way, and says what it noticed of that. */
import { dirname } from 'node:path'
import { eventLoopDuring, type LoopDelay } from './event-loop.ts'
import { watchChildren } from './peak-memory.ts'
import { SteadyWriter, type Written } from './steady-writer.ts'
import { type Taken, ways } from './ways.ts'

export interface Order {
  readonly way: string
  readonly source: string
  readonly target: string
  readonly patienceMs: number
  /** Commits per second that this process makes itself; 0 for none. */
  readonly rate: number
}

export interface Outcome extends Taken {
  readonly loop: LoopDelay
  readonly peakMiB: number
  readonly written: Written | null
}

/** Milliseconds before the clock runs: modules are loaded, the writer has found its pace. */
const settlingMs = 700

process.on('message', (order: Order) => {
  carryOut(order).then(
    (outcome) => process.send?.(outcome),
    (error) => process.send?.({ error: `${order.way}: ${error}` }),
  )
})
process.on('disconnect', () => process.exit())

async function carryOut({ way: name, source, target, patienceMs, rate }: Order): Promise<Outcome> {
  const way = ways[name]
  if (way === undefined) throw new Error('There is no such way')
  await way.prepare?.(dirname(source))
  const writer = rate > 0 ? new SteadyWriter(source, rate) : null
  await new Promise((resolve) => setTimeout(resolve, settlingMs))
  const memory = watchChildren()
  writer?.take()
  const { result, loop } = await eventLoopDuring(() => way.copy(source, target, patienceMs))
  return { ...result, loop, peakMiB: memory.take(), written: writer?.take() ?? null }
}
