import { expect, test } from 'vitest'
import { contractVersion } from '../../src/host/contract.ts'
import type { MakeHarness } from './describe-host.ts'
import { SampleTask, withHost } from './host-harness.ts'

export function describeLife(make: MakeHarness): void {
  test('is handed a host that says who it is', () =>
    withHost(
      make,
      () => {},
      async ({ host }) => {
        expect(contractVersion).toMatch(/^\d+\.\d+\.\d+$/)
        expect(host.name).not.toBe('')
        expect(host.version).not.toBe('')
        if (host.publicOrigin !== null) expect(host.publicOrigin).toMatch(/^https?:\/\/[^/]+$/)
        expect([host.tasks.name.en, host.tasks.name.de]).not.toContain('')
        expect(Number.isFinite(host.clock.now())).toBe(true)
      },
    ))

  test('reads the time from the clock of the host', () =>
    withHost(
      make,
      () => {},
      async (it) => {
        it.setClock('2031-01-01T00:00:00Z')
        expect(it.host.clock.now()).toBe(Date.parse('2031-01-01T00:00:00Z'))
      },
    ))

  test('may log whatever comes from outside', () =>
    withHost(
      make,
      () => {},
      async ({ host: { logger } }) => {
        logger.info('one\nline', { key: 'value' })
        logger.warn('\u001b[31mred', { nested: { deep: [1, undefined] } })
        logger.error('a failure')
      },
    ))

  test('is told that the host stops before its undo is called, and undone once', () => {
    const seen: string[] = []
    return withHost(
      make,
      (host) => {
        host.signal.addEventListener('abort', () => seen.push('signal'))
        return () => void seen.push('undo')
      },
      async (it) => {
        expect(it.host.signal.aborted).toBe(false)
        await it.stop()
        await it.stop()
        expect(seen).toEqual(['signal', 'undo'])
        await it.start()
        expect(it.host.signal.aborted).toBe(false)
      },
    )
  })

  test('may still write to the audit log and the settings while it is undone', () =>
    withHost(
      make,
      (host) => {
        host.settings.register({ tenant: { schema: {}, defaults: {} }, system: { schema: {}, defaults: {} } })
        return async () => {
          const at = '2026-11-20T11:00:00.000Z'
          const entry = {
            id: 'last',
            at,
            scope: { system: true },
            actor: null,
            action: 'sample.last',
          } as const
          await host.audit.record({ ...entry, target: '', outcome: 'success', details: {} })
          await host.settings.write({ system: true }, { last: true })
        }
      },
      async (it) => {
        await it.stop()
        await it.start()
        expect((await it.auditEntries()).some((entry) => entry.id === 'last')).toBe(true)
        expect(await it.host.settings.read({ system: true })).toEqual({ last: true })
      },
    ))

  test('that rejects leaves nothing registered and does not keep the host from running', () =>
    withHost(
      make,
      (host) => {
        host.tasks.register(new SampleTask())
        host.routes.mount({
          prefix: '/sample',
          per: 'tenant',
          menu: { label: { en: 'Sample', de: 'Muster' }, permission: 'backup.read' },
          permissions: {},
          handler: async () => new Response('ok'),
        })
        throw new Error('not today')
      },
      async (it) => {
        expect(
          (await it.request('first-admin', '/sample', { headers: { accept: 'application/json' } })).status,
        ).toBe(404)
        expect(await it.host.tasks.read('sample', { tenant: it.tenants.first })).toBeNull()
      },
    ))
}
