/**
 * The host contract: what an application offers so that the backup plugin can live in it, and what the plugin
 * promises in return. It imports nothing, so that a host can depend on it without depending on the plugin.
 *
 * Times are ISO 8601 strings in UTC, durations are milliseconds, paths are absolute.
 * A port may be called from several runs at once. Unless it says otherwise a port rejects only when the host itself
 * is broken; the plugin then fails the run that asked and goes on.
 */

/** The version of this contract. A plugin's `plugin.json` names the range that it understands as `api`. */
export const contractVersion = '2.1.0'

/** Undoes what the call that returned it did. Calling it twice is fine. */
export type Undo = () => void | Promise<void>

/** What a task, a setting or an audit entry belongs to: one tenant, or the installation as a whole. */
export type Scope = { readonly tenant: string } | { readonly system: true }

/** A text in the languages that the plugin speaks. A host with another language shows `en`. */
export interface LocalizedText {
  readonly en: string
  readonly de: string
}

/** What a plugin module exports. */
export interface Plugin {
  /**
   * Registers everything and returns its own undo. The host calls it once per process; a second call before the
   * first was undone is refused by the plugin. When it rejects, nothing stays registered.
   */
  activate(host: Host): Promise<Undo>
  /**
   * Finishes what must happen while no tenant database is open. A host that says `capabilities.beforeOpen` awaits it
   * at every start before any of its processes opens any of them, and goes on also when it rejects: what could not be
   * finished is said in the log and on the plugin's page. Without `host` the plugin knows the tenants only, and takes
   * the defaults for what operators may have set.
   */
  beforeOpen?(tenants: readonly Tenant[], host?: EarlyHost): Promise<void>
}

/** As much of the host as there is before the tenants' databases are open. */
export interface EarlyHost extends Pick<Host, 'version' | 'logger' | 'clock'> {
  readonly settings: Pick<Settings, 'read'>
}

/** Everything that a host offers. */
export interface Host {
  /** Shown to people, for example "Embedded host". */
  readonly name: string
  /** Version of the application whose data is backed up; it is written beside every backup. */
  readonly version: string
  /**
   * Scheme, host and port under which browsers reach the host, without a trailing slash. Null when the host doesn't
   * know: then the URL of each request has what the browser asked for.
   */
  readonly publicOrigin: string | null
  readonly capabilities: Capabilities
  /**
   * Where the host keeps its own data: the plugin makes a folder there for system backups that name no other place.
   * Left out by a host that has no such place; then each of them must name one. Since 2.1.
   */
  readonly dataFolder?: string
  /** IANA name of the zone of the system's tasks and archives; UTC when it is left out. Since 2.1. */
  readonly timeZone?: string
  readonly tenants: Tenants
  readonly tasks: Tasks
  readonly routes: Routes
  readonly settings: Settings
  readonly audit: Audit
  readonly notify?: Notify
  readonly logger: Logger
  readonly clock: Clock
  /** Aborts when the host shuts down. It then waits, within reason, for the undo of `activate`. */
  readonly signal: AbortSignal
}

/** What this host can do. The plugin adapts, or says on its page what is missing. */
export interface Capabilities {
  /**
   * The plugin may set a task's schedule and active state, and the host keeps it. When false people set it up in a
   * place of the host's own, where `TaskState.link` leads, and `TaskState` says as much of it as the host can tell.
   */
  readonly configuresTasks: boolean
  /** `tenants.suspend` exists. */
  readonly suspend: boolean
  /** The host awaits the plugin's `beforeOpen`. One that can `suspend` should, too: it may be killed meanwhile. */
  readonly beforeOpen: boolean
}

// --- tenants ------------------------------------------------------------------------------------------------------

/** One customer of the host. */
export interface Tenant {
  /** Stable, never shown to another tenant. */
  readonly id: string
  readonly displayName: string
  /** The tenant root: the plugin reads and writes below it and nowhere else. */
  readonly root: string
  readonly databases: readonly TenantDatabase[]
  /** An IANA name, for example "Europe/Berlin". */
  readonly timeZone: string
  /** A BCP 47 tag, for example "de". */
  readonly language: string
}

/**
 * A live SQLite database. Connections of the host use the operating system's usual locks: hosts with another SQLite
 * VFS can't be served.
 */
export interface TenantDatabase {
  /** Unique within the tenant. */
  readonly name: string
  readonly path: string
}

export interface Tenants {
  /** Every tenant as of now, in a stable order. */
  list(): Promise<readonly Tenant[]>
  /** Null when there is no such tenant, or no longer. */
  get(id: string): Promise<Tenant | null>
  /** Tells of every tenant that appears after `activate` was called. A host whose tenants never change leaves it out. */
  watch?(appeared: (id: string) => void): Undo
  /**
   * Resolves when every process of the host has closed the tenant's databases: no descriptor of them, of their `-wal`,
   * `-shm` or `-journal` is open any more. Until the lease ends every request of the tenant that needs its databases
   * gets 503 with `Retry-After`; the plugin's own pages stay reachable, so that people see what goes on. `reason` is
   * shown to people. Rejects, with the databases open as before, when closing did not succeed within `deadlineMs`, and
   * at once while another lease of the tenant is held.
   */
  suspend?(id: string, options: { readonly reason: string; readonly deadlineMs: number }): Promise<Lease>
}

