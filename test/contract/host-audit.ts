import { expect, test } from 'vitest'
import type { AuditEntry } from '../../src/host/contract.ts'
import type { MakeHarness } from './describe-host.ts'
import { actor, nothing, withHost } from './host-harness.ts'

function entry(id: string, more: Partial<AuditEntry> = {}): AuditEntry {
  return {
    id,
    at: '2026-11-20T11:00:00.000Z',
    scope: { system: true },
    actor,
    action: 'sample.do',
    target: 'main_20261120_110000Z.sqlite',
    outcome: 'success',
    details: { bytes: 12, note: 'äöü <b>' },
    ...more,
  }
}

export function describeAudit(make: MakeHarness): void {
  test('keeps an entry as it was recorded, for every scope and outcome', () =>
    withHost(make, nothing, async ({ host, tenants: { first }, auditEntries }) => {
      const entries = [
        entry('a'),
        entry('b', { scope: { tenant: first }, actor: null, outcome: 'failure', target: '' }),
        entry('c', { outcome: 'cancelled', details: {} }),
      ]
      for (const one of entries) await host.audit.record(one)
      const kept = (await auditEntries()).filter((one) => one.action === 'sample.do')
      expect(kept).toHaveLength(3)
      expect(kept).toEqual(expect.arrayContaining(entries))
    }))

  test('keeps one entry per id, however often and how many at once it is handed over', () =>
    withHost(make, nothing, async (it) => {
      await Promise.all([1, 2, 3].map(() => it.host.audit.record(entry('once'))))
      await it.stop()
      await it.start()
      await it.host.audit.record(entry('once', { outcome: 'failure' }))
      const kept = (await it.auditEntries()).filter((one) => one.id === 'once')
      expect(kept).toEqual([entry('once')])
    }))
}
