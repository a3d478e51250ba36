import { describe, expect, it } from 'vitest'
import { drawnTask } from '../../../hosts/node-red/flows/drawn-task.ts'
import { FlowMap } from '../../../hosts/node-red/flows/flow-map.ts'
import { scheduleOf } from '../../../hosts/node-red/flows/inject-schedule.ts'
import type { NodeConfig, Red } from '../../../hosts/node-red/red.ts'
import { permissionsOf } from '../../../hosts/node-red/web/permissions.ts'

const zones = { zone: 'Europe/Berlin', serverZone: 'Europe/Berlin' }
const injects = (times: object): NodeConfig => ({
  id: 'i',
  type: 'inject',
  repeat: '',
  crontab: '',
  ...times,
})

describe('the schedule of an inject node', () => {
  it.each([
    [{ crontab: '30 02 * * *' }, { every: 'day', at: '02:30' }],
    [{ crontab: '5 14 * * 0,1,2,3,4,5,6' }, { every: 'day', at: '14:05' }],
    [{ crontab: '00 04 * * 0' }, { every: 'week', on: 'sunday', at: '04:00' }],
    [{ crontab: '00 04 * * 7' }, { every: 'week', on: 'sunday', at: '04:00' }],
    [{ crontab: '00 04 * * 6' }, { every: 'week', on: 'saturday', at: '04:00' }],
    [{ crontab: '15 03 1 * *' }, { every: 'month', on: 1, at: '03:15' }],
    [{ repeat: '3600' }, { every: 'minutes', count: 60 }],
    [{ repeat: 60 }, { every: 'minutes', count: 1 }],
  ])('%o is told as %o', (times, schedule) => {
    expect(scheduleOf(injects(times), zones)).toEqual(schedule)
  })

  it.each([
    [{}],
    [{ crontab: '*/15 9-17 * * *' }],
    [{ crontab: '30 02 * * 1,2' }],
    [{ crontab: '30 02 31 * *' }],
    [{ crontab: '30 02 * 1 *' }],
    [{ crontab: '0 30 02 * * *' }],
    [{ crontab: '60 24 * * *' }],
    [{ repeat: '90' }],
    [{ repeat: '-60' }],
    [{ repeat: '3600', once: true }],
    [{ type: 'function', repeat: '3600' }],
  ])('%o is not told', (times) => {
    expect(scheduleOf(injects(times), zones)).toBeNull()
  })

  it('at a time of day is not told where the tenant’s clock is not the server’s', () => {
    const elsewhere = { zone: 'Europe/Berlin', serverZone: 'UTC' }
    expect(scheduleOf(injects({ crontab: '30 02 * * *' }), elsewhere)).toBeNull()
    expect(scheduleOf(injects({ repeat: '3600' }), elsewhere)).toEqual({ every: 'minutes', count: 60 })
  })
})

describe('a task in the flows', () => {
  const daily = { crontab: '30 02 * * *' }
  const node = (id: string, type: string, to: readonly string[], more: object = {}): NodeConfig => ({
    id,
    type,
    z: 'tab',
    wires: [to],
    ...more,
  })
  const tab: NodeConfig = { id: 'tab', type: 'tab' }
  const task = node('task', 'backup', [], { tenant: 'data' })
  const look = (...nodes: readonly NodeConfig[]) => {
    const red = { nodes: { eachNode: (visit: (one: NodeConfig) => void) => nodes.forEach(visit) } }
    const asked = { type: 'backup', tenant: 'data', timeZone: 'UTC' }
    const { active, schedule, node: shown } = drawnTask(new FlowMap(red as unknown as Red), asked, 'UTC')
    return { active, at: schedule && 'at' in schedule ? schedule.at : null, node: shown?.id ?? null }
  }

  it('is active with the time of the inject node that is wired to it', () => {
    expect(look(tab, task, node('i', 'inject', ['task'], daily))).toEqual({
      active: true,
      at: '02:30',
      node: 'task',
    })
  })

  it('is active without a known time where something lies between, or where there are two times', () => {
    const between = [node('i', 'inject', ['f'], daily), node('f', 'function', ['task'])]
    expect(look(tab, task, ...between)).toMatchObject({ active: true, at: null })
    const two = [node('i', 'inject', ['task'], daily), node('j', 'inject', ['task'], { repeat: '60' })]
    expect(look(tab, task, ...two)).toMatchObject({ active: true, at: null })
  })

  it('is active through a link, and for whatever else sends by itself', () => {
    const links = [
      node('i', 'inject', ['out'], daily),
      node('out', 'link out', [], { links: ['in'] }),
      node('in', 'link in', ['task'], { links: ['out'] }),
    ]
    expect(look(tab, task, ...links)).toMatchObject({ active: true, at: null })
    expect(look(tab, task, node('m', 'mqtt in', ['task']))).toMatchObject({ active: true, at: null })
  })

  it('is not active for a button alone, nor where it, its tab or what starts it is disabled', () => {
    const timer = node('i', 'inject', ['task'], daily)
    expect(look(tab, task, node('i', 'inject', ['task']))).toMatchObject({ active: false, node: 'task' })
    expect(look(tab, task)).toMatchObject({ active: false })
    expect(look({ ...tab, disabled: true }, task, timer)).toMatchObject({ active: false, node: 'task' })
    expect(look(tab, { ...task, d: true }, timer)).toMatchObject({ active: false })
    expect(look(tab, task, { ...timer, d: true })).toMatchObject({ active: false })
    expect(look(tab, { ...task, tenant: 'other' }, timer)).toMatchObject({ active: false, node: null })
  })

  it('keeps the time of the schedule beside a button for the impatient', () => {
    const both = [node('i', 'inject', ['task'], daily), node('j', 'inject', ['task'])]
    expect(look(tab, task, ...both)).toMatchObject({ active: true, at: '02:30' })
  })

  it('is found in a flow that goes round in circles', () => {
    const circle = [node('a', 'function', ['b']), node('b', 'function', ['a', 'task'])]
    expect(look(tab, task, ...circle)).toMatchObject({ active: false })
    expect(look(tab, task, ...circle, node('i', 'inject', ['a'], daily))).toMatchObject({ active: true })
  })

  it('in a subflow is active where the subflow is used', () => {
    const inside = { ...task, z: 'sub' }
    const nodes = [
      { id: 'sub', type: 'subflow' },
      inside,
      { ...node('i', 'inject', ['task'], daily), z: 'sub' },
    ]
    expect(look(tab, ...nodes)).toMatchObject({ active: false })
    expect(look(tab, ...nodes, node('use', 'subflow:sub', []))).toMatchObject({ active: true })
  })
})

describe('the permissions of a Node-RED user', () => {
  it.each([
    ['*', ['backup.operate', 'backup.read', 'backup.write']],
    [['*'], ['backup.operate', 'backup.read', 'backup.write']],
    ['read', ['backup.read']],
    [['*.read', 'flows.write'], ['backup.read']],
    ['write', ['backup.write']],
    [
      ['backup.write', 'backup.read'],
      ['backup.read', 'backup.write'],
    ],
    ['backup.operate', ['backup.operate']],
    [['flows.read', 'backup.'], []],
    ['', []],
    [undefined, []],
    [[], []],
  ])('of the scope %o are %o', (scope, permissions) => {
    expect([...permissionsOf(scope, [])].sort()).toEqual(permissions)
  })
})
