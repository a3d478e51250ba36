import type { Plugin, Undo } from 'automate-plugin-backup/host'
import { nodeRedHost, type Parts } from './node-red-host.ts'
import { Registrations } from './registrations.ts'
import type { Flight, Order } from './tasks/flight.ts'
import { TaskLanes } from './tasks/task-lanes.ts'

/** Node-RED gives each node 15 s to close; what takes longer ends with the process. */
const patienceMs = 12_000

interface FlowsEvent {
  /** A new object after each deploy. */
  readonly config: unknown
}

interface RuntimeEvent {
  readonly id: string
  readonly payload?: { readonly state?: string; readonly deploy?: boolean }
}

interface Active {
  readonly lanes: TaskLanes
  readonly stopping: AbortController
  readonly undo: Undo
  readonly registrations: Registrations
}

/**
 * Activates the plugin when Node-RED starts and undoes it when Node-RED stops. Flows that are deployed anew or stopped
 * don't count: the page stays, and runs that no node has started go on.
 */
export class Lifecycle {
  readonly #parts: Parts
  readonly #plugin: Plugin
  /** Whether this is still the adapter that Node-RED knows. */
  readonly #isCurrent: () => boolean
  #active: Active | null = null
  #changing: Promise<void> = Promise.resolve()
  #running: unknown = null

  constructor(parts: Parts, plugin: Plugin, isCurrent: () => boolean) {
    this.#parts = parts
    this.#plugin = plugin
    this.#isCurrent = isCurrent
  }

  /** Listens to Node-RED and activates the plugin. */
  async begin(): Promise<void> {
    const { events } = this.#parts.red
    const listen = <E>(name: string, listener: (event: E) => void): void => {
      const guarded = (event: E): void => {
        if (this.#isCurrent()) listener(event)
        else events.off(name, guarded)
      }
      events.on(name, guarded)
    }
    listen<FlowsEvent>('flows:started', (event) => this.#started(event))
    listen<FlowsEvent>('flows:stopping', (event) => this.#stopping(event))
    listen<RuntimeEvent>('runtime-event', (event) => this.#happened(event))
    await this.#activate()
  }

  /** Resolves once a stop that has begun is through. Nodes wait for it as they close. */
  settled(): Promise<void> {
    return this.#changing
  }

  /** Null while the plugin isn't active. */
  start(typeId: string, tenant: string, order: Order): Flight | null {
    return this.#active?.lanes.start(typeId, { tenant }, order) ?? null
  }

  current(typeId: string, tenant: string): Flight | null {
    return this.#active?.lanes.current(typeId, { tenant }) ?? null
  }

  /** Resolves when no run is in flight. */
  async idle(): Promise<void> {
    await this.#active?.lanes.idle()
  }

  /** Undoes the plugin; calling it again is fine. */
  end(): Promise<void> {
    this.#changing = this.#changing.then(() => this.#deactivate())
    return this.#changing
  }

  #started({ config }: FlowsEvent): void {
    this.#running = config
    void this.#activate().then(() => this.#parts.tenants.announce())
  }

  /** Node-RED itself stops when flows that were not deployed anew stop without anybody having asked for just that. */
  #stopping({ config }: FlowsEvent): void {
    const isDeploy = config !== this.#running
    const isAsked = this.#parts.red.settings.get('runtimeFlowState') === 'stop'
    if (!isDeploy && !isAsked) void this.end()
  }

  #happened({ id, payload }: RuntimeEvent): void {
    const { book, clock, tenants } = this.#parts
    if (id === 'runtime-deploy') tenants.announce()
    if (id !== 'runtime-state' || this.#active === null || this.#active.stopping.signal.aborted) return
    if (payload?.state === 'start') void book.pause(null)
    // The stop within a deploy is over in a moment.
    else if (payload?.state !== undefined && payload.deploy !== true)
      void book.pause(book.pausedSince ?? new Date(clock.now()).toISOString())
  }

  #activate(): Promise<void> {
    this.#changing = this.#changing.then(async () => {
      if (this.#active !== null) return
      const { clock, logger, book } = this.#parts
      const stopping = new AbortController()
      const lanes = new TaskLanes({ book, clock, logger })
      const registrations = new Registrations()
      const host = registrations.watched(nodeRedHost(this.#parts, lanes, stopping.signal))
      try {
        const undo = await this.#plugin.activate(host)
        this.#active = { lanes, stopping, undo, registrations }
      } catch (error) {
        await registrations.undoAll()
        logger.error('The plugin could not be activated', { reason: String(error) })
      }
    })
    return this.#changing
  }

  async #deactivate(): Promise<void> {
    const { logger, book } = this.#parts
    if (this.#active === null) return
    const { lanes, stopping, undo, registrations } = this.#active
    this.#active = null
    stopping.abort(new DOMException('Node-RED is stopping', 'AbortError'))
    const undone = Promise.all([lanes.stop(), this.#undo(undo, registrations)]).catch((error: unknown) =>
      logger.error('The plugin did not stop cleanly', { reason: String(error) }),
    )
    let timer: NodeJS.Timeout | undefined
    const tooLate = new Promise((resolve) => {
      timer = setTimeout(resolve, patienceMs)
    })
    await Promise.race([undone, tooLate])
    clearTimeout(timer)
    await book.settled()
  }

  async #undo(undo: Undo, registrations: Registrations): Promise<void> {
    try {
      await undo()
    } finally {
      await registrations.undoAll()
    }
  }
}
