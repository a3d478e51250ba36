import { randomBytes } from 'node:crypto'

/** A node as it lies in a flow file. */
export type FlowNode = { readonly id: string; readonly type: string } & Readonly<Record<string, unknown>>

export const flowId = (): string => randomBytes(8).toString('hex')

/** A button, or with `crontab` or `repeat` a schedule, that sends `props` to `to`. */
export function inject(
  id: string,
  z: string,
  to: string,
  more: Readonly<Record<string, unknown>> = {},
): FlowNode {
  const times = { repeat: '', crontab: '', once: false, onceDelay: 0.1 }
  return {
    id,
    type: 'inject',
    z,
    name: '',
    props: [],
    topic: '',
    x: 100,
    y: 100,
    wires: [[to]],
    ...times,
    ...more,
  }
}

/** Its folder must not be called like any node's id, or Node-RED takes it for one. */
export function tenant(id: string, more: Readonly<Record<string, unknown>> = {}): FlowNode {
  const databases = [{ name: 'main', path: 'main.sqlite' }]
  return {
    id,
    type: 'backup-tenant',
    name: 'My data',
    root: 'data',
    databases,
    timeZone: 'Europe/Berlin',
    ...more,
  }
}
