import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'vitest'
import { type EmbeddedHost, startEmbeddedHost } from '../../hosts/embedded/embedded-host.ts'
import manifest from '../../plugin.json' with { type: 'json' }
import type { Run } from '../../src/engine/backup.ts'
import type { Host } from '../../src/host/contract.ts'
import { activate, beforeOpen } from '../../src/plugin.ts'

export const base = '/settings/admin/backup'

/** Tests that measure no time begin here: a Friday noon in winter. */
const noon = Date.parse('2026-11-20T11:00:00Z')

const passwords = {
  AUTOMATE_ADMIN_PASSWORD: 'admin-secret',
  SECOND_ADMIN_PASSWORD: 'second-secret',
  DEMO_ADMIN_PASSWORD: 'demo-secret',
  OTHER_ADMIN_PASSWORD: 'other-secret',
  DEMO_USER_PASSWORD: 'user-secret',
}

export const secretOf: Readonly<Record<string, string>> = {
  admin: passwords.AUTOMATE_ADMIN_PASSWORD,
  'second-admin': passwords.SECOND_ADMIN_PASSWORD,
  'demo-admin': passwords.DEMO_ADMIN_PASSWORD,
  'other-admin': passwords.OTHER_ADMIN_PASSWORD,
  'demo-user': passwords.DEMO_USER_PASSWORD,
}

export interface TestTenant {
  readonly id: string
  readonly name?: string
  readonly timeZone?: string
  readonly language?: string
  readonly databases?: readonly { readonly name: string; readonly path: string }[]
}

export interface AppOptions {
  readonly tenants?: readonly TestTenant[]
  /** Milliseconds since 1970. */
  readonly now?: number
  /** Puts something between the host and the plugin. */
  readonly between?: (host: Host) => Host
  /** What the host can do to let databases be replaced; everything unless it is given. */
  readonly offers?: { readonly suspend: boolean; readonly beforeOpen: boolean }
  /** Version of the application. */
  readonly version?: string
  /** What the operator has set. */
  readonly operator?: object
  /** Whether there is another operator, `second-admin`. */
  readonly secondOperator?: boolean
  /** Called with each tenant's root before the host opens its databases. */
  readonly prepare?: (root: string, tenant: string) => void
}

/** The embedded host with the plugin in it, on a data folder of its own and a clock that the test moves. */
export class App {
  readonly clock: { at: number; now(): number }
  readonly dataDir = mkdtempSync(join(tmpdir(), 'backup-app-'))
  #host: EmbeddedHost | null = null
  readonly #between: (host: Host) => Host
  readonly log: string[] = []

  /** Taken at the next start. */
  nextStart: Pick<AppOptions, 'offers' | 'version'>

  constructor(now: number, { between = (host) => host, offers, version }: AppOptions = {}) {
    this.#between = between
    this.nextStart = { ...(offers && { offers }), ...(version && { version }) }
    this.clock = {
      at: now,
      now() {
        return this.at
      },
    }
  }

