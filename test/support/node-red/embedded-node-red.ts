import type { EventEmitter } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import Database from 'better-sqlite3'
import type { Adapter, startAdapter } from '../../../hosts/node-red/adapter.ts'
import type { Red } from '../../../hosts/node-red/red.ts'
import type { AuditEntry, Plugin } from '../../../src/host/contract.ts'
import { HandClock } from '../embedded-host.ts'
import { EditorSession } from './editor-session.ts'
import type { FlowNode } from './flows.ts'
import { installation, packageInstalled } from './installation.ts'

/** Node-RED as its own documentation embeds it. */
interface NodeRed {
  init(server: Server, settings: object): void
  start(): Promise<void>
  stop(): Promise<void>
  readonly httpAdmin: (...request: unknown[]) => void
  readonly events: EventEmitter
  readonly settings: { set(name: string, value: unknown): Promise<void> }
  readonly hooks: {
    add(name: string, hook: (event: Delivery) => void): void
    remove(name: string): void
  }
}

interface Delivery {
  readonly destination: { readonly id: string }
  readonly msg: unknown
}

/** The adapter's modules as they were installed. */
export interface Installed {
  readonly plugin: Plugin
  readonly startAdapter: typeof startAdapter
  readonly adapterIn: (red: Red) => Adapter | null
  readonly registerTaskNode: (red: Red, type: string) => void
  readonly backupTenant: (red: Red) => void
}

export interface EmbeddedOptions {
  readonly flows: readonly FlowNode[]
  /** By user; null where nobody signs in. Every password is right. */
  readonly permissions: Readonly<Record<string, unknown>> | null
  /** Registers nodes and starts the adapter. */
  readonly load: (red: Red, installed: Installed, clock: HandClock) => Promise<void>
  /** More of settings.js. */
  readonly settings?: object
  /** Each with a database `main.sqlite`. */
  readonly folders?: readonly string[]
}

/** Node-RED imports a module of ours; what that loads is waiting under the symbol. */
const loading = Symbol.for('automate-plugin-backup under test')

/**
 * A real Node-RED in this process, with its flows, its HTTP API and the installed adapter, so that the clock and the
 * plugin are the test's.
 */
export class EmbeddedNodeRed {
  /** The admin pages lie below it. */
  readonly base = '/admin'
  readonly clock = new HandClock('2026-11-20T12:00:00Z')
  readonly userDir: string
  readonly log: string[] = []
  /** Messages that have reached each node, oldest first. */
  readonly received = new Map<string, unknown[]>()
  readonly #options: EmbeddedOptions
  readonly #installed: Installed
  readonly #red: NodeRed
  #server: Server | null = null
  #adapter: Adapter | null = null
  #origin = ''

  private constructor(userDir: string, installed: Installed, options: EmbeddedOptions) {
    this.userDir = userDir
    this.#installed = installed
    this.#options = options
    this.#red = createRequire(join(installation, 'package.json'))('node-red')
    // Node-RED leaves some of its own behind at each start, which in its usual life is the only one.
    this.#red.events.setMaxListeners(0)
  }

  static async start(options: EmbeddedOptions): Promise<EmbeddedNodeRed> {
    const installed = await installedAdapter()
    const userDir = await mkdtemp(join(tmpdir(), 'backup-node-red-'))
    await makeUserDir(userDir, options)
    const it = new EmbeddedNodeRed(userDir, installed, options)
    await it.start()
    return it
  }

  get origin(): string {
    return this.#origin
  }

  /** Of the admin root, without a trailing slash. */
  get address(): string {
    return this.#origin + this.base
  }

