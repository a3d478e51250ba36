import { describe } from 'vitest'
import { describeAudit } from './host-audit.ts'
import type { HostHarness, Manifested } from './host-harness.ts'
import { describeLife } from './host-life.ts'
import { describeRoutes } from './host-routes.ts'
import { describeSchedule } from './host-schedule.ts'
import { describeSettings } from './host-settings.ts'
import { describeTasks } from './host-tasks.ts'
import { describeTenants } from './host-tenants.ts'

export type MakeHarness = (plugin: Manifested) => Promise<HostHarness>

/**
 * What every host promises in `src/host/contract.ts`, as tests. A host passes when an adapter of a few lines, its
 * harness, lets the suite start it, move its clock, and send requests to it.
 */
export function describeHost(name: string, make: MakeHarness): void {
  describe(`${name} as a host`, () => {
    describe('tenants', () => describeTenants(make))
    describe('tasks', () => describeTasks(make))
    describe('the schedule', () => describeSchedule(make))
    describe('routes', () => describeRoutes(make))
    describe('settings', () => describeSettings(make))
    describe('audit', () => describeAudit(make))
    describe('a plugin from start to end', () => describeLife(make))
  })
}
