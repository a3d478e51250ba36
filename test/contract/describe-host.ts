import { describe, expect, test } from 'vitest'
import { describeAudit } from './host-audit.ts'
import { describeClosing } from './host-closing.ts'
import { describeConfiguration } from './host-configuration.ts'
import { type HostHarness, type Manifested, nothing, withHost } from './host-harness.ts'
import { describeLife } from './host-life.ts'
import { describeOwnSchedule } from './host-own-schedule.ts'
import { describeRoutes } from './host-routes.ts'
import { describeSchedule } from './host-schedule.ts'
import { describeSettings } from './host-settings.ts'
import { describeTasks } from './host-tasks.ts'
import { describeTenants } from './host-tenants.ts'

export type MakeHarness = (plugin: Manifested) => Promise<HostHarness>

/** What the host says in its `capabilities`, as far as other promises depend on it. */
export interface Expected {
  readonly configuresTasks: boolean
}

/**
 * What every host promises in `src/host/contract.ts`, as tests. A host passes when an adapter of a few lines, its
 * harness, lets the suite start it, move its clock, and send requests to it.
 */
export function describeHost(name: string, make: MakeHarness, expected: Expected): void {
  describe(`${name} as a host`, () => {
    test('says what it can do', () =>
      withHost(make, nothing, async ({ host }) => expect(host.capabilities).toMatchObject(expected)))
    describe('tenants', () => describeTenants(make))
    describe('tasks', () => describeTasks(make))
    if (expected.configuresTasks) {
      describe('tasks', () => describeConfiguration(make))
      describe('the schedule', () => describeSchedule(make))
    } else describe('a schedule of its own', () => describeOwnSchedule(make))
    describe('routes', () => describeRoutes(make))
    describe('settings', () => describeSettings(make))
    describe('audit', () => describeAudit(make))
    describeClosing('its databases', make)
    describe('a plugin from start to end', () => describeLife(make))
  })
}