  get adapter(): Adapter {
    if (this.#adapter === null) throw new Error('The adapter was not started')
    return this.#adapter
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => this.#answer(request, response))
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('The server has no port')
    this.#origin = `http://127.0.0.1:${address.port}`
    this.#server = server
    const load = async (red: Red): Promise<void> => {
      await this.#options.load(red, this.#installed, this.clock)
      this.#adapter = this.#installed.adapterIn(red)
    }
    Object.assign(globalThis, { [loading]: load })
    this.#red.init(server, this.#settings())
    const settled = this.#flowsSettled()
    await this.#red.start()
    this.#red.hooks.add('onReceive.kept', ({ destination: { id }, msg }) => {
      this.received.set(id, [...(this.received.get(id) ?? []), structuredClone(msg)])
    })
    await settled
  }

  async stop(): Promise<void> {
    if (this.#server === null) return
    const server = this.#server
    this.#server = null
    // Node-RED writes its settings one after the other and waits for none: this one is written when all others are.
    await this.#red.settings.set('underTest', 'stopping')
    await this.#red.stop()
    this.#red.hooks.remove('*.kept')
    // Where no flow runs, no node closes for which Node-RED waits.
    await this.#adapter?.life.end()
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }

  async end(): Promise<void> {
    await this.stop()
    await rm(this.userDir, { recursive: true, maxRetries: 5 })
  }

  /** Somebody who has signed in, or with null hasn't. */
  async signedIn(user: string | null): Promise<EditorSession> {
    const session = new EditorSession(this.address)
    if (user !== null && this.#options.permissions !== null) await session.signIn(user)
    return session
  }

  async deploy(by: EditorSession, flows: readonly FlowNode[]): Promise<void> {
    const settled = this.#flowsSettled()
    await demand(by.admin('/flows', flows))
    await settled
  }

  async setState(by: EditorSession, state: 'start' | 'stop'): Promise<void> {
    await demand(by.admin('/flows/state', { state }))
  }

  /**
   * Presses an inject node's button, which does what its time does; `message` replaces its properties. Resolves when
   * the message has arrived at `target`, or can't.
   */
  async press(
    by: EditorSession,
    { button, target }: { readonly button: string; readonly target: string },
    message: Readonly<Record<string, boolean | string>> = {},
  ): Promise<void> {
    const props = Object.entries(message).map(([p, v]) => ({
      p,
      v: String(v),
      vt: typeof v === 'string' ? 'str' : 'bool',
    }))
    const arrived = this.#next('postReceive', target)
    const { status } = await by.admin(`/inject/${button}`, { __user_inject_props__: props })
    if (status === 200) await arrived
    this.#red.hooks.remove('*.test')
  }

  async auditEntries(): Promise<readonly AuditEntry[]> {
    const text = await readFile(join(this.userDir, 'automate-backup/audit.jsonl'), 'utf8')
    return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as AuditEntry]))
  }

  #next(hook: string, target: string): Promise<void> {
    return new Promise((resolve) =>
      this.#red.hooks.add(`${hook}.test`, ({ destination }) => {
        if (destination.id === target) resolve()
      }),
    )
  }

  /** Resolves when the flows run, or it is clear that they won't. */
  #flowsSettled(): Promise<void> {
    return new Promise((resolve) => {
      const look = ({ id, payload }: { id: string; payload?: { state?: string; deploy?: boolean } }) => {
        const isOver = payload?.state === 'start' || (payload?.state === 'stop' && payload.deploy !== true)
        if (id !== 'runtime-state' || !isOver) return
        this.#red.events.off('runtime-event', look)
        // The adapter listens, too, and has to have heard it first.
        setImmediate(resolve)
      }
      this.#red.events.on('runtime-event', look)
    })
  }

  #answer(request: { url?: string | undefined }, response: unknown): void {
    const url = request.url ?? ''
    // What Express does where Node-RED is mounted below a path.
    if (url.startsWith(`${this.base}/`))
      this.#red.httpAdmin(
        Object.assign(request, { url: url.slice(this.base.length), baseUrl: this.base }),
        response,
      )
    else (response as { writeHead(status: number): { end(): void } }).writeHead(404).end()
  }

  #settings(): object {
    const { permissions, settings } = this.#options
    const known = async (username: string) =>
      permissions && Object.hasOwn(permissions, username)
        ? { username, permissions: permissions[username] }
        : null
    return {
      userDir: this.userDir,
      flowFile: 'flows.json',
      credentialSecret: false,
      httpAdminRoot: `${this.base}/`,
      httpNodeRoot: '/',
      runtimeState: { enabled: true },
      telemetry: { enabled: false },
      editorTheme: { projects: { enabled: false } },
      logging: {
        test: {
          level: 'info',
          audit: true,
          handler: () => (entry: object) => void this.log.push(JSON.stringify(entry)),
        },
      },
      nodesExcludes: ['90-exec.js', '10-mqtt.js', '21-httprequest.js', '22-websocket.js', 'sqlite.js'],
      ...(permissions && { adminAuth: { type: 'credentials', users: known, authenticate: known } }),
      ...settings,
    }
  }
}

async function demand(answer: Promise<Response>): Promise<void> {
  const { status, url } = await answer
  if (status >= 300) throw new Error(`${url} answered ${status}`)
}

async function installedAdapter(): Promise<Installed> {
  const dist = join(await packageInstalled(), 'automate-plugin-backup/dist')
  const from = (file: string) => import(pathToFileURL(join(dist, file)).href)
  const [plugin, { startAdapter, adapterIn }, { registerTaskNode }, tenantNode] = await Promise.all([
    from('src/plugin.js'),
    from('hosts/node-red/adapter.js'),
    from('hosts/node-red/nodes/task-node.js'),
    from('hosts/node-red/nodes/backup-tenant.js'),
  ])
  return { plugin, startAdapter, adapterIn, registerTaskNode, backupTenant: tenantNode.default }
}

async function makeUserDir(userDir: string, { flows, folders = [] }: EmbeddedOptions): Promise<void> {
  const module = join(userDir, 'node_modules/under-test')
  await mkdir(module, { recursive: true })
  const manifest = { name: 'under-test', version: '1.0.0', 'node-red': { plugins: { test: 'test.js' } } }
  await writeFile(join(module, 'package.json'), JSON.stringify(manifest))
  await writeFile(
    join(module, 'test.js'),
    `module.exports = (red) => globalThis[Symbol.for(${JSON.stringify(Symbol.keyFor(loading))})](red)\n`,
  )
  await mkdir(join(module, 'locales/en-US'), { recursive: true })
  await writeFile(join(module, 'locales/en-US/test.json'), JSON.stringify(await texts()))
  await writeFile(join(userDir, 'flows.json'), JSON.stringify(flows))
  for (const folder of folders) {
    await mkdir(join(userDir, folder))
    new Database(join(userDir, folder, 'main.sqlite')).exec('CREATE TABLE notes (text TEXT)').close()
  }
}

/** The texts of the nodes, which Node-RED looks for beside the file that registers them: here that is ours. */
async function texts(): Promise<object> {
  const folder = join(
    await packageInstalled(),
    'automate-plugin-backup/dist/hosts/node-red/nodes/locales/en-US',
  )
  const files = await Promise.all(
    ['backup.json', 'backup-tenant.json'].map((file) => readFile(join(folder, file), 'utf8')),
  )
  return Object.assign({}, ...files.map((file) => JSON.parse(file)))
}
