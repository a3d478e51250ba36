import type {
  AuditEntry,
  Host,
  Plugin,
  Scope,
  TaskContext,
  TaskResult,
  TaskType,
} from '../../src/host/contract.ts'

/** A plugin and what its manifest announces. */
export interface Manifested {
  readonly plugin: Plugin
  readonly taskTypes: readonly string[]
  readonly routes: readonly string[]
}

/** Who sends a request: an administrator of one tenant, an operator, somebody without rights, nobody. */
export type Sender = 'first-admin' | 'second-admin' | 'operator' | 'user' | null

/** Does what the people of such a host do at its own place. */
export interface OwnSchedule {
  /** Puts the first tenant's task `sample` into a schedule, or takes it out. */
  setActive(active: boolean): Promise<void>
  /** The task is due now: the host starts it, unless something forbids. */
  due(): Promise<void>
}

/** What a host's adapter offers to the suite. Nothing in it is part of the contract. */
export interface HostHarness {
  /** As it was handed to the plugin at the last start. */
  readonly host: Host
  /** Two tenants; the first one's zone is Europe/Berlin. */
  readonly tenants: { readonly first: string; readonly second: string }
  /** Scheme, host and port that `request` talks to. */
  readonly origin: string
  /** Where the host can close databases: a page, also served as JSON, that needs those of the tenant it is asked for. */
  readonly dataPage?: string
  /** Moves the host's clock, to a moment or by minutes. Nothing starts before `tick`. */
  setClock(iso: string): void
  advance(minutes: number): void
  /** Lets the scheduler start what is due. Not called where the host keeps schedules to itself. */
  tick(): Promise<void>
  /** For a host that keeps schedules to itself (`configuresTasks: false`). */
  readonly ownSchedule?: OwnSchedule
  /** Resolves when no run is in flight. */
  idle(): Promise<void>
  /** What the host's own page does. */
  pauseAll(): Promise<void>
  resumeAll(): Promise<void>
  cancel(typeId: string, scope: Scope): Promise<void>
  signOut(sender: Sender): Promise<void>
  /** The operator acts for this tenant from now on. */
  choose(tenant: string): Promise<void>
  /** `path` begins with the prefix of a mount; the harness puts `Routes.base` before it. */
  request(sender: Sender, path: string, init?: RequestInit): Promise<Response>
  auditEntries(): Promise<readonly AuditEntry[]>
  stop(): Promise<void>
  /** Starts again on the same state. */
  start(): Promise<void>
  /** Stops, and removes what it made. */
  end(): Promise<void>
}

export const actor = { id: 'tester', name: 'Tester' }

export function nothing(host: Host): () => void {
  void host
  return () => {}
}

/** A plugin that does what a test wants; everything it may register is announced. */
export function samplePlugin(
  activate: (host: Host) => void | (() => void | Promise<void>),
  more: Pick<Plugin, 'beforeOpen'> = {},
): Manifested {
  return {
    plugin: { activate: async (host) => activate(host) ?? (() => {}), ...more },
    taskTypes: ['sample', 'system-sample', 'family:*'],
    routes: ['/sample', '/system-sample'],
  }
}

export interface Deferred<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
}

export function deferred<T = void>(): Deferred<T> {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

/** A task type that writes down how it was run and ends at once, or when the test lets it. */
export class SampleTask implements TaskType {
  readonly id: string
  readonly per: 'tenant' | 'system'
  readonly title = { en: 'Sample', de: 'Muster' }
  readonly defaultSchedule = { every: 'day', at: '02:30' } as const
  readonly runs: TaskContext[] = []
  #inFlight = 0
  #mostAtOnce = 0
  /** Replaced by a test that wants more than an immediate end. */
  work: (context: TaskContext) => Promise<TaskResult> = async () => ({
    outcome: 'completed',
    message: 'done',
  })

  constructor(per: 'tenant' | 'system' = 'tenant', id = per === 'tenant' ? 'sample' : 'system-sample') {
    this.per = per
    this.id = id
  }

  /** Most runs of one scope that were in flight together. */
  get mostAtOnce(): number {
    return this.#mostAtOnce
  }

  get causes(): string[] {
    return this.runs.map((run) => run.cause)
  }

  async run(context: TaskContext): Promise<TaskResult> {
    this.runs.push(context)
    this.#inFlight += 1
    this.#mostAtOnce = Math.max(this.#mostAtOnce, this.#inFlight)
    try {
      return await this.work(context)
    } finally {
      this.#inFlight -= 1
    }
  }
}

/** Runs until its signal aborts, as a long backup does. */
export function untilAborted(context: TaskContext): Promise<TaskResult> {
  return new Promise((resolve) => {
    const end = (): void => resolve({ outcome: 'cancelled', message: 'aborted' })
    if (context.signal.aborted) end()
    else context.signal.addEventListener('abort', end, { once: true })
  })
}

export async function withHost(
  make: (plugin: Manifested) => Promise<HostHarness>,
  activate: Parameters<typeof samplePlugin>[0],
  work: (harness: HostHarness) => Promise<void>,
  more: Pick<Plugin, 'beforeOpen'> = {},
): Promise<void> {
  const harness = await make(samplePlugin(activate, more))
  try {
    await work(harness)
  } finally {
    await harness.end()
  }
}
