import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HostFile } from '../../hosts/embedded/config/host-file-schema.ts'
import {
  type EmbeddedHost,
  type EmbeddedHostOptions,
  startEmbeddedHost,
} from '../../hosts/embedded/embedded-host.ts'
import type { Manifest } from '../../hosts/embedded/plugins/manifest.ts'
import type { Clock, Host, Plugin, Undo } from '../../src/host/contract.ts'
import { Browser } from './host-browser.ts'

/** A clock that stands still until the test moves it. */
export class HandClock implements Clock {
  #now: number

  constructor(iso: string) {
    this.#now = Date.parse(iso)
  }

  now(): number {
    return this.#now
  }

  set(iso: string): void {
    this.#now = Date.parse(iso)
  }

  advance(time: { readonly hours?: number; readonly minutes?: number; readonly seconds?: number }): void {
    this.#now += ((time.hours ?? 0) * 3600 + (time.minutes ?? 0) * 60 + (time.seconds ?? 0)) * 1000
  }
}

export const environment = {
  AUTOMATE_ADMIN_PASSWORD: 'admin-password',
  DEMO_ADMIN_PASSWORD: 'demo-password',
  DEMO_USER_PASSWORD: 'user-password',
  OTHER_ADMIN_PASSWORD: 'other-password',
}

/** Two tenants, an operator, an administrator for each, and somebody who may do nothing. */
export const twoTenants: HostFile = {
  tenants: [
    {
      id: 'demo',
      name: 'Demo GmbH',
      root: 'tenants/demo',
      databases: [{ name: 'main', path: 'main.sqlite' }],
      timeZone: 'Europe/Berlin',
      language: 'en',
    },
    {
      id: 'other',
      name: 'Andere AG',
      root: 'tenants/other',
      databases: [{ name: 'main', path: 'main.sqlite' }],
      timeZone: 'America/New_York',
      language: 'de',
    },
  ],
  users: [
    { name: 'admin', password: 'env:AUTOMATE_ADMIN_PASSWORD', role: 'operator' },
    { name: 'demo-admin', password: 'env:DEMO_ADMIN_PASSWORD', role: 'tenant-admin', tenant: 'demo' },
    { name: 'other-admin', password: 'env:OTHER_ADMIN_PASSWORD', role: 'tenant-admin', tenant: 'other' },
    { name: 'demo-user', password: 'env:DEMO_USER_PASSWORD', role: 'user', tenant: 'demo' },
  ],
}

const passwords: Readonly<Record<string, string>> = {
  admin: environment.AUTOMATE_ADMIN_PASSWORD,
  'demo-admin': environment.DEMO_ADMIN_PASSWORD,
  'other-admin': environment.OTHER_ADMIN_PASSWORD,
  'demo-user': environment.DEMO_USER_PASSWORD,
}

/** A plugin in this process, allowed to register whatever a test needs. */
export function inlinePlugin(activate: (host: Host) => Undo | Promise<Undo>, more: Partial<Plugin> = {}) {
  const manifest: Manifest = {
    id: 'automate-plugin-sample',
    name: 'Sample',
    version: '1.0.0',
    api: '^2.0.0',
    entry: './sample.js',
    registers: {
      taskTypes: ['sample', 'system-sample', 'family:*'],
      routes: ['/sample', '/system-sample'],
      settings: true,
    },
    permissions: [],
  }
  const plugin: Plugin = { activate: async (host) => activate(host), ...more }
  return { manifest, plugin }
}

export interface TestHost {
  readonly dataDir: string
  readonly clock: HandClock
  readonly lines: string[]
  /** The one that runs now. */
  readonly host: EmbeddedHost
  /** Stops it and starts it again on the same folder, later by what the test moved the clock meanwhile. */
  restart(meanwhile?: () => void, more?: Partial<EmbeddedHostOptions>): Promise<void>
  signIn(user: string): Promise<Browser>
  visit(): Browser
  end(): Promise<void>
}

export async function startTestHost(
  more: Partial<EmbeddedHostOptions> & { readonly config?: HostFile | null } = {},
): Promise<TestHost> {
  const { config = twoTenants, ...options } = more
  const dataDir = await mkdtemp(join(tmpdir(), 'embedded-host-'))
  if (config !== null) await writeFile(join(dataDir, 'host.json'), JSON.stringify(config))
  const clock = new HandClock('2026-11-20T12:00:00Z')
  const lines: string[] = []
  const log = (line: string): void => void lines.push(line)
  const start = (again: Partial<EmbeddedHostOptions>): Promise<EmbeddedHost> =>
    startEmbeddedHost({ dataDir, port: 0, clock, environment, autoTick: false, log, ...options, ...again })
  let host: EmbeddedHost
  try {
    host = await start({})
  } catch (error) {
    await rm(dataDir, { recursive: true })
    throw error
  }
  return {
    dataDir,
    clock,
    lines,
    get host() {
      return host
    },
    async restart(meanwhile = () => {}, again = {}) {
      await host.stop()
      meanwhile()
      host = await start(again)
    },
    visit: () => new Browser(host.origin),
    async signIn(user) {
      const browser = new Browser(host.origin)
      await browser.signIn(user, passwords[user] ?? '')
      return browser
    },
    async end() {
      await host.stop()
      await rm(dataDir, { recursive: true })
    },
  }
}
