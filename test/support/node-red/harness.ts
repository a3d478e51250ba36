import type { Host, Scope } from '../../../src/host/contract.ts'
import type { HostHarness, Manifested, Sender } from '../../contract/host-harness.ts'
import type { EditorSession } from './editor-session.ts'
import { EmbeddedNodeRed } from './embedded-node-red.ts'
import { type FlowNode, inject, tenant } from './flows.ts'

const tab = 'a0a0a0a0a0a0a0a0'
const button = 'b1b1b1b1b1b1b1b1'
const task = 'c2c2c2c2c2c2c2c2'
const first = 'd3d3d3d3d3d3d3d3'
const second = 'e4e4e4e4e4e4e4e4'

const permissions = {
  'first-admin': ['backup.read', 'backup.write'],
  'second-admin': ['backup.read', 'backup.write'],
  operator: '*',
  user: ['inject.write'],
}

const flows = (active: boolean): readonly FlowNode[] => [
  { id: tab, type: 'tab', label: 'Nightly', disabled: !active },
  tenant(first, { name: 'Demo GmbH', root: 'first' }),
  tenant(second, { name: 'Andere AG', root: 'second', timeZone: 'America/New_York' }),
  { id: task, type: 'sample', z: tab, tenant: first, wires: [[], []] },
  inject(button, tab, task, { crontab: '30 02 29 2 *' }),
]

/** Node-RED for the contract suite: its flows are the schedule, and the editor's user the caller. */
export async function nodeRedHarness({ plugin }: Manifested): Promise<HostHarness> {
  let handed: Host | null = null
  const it = await EmbeddedNodeRed.start({
    permissions,
    flows: flows(false),
    folders: ['first', 'second'],
    async load(red, { backupTenant, registerTaskNode, startAdapter }, clock) {
      backupTenant(red)
      registerTaskNode(red, 'sample')
      const activate = (host: Host) => {
        handed = host
        return plugin.activate(host)
      }
      await startAdapter(red, { activate }, clock)
    },
  })
  let sessions = new Map<Sender, EditorSession>()
  const as = async (sender: Sender): Promise<EditorSession> => {
    const session = sessions.get(sender) ?? (await it.signedIn(sender))
    // Whoever may open the page may act for everybody: these two keep to one.
    if (!sessions.has(sender) && sender === 'first-admin') await session.choose(first)
    if (!sessions.has(sender) && sender === 'second-admin') await session.choose(second)
    sessions.set(sender, session)
    return session
  }
  const deploy = async (active: boolean) => it.deploy(await as('operator'), flows(active))
  return {
    get host() {
      if (handed === null) throw new Error('The plugin was handed no host')
      return handed
    },
    get origin() {
      return it.origin
    },
    tenants: { first, second },
    setClock: (iso) => it.clock.set(iso),
    advance: (minutes) => it.clock.advance({ minutes }),
    tick: async () => {
      throw new Error('Node-RED looks at its own clock')
    },
    ownSchedule: {
      setActive: deploy,
      due: async () => it.press(await as('operator'), { button, target: task }),
    },
    idle: () => it.adapter.life.idle(),
    pauseAll: async () => it.setState(await as('operator'), 'stop'),
    resumeAll: async () => it.setState(await as('operator'), 'start'),
    async cancel(_typeId: string, scope: Scope) {
      if (!('tenant' in scope) || scope.tenant !== first) throw new Error('Only the first tenant has a node')
      await deploy(true)
      await it.press(await as('operator'), { button, target: task }, { cancel: true })
    },
    signOut: async (sender) => (await as(sender)).signOut(),
    choose: async (id) => (await as('operator')).choose(id),
    request: async (sender, path, init) => (await as(sender)).fetch(path, init),
    auditEntries: () => it.auditEntries(),
    stop: () => it.stop(),
    async start() {
      await it.start()
      sessions = new Map()
    },
    end: () => it.end(),
  }
}
