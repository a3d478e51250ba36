import type { Offers } from '../../hosts/embedded/plugins/contract-host.ts'
import type { AuditEntry, Scope } from '../../src/host/contract.ts'
import { inlinePlugin, startTestHost, type TestHost } from '../support/embedded-host.ts'
import type { Browser } from '../support/host-browser.ts'
import { describeHost } from './describe-host.ts'
import { describeClosing } from './host-closing.ts'
import type { HostHarness, Manifested, Sender } from './host-harness.ts'

const users = {
  'first-admin': 'demo-admin',
  'second-admin': 'other-admin',
  operator: 'admin',
  user: 'demo-user',
} as const

async function embeddedHarness({ plugin }: Manifested, offers?: Offers): Promise<HostHarness> {
  const { beforeOpen } = plugin
  const it: TestHost = await startTestHost({
    plugins: [inlinePlugin((host) => plugin.activate(host), beforeOpen ? { beforeOpen } : {})],
    ...(offers && { offers }),
  })
  let browsers = new Map<Sender, Browser>()
  const as = async (sender: Sender): Promise<Browser> => {
    const browser = browsers.get(sender) ?? (sender === null ? it.visit() : await it.signIn(users[sender]))
    browsers.set(sender, browser)
    return browser
  }
  const operate = async (path: string, body: object = {}): Promise<unknown> => {
    const answer = await (await as('operator')).post(path, body)
    if (answer.status >= 300) throw new Error(`${path} answered ${answer.status}: ${answer.text}`)
    return answer.json
  }
  const automate = '/settings/admin/automate'
  return {
    get host() {
      const host = it.host.contractHosts.get('automate-plugin-sample')
      if (host === undefined) throw new Error('The plugin was handed no host')
      return host
    },
    tenants: { first: 'demo', second: 'other' },
    get origin() {
      return it.host.origin
    },
    dataPage: '/data',
    setClock: (iso) => it.clock.set(iso),
    advance: (minutes) => it.clock.advance({ minutes }),
    tick: () => it.host.tick(),
    idle: () => it.host.idle(),
    pauseAll: async () => void (await operate(`${automate}/pause`)),
    resumeAll: async () => void (await operate(`${automate}/resume`)),
    cancel: async (typeId: string, scope: Scope) =>
      void (await operate(`${automate}/tasks/${typeId}/cancel`, scope)),
    signOut: async (sender) => void (await (await as(sender)).post('/logout')),
    choose: async (tenant) => void (await operate('/session/tenant', { tenant })),
    request: async (sender, path, init) => (await as(sender)).fetch(path, init),
    async auditEntries() {
      const answer = await (await as('operator')).json('/settings/admin/logging')
      return (answer.json as { entries: AuditEntry[] }).entries
    },
    stop: () => it.host.stop(),
    async start() {
      await it.restart()
      browsers = new Map()
    },
    end: () => it.end(),
  }
}

describeHost('the embedded host', embeddedHarness, { configuresTasks: true })

for (const offers of [
  { suspend: false, beforeOpen: true },
  { suspend: true, beforeOpen: false },
  { suspend: false, beforeOpen: false },
])
  describeClosing(
    `the embedded host that offers ${JSON.stringify(offers)}`,
    (plugin) => embeddedHarness(plugin, offers),
    offers,
  )
