import { expect, test } from 'vitest'
import type { MakeHarness } from './describe-host.ts'
import { withHost } from './host-harness.ts'

const definition = {
  tenant: { schema: { type: 'object', required: ['must'] }, defaults: { must: 1 } },
  system: { schema: { type: 'object' }, defaults: {} },
}

export function describeSettings(make: MakeHarness): void {
  test('are undefined until something is written, then as written, unchecked', () =>
    withHost(
      make,
      (host) => host.settings.register(definition),
      async ({ host, tenants: { first } }) => {
        expect(await host.settings.read({ tenant: first })).toBeUndefined()
        expect(await host.settings.read({ system: true })).toBeUndefined()
        const odd = {
          not: 'what the schema wants',
          text: 'äöü "quotes" \u2028',
          nested: { deep: [1, null, false] },
        }
        await host.settings.write({ tenant: first }, odd)
        expect(await host.settings.read({ tenant: first })).toEqual(odd)
      },
    ))

  test('belong to one scope each', () =>
    withHost(
      make,
      (host) => host.settings.register(definition),
      async ({ host, tenants: { first, second } }) => {
        await host.settings.write({ tenant: first }, { of: 'first' })
        await host.settings.write({ system: true }, { of: 'system' })
        expect(await host.settings.read({ tenant: second })).toBeUndefined()
        await host.settings.write({ tenant: second }, { of: 'second' })
        expect(await host.settings.read({ tenant: first })).toEqual({ of: 'first' })
        expect(await host.settings.read({ system: true })).toEqual({ of: 'system' })
      },
    ))

  test('last over a restart', () =>
    withHost(
      make,
      (host) => host.settings.register(definition),
      async (it) => {
        await it.host.settings.write({ tenant: it.tenants.first }, { kept: 1 })
        await it.host.settings.write({ tenant: it.tenants.first }, { kept: 2 })
        await it.host.settings.write({ system: true }, { kept: 3 })
        await it.stop()
        await it.start()
        expect(await it.host.settings.read({ tenant: it.tenants.first })).toEqual({ kept: 2 })
        expect(await it.host.settings.read({ system: true })).toEqual({ kept: 3 })
      },
    ))

  test('may be written many at once', () =>
    withHost(
      make,
      (host) => host.settings.register(definition),
      async ({ host, tenants: { first } }) => {
        const written = Array.from({ length: 20 }, (_, n) => n)
        await Promise.all(written.map((n) => host.settings.write({ system: true }, { n })))
        await Promise.all(written.map((n) => host.settings.write({ tenant: first }, { n })))
        expect(written).toContain(((await host.settings.read({ system: true })) as { n: number }).n)
        expect(written).toContain(((await host.settings.read({ tenant: first })) as { n: number }).n)
      },
    ))
}