/**
 * The host ends a lease by itself `deadlineMs` after it was asked for, when the plugin that holds it is undone, and
 * when the plugin's process dies. However it ends, the host then opens whatever lies under the databases' names.
 */
export interface Lease {
  /** Aborts when the lease ended early, before the databases are opened again. Never because of `release`. */
  readonly signal: AbortSignal
  /** Resolves when the tenant is served again. Never rejects; calling it twice, or after the end, is fine. */
  release(): Promise<void>
}

// --- tasks --------------------------------------------------------------------------------------------------------

export type Weekday = 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday'

/**
 * When a task is due. `at` is a time of day ("02:30") in the tenant's time zone, or in `Host.timeZone` for the system: one that the clock skips is due at
 * the first instant after the gap, a doubled one at its first occurrence. `on: 31` means the last day of the month,
 * likewise in shorter months. Intervals count from the start of the last run.
 */
export type Schedule =
  | { readonly every: 'day'; readonly at: string }
  | { readonly every: 'week'; readonly on: Weekday; readonly at: string }
  | { readonly every: 'month'; readonly on: number; readonly at: string }
  | { readonly every: 'hours' | 'minutes'; readonly count: number }

export type TaskOutcome = 'completed' | 'partial' | 'failed' | 'cancelled'

/** Why a run started: its schedule, made up for because the host was down when it was due, or because somebody asked. */
export type TaskCause = 'schedule' | 'missed' | 'request'

/** A kind of task. The host keeps one task of it per scope, inactive until it is configured. */
export interface TaskType {
  /**
   * For example "backup". A colon may be in it, no space and no slash: a plugin that has one system task for each of
   * several things calls them "name:thing", and its manifest announces "name:*". Since 2.1.
   */
  readonly id: string
  readonly title: LocalizedText
  /** One task per tenant, or a single one for the system. */
  readonly per: 'tenant' | 'system'
  /** Schedule that the host offers before anybody has chosen one. */
  readonly defaultSchedule: Schedule
  /**
   * Does the work. Resolves with the outcome, also when the work failed; a rejection is a defect and counts as failed.
   * After `context.signal` has aborted it resolves within a few seconds.
   */
  run(context: TaskContext): Promise<TaskResult>
}

export interface TaskContext {
  readonly scope: Scope
  readonly cause: TaskCause
  /** Who asked; null when it was the schedule, or nobody that has a name. */
  readonly actor: Actor | null
  /** As handed to `runNow`; empty otherwise. It comes from outside: the task type checks it. */
  readonly parameters: Readonly<Record<string, unknown>>
  /** Aborts when the host stops or somebody cancels the run on the host's own page. */
  readonly signal: AbortSignal
  /** May be called often; the host thins it out. */
  progress(progress: TaskProgress): void
}

export interface TaskProgress {
  readonly stage: string
  readonly done?: number
  readonly total?: number
  readonly unit?: string
}

export interface TaskResult {
  readonly outcome: TaskOutcome
  /** One line for the host's own pages and log. */
  readonly message: string
  /** What was made, as plain JSON, for a host that hands results on to further steps. The task type says what it is. */
  readonly output?: Readonly<Record<string, unknown>>
  /** Why it failed or was cancelled: a stable code, and what to do about it. */
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string }
}

/** What the host really has, whoever changed it. */
export interface TaskState {
  /** Something would start it again and again, were the host not paused. */
  readonly active: boolean
  /** Null when the host can't tell, for example because it is drawn in a flow. */
  readonly schedule: Schedule | null
  /**
   * All tasks of the host are paused: nothing starts, what runs ends, and what was due meanwhile is not made up for.
   * `by` is null when the host can't tell.
   */
  readonly paused: { readonly since: string; readonly by: string | null } | null
  readonly lastRun: {
    readonly startedAt: string
    readonly endedAt: string | null
    readonly outcome: TaskOutcome | null
    readonly cause: TaskCause
  } | null
  /** Null while nothing would start it, inactive or paused, and while the host can't tell. */
  readonly nextRunAt: string | null
  /** Where the host shows the task and lets people change it: a path as browsers see it, with `Routes.base`. */
  readonly link: string | null
}

export interface TaskRun {
  /** Settles when the run ended; never rejects. */
  readonly ended: Promise<TaskResult>
}

