import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { FlowNode } from './flows.ts'
import { installation, packageInstalled } from './installation.ts'

export interface NodeRedOptions {
  readonly flows?: readonly FlowNode[]
  /** More of settings.js, as source text of the object's properties. */
  readonly settings?: string
  readonly httpAdminRoot?: string
  readonly environment?: NodeJS.ProcessEnv
}

/** How long a start may take on a crowded machine. */
const patienceMs = 60_000

/** Node-RED as people run it: a process of its own, with the package installed in its user directory. */
export class NodeRedProcess {
  readonly userDir: string
  readonly #options: NodeRedOptions
  readonly #port: number
  #child: ChildProcess | null = null

  private constructor(userDir: string, port: number, options: NodeRedOptions) {
    this.userDir = userDir
    this.#port = port
    this.#options = options
  }

  /** Its user directory has a database `data/main.sqlite` in WAL mode with a few rows. */
  static async start(options: NodeRedOptions = {}): Promise<NodeRedProcess> {
    const userDir = await mkdtemp(join(tmpdir(), 'backup-node-red-'))
    const it = new NodeRedProcess(userDir, await freePort(), options)
    try {
      await it.#makeUserDir()
      await it.start()
    } catch (error) {
      await it.end()
      throw error
    }
    return it
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Of the admin root, without a trailing slash. */
  get address(): string {
    return this.origin + (this.#options.httpAdminRoot ?? '')
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('Node-RED does not run')
    return this.#child.pid
  }

  log(): Promise<string> {
    return readFile(join(this.userDir, 'node-red.log'), 'utf8')
  }

  database(): string {
    return join(this.userDir, 'data/main.sqlite')
  }

  async start(): Promise<void> {
    const node = join(installation, '../../../../node_modules/.bin/node')
    const red = join(installation, 'node_modules/node-red/red.js')
    const child = spawn(node, [red, '--userDir', this.userDir], {
      cwd: this.userDir,
      env: { ...process.env, ...this.#options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    const log = createWriteStream(join(this.userDir, 'node-red.log'), { flags: 'a' })
    child.stdout?.pipe(log, { end: false })
    child.stderr?.pipe(log, { end: false })
    await this.#answers(child)
  }

  /** Resolves when the process is gone. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await gone
  }

  async end(): Promise<void> {
    await this.stop('SIGKILL')
    await rm(this.userDir, { recursive: true, force: true, maxRetries: 5 })
  }

  async #answers(child: ChildProcess): Promise<void> {
    const deadline = performance.now() + patienceMs
    while (performance.now() < deadline && child.exitCode === null) {
      // Answered also where signing in is asked for.
      const answer = await fetch(`${this.address}/auth/login`).catch(() => null)
      if (answer?.ok && /Started flows|Flows stopped|safe mode/i.test(await this.log())) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error(`Node-RED did not start:\n${await this.log()}`)
  }

  async #makeUserDir(): Promise<void> {
    const modules = await packageInstalled()
    await mkdir(join(this.userDir, 'data'))
    await symlink(modules, join(this.userDir, 'node_modules'))
    await writeFile(
      join(this.userDir, 'package.json'),
      JSON.stringify({ name: 'node-red-project', dependencies: { 'automate-plugin-backup': '*' } }),
    )
    await writeFile(join(this.userDir, 'settings.js'), this.#settings())
    await writeFile(join(this.userDir, 'flows.json'), JSON.stringify(this.#options.flows ?? []))
    await writeFile(join(this.userDir, 'node-red.log'), '')
    const database = new Database(this.database())
    database.pragma('journal_mode = WAL')
    database.exec("CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('one'), ('two'), ('three')")
    database.close()
  }

  #settings(): string {
    const { httpAdminRoot = '', settings = '' } = this.#options
    return `module.exports = {
      uiHost: '127.0.0.1', uiPort: ${this.#port}, httpAdminRoot: '${httpAdminRoot}/', httpNodeRoot: '/',
      flowFile: 'flows.json', credentialSecret: false, runtimeState: { enabled: true },
      logging: { console: { level: 'info', audit: true } },
      telemetry: { enabled: false, updateNotification: false },
      editorTheme: { tours: false, projects: { enabled: false }, palette: { catalogues: [] } },
      ${settings}
    }\n`
  }
}

/** Of this machine only, and free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('There is no free port')
  await new Promise((closed) => server.close(closed))
  return address.port
}

/** `adminAuth` with a user for each name; everybody's password is "secret". */
export function adminAuth(users: Readonly<Record<string, unknown>>, more = ''): string {
  return `adminAuth: {
    type: 'credentials',
    users: async (name) => { const all = ${JSON.stringify(users)}; return Object.hasOwn(all, name) ? { username: name, permissions: all[name] } : null },
    authenticate: async (name, password) => { const all = ${JSON.stringify(users)}; return password === 'secret' && Object.hasOwn(all, name) ? { username: name, permissions: all[name] } : null },
    ${more}
  },`
}
