import { EmbeddedNodeRed, type EmbeddedOptions } from './embedded-node-red.ts'
import { type FlowNode, inject, tenant } from './flows.ts'

export const page = '/settings/admin/backup'
export const json = { accept: 'application/json' }

export const ids = {
  tab: 'a000000000000001',
  tenant: 'a000000000000002',
  button: 'a000000000000003',
  task: 'a000000000000004',
  made: 'a000000000000005',
  failed: 'a000000000000006',
  other: 'a000000000000007',
} as const

/** One place, a schedule, the task, and a node behind each of its outputs. */
export function nightly(more: { readonly disabled?: boolean; readonly tenants?: readonly FlowNode[] } = {}) {
  const end = (id: string): FlowNode => ({ id, type: 'debug', z: ids.tab, active: false, wires: [] })
  return [
    { id: ids.tab, type: 'tab', label: 'Nightly', disabled: more.disabled ?? false },
    ...(more.tenants ?? [tenant(ids.tenant)]),
    inject(ids.button, ids.tab, ids.task, { crontab: '30 02 * * *' }),
    { id: ids.task, type: 'backup', z: ids.tab, tenant: ids.tenant, wires: [[ids.made], [ids.failed]] },
    end(ids.made),
    end(ids.failed),
  ] as const
}

/** Node-RED in this process with the real plugin in it. */
export function startBackups(options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedNodeRed> {
  return EmbeddedNodeRed.start({
    permissions: null,
    flows: nightly(),
    folders: ['data'],
    async load(red, { plugin, backupTenant, registerTaskNode, startAdapter }, clock) {
      backupTenant(red)
      registerTaskNode(red, 'backup')
      registerTaskNode(red, 'verify-backups')
      await startAdapter(red, plugin, clock)
    },
    ...options,
  })
}

/** What has left the task by each output, oldest first. */
export function kept(it: EmbeddedNodeRed, name: 'made' | 'failed'): readonly KeptMessage[] {
  return (it.received.get(ids[name]) ?? []) as KeptMessage[]
}

export interface KeptMessage {
  readonly payload: Readonly<Record<string, unknown>>
  readonly parts?: Readonly<Record<string, unknown>>
  readonly topic?: string
}
