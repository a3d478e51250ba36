import { adapterIn } from '../adapter.ts'
import type { Message, NodeConfig, Red, RedNode, Send } from '../red.ts'
import type { Flight } from '../tasks/flight.ts'
import { messagesFor } from './messages.ts'
import { endStatus, type Progress, progressStatus } from './node-status.ts'
import { orderFrom } from './order.ts'

/** Progress is told to the editor at most this often. */
const STATUS_EVERY_MS = 250

/**
 * Registers a node whose messages run a task for the tenant that it is configured with. The node's type is the task
 * type's id.
 */
export function registerTaskNode(red: Red, taskType: string): void {
  function TaskNode(this: RedNode, config: NodeConfig): void {
    red.nodes.createNode(this, config)
    const runs = new NodeRuns(red, this, { taskType, config })
    this.on('input', (message, send, done) => void runs.take(message, send).then(() => done(), done))
    this.on('close', (_removed, done) => void runs.end().finally(done))
  }
  red.nodes.registerType(taskType, TaskNode)
}

/** The runs that one node has started. */
class NodeRuns {
  readonly #red: Red
  readonly #node: RedNode
  readonly #config: NodeConfig
  readonly #taskType: string
  readonly #flights = new Set<Flight>()
  #closing = false

  constructor(red: Red, node: RedNode, { taskType, config }: { taskType: string; config: NodeConfig }) {
    this.#red = red
    this.#node = node
    this.#config = config
    this.#taskType = taskType
    node.status({})
  }

  /** Resolves when what the message asked for has ended. */
  async take(message: Message, send: Send): Promise<void> {
    if (message.cancel === true) return this.#cancel()
    const flight = this.#start(message)
    if (flight === null) return this.#refuse(message, send)
    this.#flights.add(flight)
    const result = await flight.ended
    this.#flights.delete(flight)
    if (this.#closing) return
    this.#node.status(endStatus(result, new Date(adapterIn(this.#red)?.parts.clock.now() ?? 0)))
    for (const messages of messagesFor(message, result)) send(messages)
  }

  /** Stops what this node has started and waits for it. */
  async end(): Promise<void> {
    this.#closing = true
    const ended = [...this.#flights].map((flight) => flight.ended)
    for (const flight of this.#flights) flight.abort(this.#red._('backup.flow-stops'))
    await Promise.all(ended)
    this.#node.status({})
  }

  #start(message: Message): Flight | null {
    const adapter = adapterIn(this.#red)
    const tenant = adapter?.parts.tenants.find(String(this.#config.tenant ?? ''))
    if (!adapter || !tenant) return null
    return adapter.life.start(this.#taskType, tenant.id, {
      ...orderFrom(message, { id: this.#node.id, name: this.#node.name || 'Node-RED' }),
      onProgress: this.#thinnedOut(),
    })
  }

  /** Whoever has started it: the node stands for the task. */
  #cancel(): void {
    const life = adapterIn(this.#red)?.life
    life
      ?.current(this.#taskType, String(this.#config.tenant ?? ''))
      ?.abort(this.#red._('backup.cancelled-by-message'))
  }

  #refuse(message: Message, send: Send): void {
    const text = this.#red._('backup.no-tenant')
    const hint = this.#red._('backup.no-tenant-hint')
    this.#node.status({ fill: 'red', shape: 'ring', text: 'no-tenant' })
    send([null, { ...message, payload: { code: 'no-tenant', message: text, hint } }])
  }

  /** A new stage at once, mere progress from time to time. */
  #thinnedOut(): (progress: Progress) => void {
    let stage = ''
    let nextAt = 0
    return (progress) => {
      const now = performance.now()
      if (progress.stage === stage && now < nextAt) return
      stage = progress.stage
      nextAt = now + STATUS_EVERY_MS
      if (!this.#closing) this.#node.status(progressStatus(progress))
    }
  }
}