/** The scheduler belongs to the host. The plugin has no timer that starts runs. */
export interface Tasks {
  /** What people call it, for example "AUTOMATE". It stands in sentences, without an article. */
  readonly name: LocalizedText
  /**
   * Two runs of one task never overlap. The undo waits for runs in flight after aborting their signals. A type may come
   * and go at any time, not only while the plugin is activated; its task's state outlasts that.
   */
  register(type: TaskType): Undo
  /** Null for a scope that has no such task. */
  read(typeId: string, scope: Scope): Promise<TaskState | null>
  /** Durable when it resolves. Rejects where `capabilities.configuresTasks` is false. */
  configure(
    typeId: string,
    scope: Scope,
    change: { readonly active: boolean; readonly schedule: Schedule },
  ): Promise<TaskState>
  /**
   * Starts a run, or queues it behind the one in flight, also while the task is inactive or all are paused: somebody
   * asked for it. Open to the host itself and to other plugins, for example before an update.
   */
  runNow(
    typeId: string,
    scope: Scope,
    request: { readonly actor: Actor; readonly parameters?: Readonly<Record<string, unknown>> },
  ): Promise<TaskRun>
}

// --- routes -------------------------------------------------------------------------------------------------------

export interface Actor {
  readonly id: string
  readonly name: string
}

/** Who sends a request. It comes from the host's session, never from the request itself. */
export interface Caller {
  readonly user: Actor
  /** The tenant that the caller acts for; null on system pages. */
  readonly tenant: string | null
  readonly permissions: ReadonlySet<string>
  /** A BCP 47 tag. */
  readonly language: string
  /** Network address, for the audit log. */
  readonly address: string
  /** Looks at the session again. Null when it has ended. For answers that stay open. */
  refresh(): Promise<Caller | null>
}

export type Handler = (request: Request, caller: Caller) => Promise<Response>

export interface Mount {
  /** Every path that is the prefix or lies below it, any method. Starts with a slash, ends without one; see `base`. */
  readonly prefix: string
  /** Tenant pages are served only to callers who act for a tenant. */
  readonly per: 'tenant' | 'system'
  readonly menu: { readonly label: LocalizedText; readonly permission: string }
  /** Permissions that the pages know, with what they allow, for a host that lets people assign them. */
  readonly permissions: Readonly<Record<string, LocalizedText>>
  /** Checks permissions and cross-site requests itself. */
  readonly handler: Handler
}

export interface Routes {
  /**
   * The host answers unauthenticated requests itself (401; a browser is sent to sign in), and 409 `choose-tenant`
   * when the caller acts for none yet. It streams the body as it arrives, however long
   * that takes, streams the answer, and aborts
   * `request.signal` when the client goes away. A host whose framework has read a form or JSON before us hands over
   * a body with the same fields, each with its values in their order, and answers itself what it can't read. `request.url` is what the browser asked for, `base` included.
   */
  mount(mount: Mount): Undo
  /** What precedes every prefix in the paths that browsers see: "" or for example "/admin". No trailing slash. */
  readonly base: string
  /** Path of the page above ours, as browsers see it, for the crumbs. */
  readonly home: string
  /** The host's own page header (navigation, sign out) as trusted HTML without scripts or inline styles. */
  header?(caller: Caller, current: string): Promise<string>
}

// --- settings, audit and the rest ---------------------------------------------------------------------------------

export interface SettingsDefinition {
  /** JSON Schema (2020-12 or draft 7) of what is stored per tenant. */
  readonly tenant: { readonly schema: object; readonly defaults: object }
  /** JSON Schema of what operators store for the system. */
  readonly system: { readonly schema: object; readonly defaults: object }
}

export interface Settings {
  register(definition: SettingsDefinition): Undo
  /** As written last, unchecked: somebody may have edited the store. Undefined when nothing was ever written. */
  read(scope: Scope): Promise<unknown>
  /** Durable and whole when it resolves. */
  write(scope: Scope, value: object): Promise<void>
}

export interface AuditEntry {
  /** Names the event: the host keeps one entry per id, however often it is handed over. */
  readonly id: string
  readonly at: string
  readonly scope: Scope
  /** Null when it was the schedule or the plugin itself. */
  readonly actor: Actor | null
  /** For example "backup.create". */
  readonly action: string
  /** What it was done to, for example a backup's name; may be empty. */
  readonly target: string
  readonly outcome: 'success' | 'failure' | 'cancelled'
  /** Never holds a secret. */
  readonly details: Readonly<Record<string, unknown>>
}

export interface Audit {
  /** Durable when it resolves. */
  record(entry: AuditEntry): Promise<void>
}

/** Told of every failed or partial run, once. */
export type Notify = (event: {
  readonly scope: Scope
  readonly runId: string
  readonly outcome: 'failed' | 'partial'
  readonly message: string
  readonly hint: string
}) => Promise<void>

export interface Logger {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
  error(message: string, fields?: Readonly<Record<string, unknown>>): void
}

export interface Clock {
  /** Milliseconds since 1970. It may jump in either direction. */
  now(): number
}
