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
import type { AuditEntry, Host, Scope } from '../../../src/host/contract.ts'
import type { HostHarness, Manifested, Sender } from '../../contract/host-harness.ts'
import { HandClock } from '../embedded-host.ts'
import { EditorSession } from './editor-session.ts'
import { type FlowNode, inject, tenant } from './flows.ts'
import { installation, packageInstalled } from './installation.ts'

/** Node-RED as its own documentation embeds it, in this process, so that the clock and the plugin are the test's. */
interface NodeRed {
  init(server: Server, settings: object): void
  start(): Promise<void>
  stop(): Promise<void>
  readonly httpAdmin: (...request: unknown[]) => void
  readonly events: EventEmitter
  readonly hooks: {
    add(name: string, hook: (event: { readonly destination: { readonly id: string } }) => void): void
    remove(name: string): void
  }
}

/** The adapter's modules as they were installed. */
interface Installed {
  readonly startAdapter: typeof startAdapter
  readonly adapterIn: (red: Red) => Adapter | null
  readonly registerTaskNode: (red: Red, type: string) => void
  readonly backupTenant: (red: Red) => void
}

const root = '/admin'
const tab = 'a0a0a0a0a0a0a0a0'
const button = 'b1b1b1b1b1b1b1b1'
const task = 'c2c2c2c2c2c2c2c2'
const first = 'd3d3d3d3d3d3d3d3'
const second = 'e4e4e4e4e4e4e4e4'

const permissions: Readonly<Record<string, unknown>> = {
  'first-admin': ['backup.read', 'backup.write'],
  'second-admin': ['backup.read', 'backup.write'],
  operator: '*',
  user: ['inject.write'],
}

/** Node-RED imports this file; what it loads is waiting under the symbol. */
const load = Symbol.for('automate-plugin-backup contract suite')

export async function nodeRedHarness({ plugin }: Manifested): Promise<HostHarness> {
  const installed = await installedAdapter()
  const userDir = await mkdtemp(join(tmpdir(), 'backup-node-red-'))
  await makeUserDir(userDir)
  const clock = new HandClock('2026-11-20T12:00:00Z')
  const it = new Embedded(userDir, async (red) => {
    installed.backupTenant(red)
    installed.registerTaskNode(red, 'sample')
    const activate = (host: Host) => {
      it.host = host
      return plugin.activate(host)
    }
    await installed.startAdapter(red, { activate }, clock)
    it.adapter = installed.adapterIn(red)
  })
  await it.start()
  return {
    get host() {
      if (it.host === null) throw new Error('The plugin was handed no host')
      return it.host
    },
    get origin() {
      return it.origin
    },
    tenants: { first, second },
    setClock: (iso) => clock.set(iso),
    advance: (minutes) => clock.advance({ minutes }),
    tick: async () => {
      throw new Error('Node-RED looks at its own clock')
    },
    ownSchedule: { setActive: (active) => it.deploy(active), due: () => it.press({}) },
    idle: async () => it.adapter?.life.idle(),
    pauseAll: () => it.setState('stop'),
    resumeAll: () => it.setState('start'),
    async cancel(_typeId: string, scope: Scope) {
      if (!('tenant' in scope) || scope.tenant !== first) throw new Error('Only the first tenant has a node')
      await it.deploy(true)
      await it.press({ cancel: true })
    },
    signOut: async (sender) => (await it.as(sender)).signOut(),
    choose: async (id) => (await it.as('operator')).choose(id),
    request: async (sender, path, init) => (await it.as(sender)).fetch(path, init),
    auditEntries: () => it.auditEntries(),
    stop: () => it.stop(),
    start: () => it.start(),
    async end() {
      await it.stop()
      await rm(userDir, { recursive: true })
    },
  }
}

async function installedAdapter(): Promise<Installed> {
  const dist = join(await packageInstalled(), 'automate-plugin-backup/dist/hosts/node-red')
  const from = (file: string) => import(pathToFileURL(join(dist, file)).href)
  const [{ startAdapter, adapterIn }, { registerTaskNode }, tenantNode] = await Promise.all([
    from('adapter.js'),
    from('nodes/task-node.js'),
    from('nodes/backup-tenant.js'),
  ])
  return { startAdapter, adapterIn, registerTaskNode, backupTenant: tenantNode.default }
}

async function makeUserDir(userDir: string): Promise<void> {
  const module = join(userDir, 'node_modules/sample')
  await mkdir(module, { recursive: true })
  await writeFile(
    join(module, 'package.json'),
    JSON.stringify({ name: 'sample', version: '1.0.0', 'node-red': { plugins: { sample: 'sample.js' } } }),
  )
  await writeFile(
    join(module, 'sample.js'),
    `module.exports = (red) => globalThis[Symbol.for(${JSON.stringify(Symbol.keyFor(load))})](red)\n`,
  )
  await writeFile(join(userDir, 'flows.json'), JSON.stringify(flows(false)))
  for (const folder of ['first', 'second']) {
    await mkdir(join(userDir, folder))
    new Database(join(userDir, folder, 'main.sqlite')).exec('CREATE TABLE notes (text TEXT)').close()
  }
}

