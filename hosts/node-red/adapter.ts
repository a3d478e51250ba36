import { type Clock, contractVersion, type Plugin } from 'automate-plugin-backup/host'
import { Lifecycle } from './lifecycle.ts'
import { type Parts, partsOf } from './node-red-host.ts'
import type { Red } from './red.ts'
import { dispatch } from './web/dispatch.ts'

/** Under this id Node-RED's registry keeps the adapter, so that nodes find it. */
export const adapterId = 'automate-plugin-backup'

/** What nodes get from Node-RED's registry. */
export interface Adapter {
  readonly type: 'automate-host'
  readonly contractVersion: string
  readonly parts: Parts
  readonly life: Lifecycle
}

export const systemClock: Clock = { now: () => Date.now() }

/** Makes Node-RED a host and activates the plugin in it. */
export async function startAdapter(red: Red, plugin: Plugin, clock: Clock = systemClock): Promise<void> {
  const parts = partsOf(red, clock)
  const life = new Lifecycle(parts, plugin, () => red.plugins.get(adapterId) === adapter)
  const adapter: Adapter = { type: 'automate-host', contractVersion, parts, life }
  red.plugins.registerPlugin(adapterId, adapter)
  red.httpAdmin.use(dispatch(parts.web))
  await life.begin()
}

/** Null when the plugin could not be loaded; Node-RED's log says why. */
export function adapterIn(red: Red): Adapter | null {
  return (red.plugins.get(adapterId) as Adapter | undefined) ?? null
}
