import type { Schedule } from 'automate-plugin-backup/host'
import type { NodeConfig } from '../red.ts'
import type { FlowMap } from './flow-map.ts'
import { scheduleOf } from './inject-schedule.ts'

/** What the flows say of one tenant's task. */
export interface DrawnTask {
  /** Something sends messages to it by itself; a button that somebody has to press doesn't count. */
  readonly active: boolean
  /** Null when there is none, more than one, or one that no schedule of the contract describes. */
  readonly schedule: Schedule | null
  /** The node to look at: the first that is enabled, otherwise the first. Null when there is none. */
  readonly node: NodeConfig | null
}

/** `serverZone` is the zone that inject nodes count in. */
export function drawnTask(
  flows: FlowMap,
  task: { readonly type: string; readonly tenant: string; readonly timeZone: string },
  serverZone: string,
): DrawnTask {
  const all = flows.ofType(task.type).filter((node) => node.tenant === task.tenant)
  const enabled = all.filter((node) => flows.isEnabled(node))
  const timed = enabled.flatMap((node) => flows.origins(node)).filter((node) => !isButton(node))
  const direct = enabled.flatMap((node) => flows.sources(node)).filter((node) => !isButton(node))
  const [only] = direct
  // A node between may hold messages back, so only what is wired to the task itself is taken at its word.
  const told = timed.length === 1 && direct.length === 1 && only === timed[0] && only !== undefined
  return {
    active: timed.length > 0,
    schedule: told ? scheduleOf(only, { zone: task.timeZone, serverZone }) : null,
    node: enabled[0] ?? all[0] ?? null,
  }
}

/** An inject node without any time. */
function isButton(node: NodeConfig): boolean {
  return node.type === 'inject' && !node.repeat && !node.crontab && node.once !== true
}