function flows(active: boolean): readonly FlowNode[] {
  return [
    { id: tab, type: 'tab', label: 'Nightly', disabled: !active },
    tenant(first, { name: 'Demo GmbH', root: 'first' }),
    tenant(second, { name: 'Andere AG', root: 'second', timeZone: 'America/New_York' }),
    { id: task, type: 'sample', z: tab, tenant: first, wires: [[], []] },
    inject(button, tab, task, { crontab: '30 02 29 2 *' }),
  ]
}

class Embedded {
  readonly #userDir: string
  readonly #load: (red: Red) => Promise<void>
  readonly #red: NodeRed
  #server: Server | null = null
  #sessions = new Map<Sender, EditorSession>()
  host: Host | null = null
  adapter: Adapter | null = null
  origin = ''

  constructor(userDir: string, loading: (red: Red) => Promise<void>) {
    this.#userDir = userDir
    this.#load = loading
    this.#red = createRequire(join(installation, 'package.json'))('node-red')
    // Node-RED leaves some of its own behind at each start, which in its usual life is the only one.
    this.#red.events.setMaxListeners(0)
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => this.#answer(request, response))
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('The server has no port')
    this.origin = `http://127.0.0.1:${address.port}`
    this.#server = server
    this.#sessions = new Map()
    Object.assign(globalThis, { [load]: this.#load })
    this.#red.init(server, this.#settings())
    const settled = this.#flowsSettled()
    await this.#red.start()
    await settled
  }

  async stop(): Promise<void> {
    if (this.#server === null) return
    const server = this.#server
    this.#server = null
    await this.#red.stop()
    // Where no flow runs, no node closes for which Node-RED waits.
    await this.adapter?.life.end()
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }

  async as(sender: Sender): Promise<EditorSession> {
    const known = this.#sessions.get(sender)
    if (known) return known
    const session = new EditorSession(this.origin + root)
    this.#sessions.set(sender, session)
    if (sender !== null) await session.signIn(sender)
    if (sender === 'first-admin') await session.choose(first)
    if (sender === 'second-admin') await session.choose(second)
    return session
  }

  async deploy(active: boolean): Promise<void> {
    const settled = this.#flowsSettled()
    await this.#admin('/flows', flows(active))
    await settled
  }

  async setState(state: 'start' | 'stop'): Promise<void> {
    await this.#admin('/flows/state', { state })
  }

  /** Presses the inject node's button, as its time does. Resolves when the message has arrived, or can't. */
  async press(message: Readonly<Record<string, boolean>>): Promise<void> {
    const props = Object.entries(message).map(([p, v]) => ({ p, v: String(v), vt: 'bool' }))
    const arrived = new Promise<void>((resolve) =>
      this.#red.hooks.add('postReceive.contract', ({ destination }) => {
        if (destination.id === task) resolve()
      }),
    )
    const operator = await this.as('operator')
    const { status } = await operator.admin(`/inject/${button}`, { __user_inject_props__: props })
    if (status === 200) await arrived
    this.#red.hooks.remove('*.contract')
  }

  async auditEntries(): Promise<readonly AuditEntry[]> {
    const text = await readFile(join(this.#userDir, 'automate-backup/audit.jsonl'), 'utf8')
    return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as AuditEntry]))
  }

  async #admin(path: string, body: object): Promise<void> {
    const { status } = await (await this.as('operator')).admin(path, body)
    if (status >= 300) throw new Error(`${path} answered ${status}`)
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
    if (url.startsWith(`${root}/`))
      this.#red.httpAdmin(Object.assign(request, { url: url.slice(root.length), baseUrl: root }), response)
    else (response as { writeHead(status: number): { end(): void } }).writeHead(404).end()
  }

  #settings(): object {
    return {
      userDir: this.#userDir,
      flowFile: 'flows.json',
      credentialSecret: false,
      httpAdminRoot: `${root}/`,
      httpNodeRoot: '/',
      runtimeState: { enabled: true },
      telemetry: { enabled: false },
      editorTheme: { projects: { enabled: false } },
      logging: { quiet: { level: 'fatal', handler: () => () => {} } },
      nodesExcludes: ['90-exec.js', '10-mqtt.js', '21-httprequest.js', '22-websocket.js', 'sqlite.js'],
      adminAuth: {
        type: 'credentials',
        users: async (username: string) =>
          username in permissions ? { username, permissions: permissions[username] } : null,
        authenticate: async (username: string) =>
          username in permissions ? { username, permissions: permissions[username] } : null,
      },
    }
  }
}
