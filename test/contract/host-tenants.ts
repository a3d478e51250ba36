import { stat } from 'node:fs/promises'
import { isAbsolute, sep } from 'node:path'
import { expect, test } from 'vitest'
import type { MakeHarness } from './describe-host.ts'
import { nothing, withHost } from './host-harness.ts'

export function describeTenants(make: MakeHarness): void {
  test('are listed in a stable order, with absolute paths to databases that exist inside their root', () =>
    withHost(make, nothing, async ({ host, tenants: { first, second } }) => {
      const list = await host.tenants.list()
      expect(list.map((tenant) => tenant.id)).toEqual([first, second])
      expect(await host.tenants.list()).toEqual(list)
      for (const tenant of list) {
        expect(isAbsolute(tenant.root)).toBe(true)
        expect(tenant.displayName).not.toBe('')
        expect(
          new Intl.DateTimeFormat('en', { timeZone: tenant.timeZone }).resolvedOptions().timeZone,
        ).toBeTruthy()
        expect(tenant.databases.length).toBeGreaterThan(0)
        for (const database of tenant.databases) {
          expect(database.path.startsWith(tenant.root + sep)).toBe(true)
          expect((await stat(database.path)).isFile()).toBe(true)
        }
      }
    }))

  test('are found by id; one that does not exist is null', () =>
    withHost(make, nothing, async ({ host, tenants: { first } }) => {
      expect((await host.tenants.get(first))?.timeZone).toBe('Europe/Berlin')
      expect(await host.tenants.get('nobody')).toBeNull()
      expect(await host.tenants.get('__proto__')).toBeNull()
    }))
}