  get host(): EmbeddedHost {
    if (!this.#host) throw new Error('The host is stopped')
    return this.#host
  }

  get origin(): string {
    return this.host.origin
  }

  /** Starts, or starts again after `halt`. */
  async start(): Promise<void> {
    this.#host = await startEmbeddedHost({
      dataDir: this.dataDir,
      port: 0,
      clock: this.clock,
      timeZone: 'UTC',
      environment: passwords,
      plugins: [{ manifest, plugin: { activate: (host) => activate(this.#between(host)), beforeOpen } }],
      autoTick: false,
      ...this.nextStart,
      log: (line) => this.log.push(line),
    })
  }

  async halt(): Promise<void> {
    await this.#host?.stop()
    this.#host = null
  }

  async stop(): Promise<void> {
    await this.halt()
    rmSync(this.dataDir, { recursive: true, force: true })
  }

  /** What operators set for the system; holds from the next request on. */
  setOperator(settings: object): void {
    mkdirSync(join(this.dataDir, 'plugins'), { recursive: true })
    writeFileSync(join(this.dataDir, 'plugins', 'backup.json'), JSON.stringify(settings))
  }

  root(tenant = 'demo'): string {
    return join(this.dataDir, 'tenants', tenant)
  }

  databasePath(tenant = 'demo', file = 'main.sqlite'): string {
    return join(this.root(tenant), file)
  }

  backupsFolder(tenant = 'demo'): string {
    return join(this.root(tenant), 'backups')
  }

  /** What an operator sees in the folder, without our own files. */
  files(tenant = 'demo'): readonly string[] {
    // A run that is cancelled while it waits makes no folder.
    if (!existsSync(this.backupsFolder(tenant))) return []
    return readdirSync(this.backupsFolder(tenant))
      .filter((name) => !name.startsWith('.'))
      .sort()
  }

  sidecar(name: string, tenant = 'demo'): Record<string, unknown> {
    return JSON.parse(readFileSync(join(this.backupsFolder(tenant), `${name}.json`), 'utf8'))
  }

  /** Moves the clock to an instant and lets the scheduler decide; resolves when what it started has ended. */
  async tickAt(instant: string | number): Promise<void> {
    this.clock.at = typeof instant === 'string' ? Date.parse(instant) : instant
    await this.host.tick()
    await this.host.idle()
  }

  async signIn(user: string): Promise<Session> {
    const response = await fetch(`${this.origin}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ user, password: secretOf[user] }),
      redirect: 'manual',
    })
    const cookie = response.headers.getSetCookie()[0]?.split(';')[0]
    if (!cookie) throw new Error(`${user} could not sign in: ${response.status} ${await response.text()}`)
    return new Session(this, cookie)
  }
}

/** Somebody who is signed in. Speaks JSON unless told otherwise. */
export class Session {
  readonly #app: { readonly origin: string }
  readonly cookie: string

  constructor(app: { readonly origin: string }, cookie: string) {
    this.#app = app
    this.cookie = cookie
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.send('GET', path, { headers })
  }

  post(path: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<Response> {
    const type = { 'content-type': 'application/json' }
    return this.send('POST', path, { headers: { ...type, ...headers }, body: JSON.stringify(body) })
  }

  /** As a browser without JavaScript sends it. */
  form(path: string, fields: readonly (readonly [string, string])[] = []): Promise<Response> {
    const headers = {
      accept: 'text/html',
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
    }
    const body = new URLSearchParams(
      fields.map(([name, value]): [string, string] => [name, value]),
    ).toString()
    return this.send('POST', path, { headers, body })
  }

  send(
    method: string,
    path: string,
    { headers, body }: { headers: Record<string, string>; body?: string },
  ): Promise<Response> {
    return fetch(`${this.#app.origin}${path}`, {
      method,
      headers: { accept: 'application/json', cookie: this.cookie, ...headers },
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
    })
  }

  /** The overview's JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at the JSON as an outsider does
  async overview(): Promise<any> {
    const response = await this.get(base)
    expect(response.status).toBe(200)
    return response.json()
  }

  /** Makes a backup and returns its run when it has ended. */
  async backUp(note?: string): Promise<Run> {
    const response = await this.post(`${base}/create`, note === undefined ? {} : { note })
    expect(response.status).toBe(202)
    const { run } = (await response.json()) as { run: Run }
    return this.ended(run.id)
  }

  async ended(runId: string): Promise<Run> {
    return eventually(async () => {
      const { run } = (await (await this.get(`${base}/runs/${runId}`)).json()) as { run: Run }
      return run.endedAt ? run : null
    })
  }

  /** What the LOGGING page has, newest first. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at the JSON as an outsider does
  async logged(): Promise<any[]> {
    const response = await this.get('/settings/admin/logging')
    const { entries } = (await response.json()) as { entries: unknown[] }
    return entries
  }
}

/** Asks again until there is an answer; fails after twenty seconds. */
export async function eventually<T>(ask: () => Promise<T | null | undefined | false>): Promise<T> {
  const deadline = performance.now() + 20_000
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    if (performance.now() > deadline) throw new Error(`Nothing came of ${ask}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

export async function startApp({
  tenants = [{ id: 'demo' }],
  now = noon,
  between,
  prepare,
  operator,
  secondOperator,
  ...more
}: AppOptions = {}): Promise<App> {
  const app = new App(now, { ...more, ...(between && { between }) })
  if (operator) app.setOperator(operator)
  const described = tenants.map(({ id, name, timeZone = 'Europe/Berlin', language = 'en', databases }) => ({
    id,
    name: name ?? `${id} GmbH`,
    root: `tenants/${id}`,
    databases: databases ?? [{ name: 'main', path: 'main.sqlite' }],
    timeZone,
    language,
  }))
  const users = [
    { name: 'admin', password: 'env:AUTOMATE_ADMIN_PASSWORD', role: 'operator' },
    ...(secondOperator
      ? [{ name: 'second-admin', password: 'env:SECOND_ADMIN_PASSWORD', role: 'operator' }]
      : []),
    { name: 'demo-admin', password: 'env:DEMO_ADMIN_PASSWORD', role: 'tenant-admin', tenant: 'demo' },
    { name: 'demo-user', password: 'env:DEMO_USER_PASSWORD', role: 'user', tenant: 'demo' },
    ...(tenants.some(({ id }) => id === 'other')
      ? [{ name: 'other-admin', password: 'env:OTHER_ADMIN_PASSWORD', role: 'tenant-admin', tenant: 'other' }]
      : []),
  ]
  await writeFile(join(app.dataDir, 'host.json'), JSON.stringify({ tenants: described, users }))
  for (const { id, databases } of described) {
    await mkdir(app.root(id), { recursive: true })
    for (const { path } of databases) fillDatabase(app.databasePath(id, path))
    prepare?.(app.root(id), id)
  }
  await app.start()
  return app
}

/** A small database in WAL mode: a table of three notes. */
function fillDatabase(path: string): void {
  const database = new Database(path)
  database.pragma('journal_mode = WAL')
  database.exec(
    "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL); INSERT INTO notes (text) VALUES ('one'), ('two'), ('three')",
  )
  database.close()
}
