import type { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** The part of Node-RED's runtime API that the adapter uses. It is handed to every node and plugin. */
export interface Red {
  readonly settings: RedSettings
  /** Emits `flows:started`, `flows:stopping` and `runtime-event`. */
  readonly events: EventEmitter
  readonly log: RedLog
  readonly nodes: {
    createNode(node: RedNode, config: NodeConfig): void
    getNode(id: string): RedNode | null
    /** Every node, tab and config node as it was deployed, disabled ones too. Throws before flows were loaded. */
    eachNode(visit: (config: NodeConfig) => void): void
    registerType(type: string, make: (this: RedNode, config: NodeConfig) => void): void
  }
  readonly plugins: {
    registerPlugin(id: string, definition: object): void
    get(id: string): unknown
  }
  readonly httpAdmin: { use(handler: AdminHandler): void }
  readonly auth: { needsPermission(permission: string): AdminHandler }
  version(): string
  /** A text from the locale files beside the node. */
  _(key: string, values?: Readonly<Record<string, unknown>>): string
}

export interface RedSettings {
  readonly userDir?: string
  /** With slashes at both ends; false without any admin pages. */
  readonly httpAdminRoot?: string | false
  readonly disableEditor?: boolean
  readonly adminAuth?: object
  readonly uiPort?: number
  /** Language of the runtime's own texts. */
  readonly lang?: string
  /** What an operator may say about this adapter in settings.js. */
  readonly automateBackup?: { readonly publicUrl?: string }
  get(name: string): unknown
}

export interface RedLog {
  info(message: string): void
  warn(message: string): void
  error(message: string): void
  /** Reaches the log handlers that were configured with `audit: true`. */
  audit(entry: { readonly event: string } & Readonly<Record<string, unknown>>): void
}

/** A node as it lies in the flow file. */
export interface NodeConfig {
  readonly id: string
  readonly type: string
  /** Tab or subflow that it lies in; config nodes may have none. */
  readonly z?: string
  /** Disabled by itself. Tabs say `disabled`. */
  readonly d?: boolean
  readonly disabled?: boolean
  readonly name?: string
  readonly label?: string
  /** Receivers by output. */
  readonly wires?: readonly (readonly string[])[]
  readonly [property: string]: unknown
}

export interface Message {
  _msgid?: string
  payload?: unknown
  [property: string]: unknown
}

export type Send = (messages: Message | readonly (Message | readonly Message[] | null)[]) => void

export interface Status {
  readonly fill?: 'red' | 'green' | 'yellow' | 'blue' | 'grey'
  readonly shape?: 'ring' | 'dot'
  readonly text?: string
}

/** A node at run time. */
export interface RedNode {
  readonly id: string
  readonly name?: string
  status(status: Status): void
  error(reason: string, message?: Message): void
  warn(reason: string): void
  on(event: 'input', handle: (message: Message, send: Send, done: (error?: Error) => void) => void): void
  on(event: 'close', handle: (removed: boolean, done: () => void) => void): void
}

/** A request as Express hands it over, below the admin root. */
export interface AdminRequest extends IncomingMessage {
  /** Path below the admin root. */
  readonly path: string
  url: string
  readonly protocol: string
  readonly ip?: string
  /** What Node-RED's own body parsers have read: JSON and forms. */
  readonly body?: unknown
  /** Set by those parsers. */
  readonly _body?: boolean
  /** Set by Node-RED once it knows the user. */
  readonly user?: { readonly username?: string; readonly anonymous?: boolean }
  readonly authInfo?: { readonly scope?: unknown }
}

export type AdminHandler = (
  request: AdminRequest,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => unknown
