import { readdirSync, readlinkSync } from 'node:fs'
import { copyFile, rename } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import type { Capabilities, EarlyHost, Host, Lease, Tenant } from '../../src/host/contract.ts'
import type { MakeHarness } from './describe-host.ts'
import { type HostHarness, nothing, withHost } from './host-harness.ts'

const json = { headers: { accept: 'application/json' } }
const html = { headers: { accept: 'text/html' } }
const long = { reason: 'A restore is going on', deadlineMs: 60_000 }

/**
 * How a host lets its databases be closed: while it runs (`suspend`), before it opens them (`beforeOpen`), or not at
 * all. `expected` says which; without it the host's word is taken and what it offers is tried.
 */
export function describeClosing(
  name: string,
  make: MakeHarness,
  expected: Partial<Pick<Capabilities, 'suspend' | 'beforeOpen'>> = {},
): void {
  describe(name, () => {
    test('can be closed exactly where the host says so', () =>
      withHost(make, nothing, async ({ host }) => {
        expect(host.capabilities).toMatchObject(expected)
        expect(typeof host.tenants.suspend === 'function').toBe(host.capabilities.suspend)
      }))
    describe('while it runs', () => describeSuspend(make))
    describe('at the start', () => describeBeforeOpen(make))
  })
}

function describeSuspend(make: MakeHarness): void {
  type Suspend = (more?: Partial<typeof long>) => Promise<Lease>
  /** With the host, and a way to close the first tenant; nothing to be tried where the host can't. */
  const suspending = (
    work: (it: HostHarness, suspend: Suspend) => Promise<void>,
    activate: Parameters<typeof withHost>[1] = nothing,
  ) =>
    withHost(make, activate, async (it) => {
      const { tenants, capabilities } = it.host
      if (!capabilities.suspend) return expect(tenants.suspend).toBeUndefined()
      await work(it, async (more) => {
        const lease = await tenants.suspend?.(it.tenants.first, { ...long, ...more })
        if (!lease) throw new Error('There is no lease')
        return lease
      })
    })
  const statusOf = async (it: HostHarness, init: RequestInit = json) =>
    (await it.request('first-admin', dataPage(it), init)).status

  test('closes every descriptor of the tenant in every process, and opens them again', () =>
    suspending(async (it, suspend) => {
      expect(await statusOf(it)).toBe(200)
      const { databases } = await tenantOf(it)
      expect(holders(databases[0]!.path)).not.toEqual([])
      const lease = await suspend()
      for (const { path } of databases) expect(holders(path)).toEqual([])
      expect(lease.signal.aborted).toBe(false)
      await lease.release()
      expect(lease.signal.aborted).toBe(false)
      expect(await statusOf(it)).toBe(200)
      await lease.release()
    }))

  test("answers the tenant's requests with 503 meanwhile, as a page and as JSON, and nobody else's", () =>
    suspending(async (it, suspend) => {
      const lease = await suspend()
      for (const init of [json, html]) {
        const response = await it.request('first-admin', dataPage(it), init)
        expect(response.status).toBe(503)
        expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
        expect(await response.text()).toContain(long.reason)
      }
      expect((await it.request('second-admin', dataPage(it), json)).status).toBe(200)
      await lease.release()
      expect(await statusOf(it, html)).toBe(200)
    }))

  test("keeps the plugin's own pages of the tenant reachable", () =>
    suspending(
      async (it, suspend) => {
        const lease = await suspend()
        expect((await it.request('first-admin', '/sample', json)).status).toBe(200)
        await lease.release()
      },
      (host) =>
        host.routes.mount({
          prefix: '/sample',
          per: 'tenant',
          menu: { label: { en: 'Sample', de: 'Muster' }, permission: 'backup.read' },
          permissions: {},
          handler: async () => new Response('here'),
        }),
    ))

  test('serves whatever lies under the name afterwards', () =>
    suspending(async (it, suspend) => {
      const { databases } = await tenantOf(it)
      const { path } = databases[0]!
      const lease = await suspend()
      await copyFile(path, `${path}.other`)
      change(`${path}.other`)
      await rename(`${path}.other`, path)
      await lease.release()
      const response = await it.request('first-admin', dataPage(it), json)
      expect([response.status, await response.text()]).toEqual([
        200,
        expect.stringContaining('left_by_a_test'),
      ])
    }))

  test('ends the lease by itself at its deadline, and says so first', () =>
    suspending(async (it, suspend) => {
      expect(await statusOf(it)).toBe(200)
      const lease = await suspend({ deadlineMs: 150 })
      await expect.poll(() => lease.signal.aborted, { timeout: 10_000 }).toBe(true)
      await expect.poll(() => statusOf(it), { timeout: 10_000 }).toBe(200)
      await lease.release()
      expect(await statusOf(it)).toBe(200)
      await (await suspend()).release()
    }))

  test('ends the lease when the plugin is undone without having released it', () => {
    let held: Lease | undefined
    return suspending(async (it, suspend) => {
      held = await suspend()
      await it.stop()
      expect(held.signal.aborted).toBe(true)
      await it.start()
      expect(await statusOf(it)).toBe(200)
    })
  })

  test('refuses a second lease of the same tenant, and a tenant that there is not', () =>
    suspending(async (it, suspend) => {
      const lease = await suspend()
      await expect(suspend()).rejects.toThrow()
      await expect(it.host.tenants.suspend?.('nobody', long)).rejects.toThrow()
      const other = await it.host.tenants.suspend?.(it.tenants.second, long)
      await lease.release()
      expect([await statusOf(it), (await it.request('second-admin', dataPage(it), json)).status]).toEqual([
        200, 503,
      ])
      await other?.release()
    }))
}

function describeBeforeOpen(make: MakeHarness): void {
  test("awaits the plugin at every start before it opens any tenant's database", async () => {
    const seen: { readonly open: readonly string[]; readonly tenants: readonly string[] }[] = []
    let activations = 0
    const watching = async (tenants: readonly Tenant[]) => {
      // Long enough for a host that doesn't wait to open them meanwhile.
      await wait(100)
      const open = tenants.flatMap(({ databases }) => databases.flatMap(({ path }) => holders(path)))
      seen.push({ open, tenants: tenants.map(({ id }) => id) })
    }
    const counting = (host: Host) => {
      if (host.capabilities.beforeOpen) expect(seen).toHaveLength(++activations)
    }
    await withHost(
      make,
      counting,
      async (it) => {
        await it.stop()
        await it.start()
        const expected = { open: [], tenants: [it.tenants.first, it.tenants.second] }
        expect(seen).toEqual(it.host.capabilities.beforeOpen ? [expected, expected] : [])
      },
      { beforeOpen: watching },
    )
  })

  test('goes on when the plugin fails there', () =>
    withHost(
      make,
      nothing,
      async (it) => {
        if (!it.host.capabilities.beforeOpen) return
        expect((await it.request('first-admin', dataPage(it), json)).status).toBe(200)
      },
      {
        async beforeOpen() {
          throw new Error('not today')
        },
      },
    ))

  test('hands over what the plugin needs to know before it is activated', async () => {
    let early: EarlyHost | undefined
    await withHost(
      make,
      (host) =>
        host.settings.register({
          tenant: { schema: {}, defaults: {} },
          system: { schema: {}, defaults: {} },
        }),
      async (it) => {
        await it.host.settings.write({ system: true }, { kept: 'system' })
        await it.stop()
        await it.start()
        if (early === undefined) return
        expect(early.version).toBe(it.host.version)
        expect(early.clock.now()).toBe(it.host.clock.now())
        expect(await early.settings.read({ system: true })).toEqual({ kept: 'system' })
        early.logger.info('seen')
      },
      {
        async beforeOpen(_tenants, host) {
          early = host
        },
      },
    )
  })
}

function dataPage({ dataPage: page }: HostHarness): string {
  if (page === undefined)
    throw new Error('A harness of a host that closes databases names a page that needs them')
  return page
}

async function tenantOf({ host, tenants: { first } }: HostHarness): Promise<Tenant> {
  const tenant = await host.tenants.get(first)
  if (tenant === null) throw new Error('The tenant is gone')
  return tenant
}

/** A table that only a restored file could have. Opened here only while nobody else has it open. */
function change(path: string): void {
  const database = new Database(path)
  database.exec('create table left_by_a_test (a)')
  database.close()
}

/** Processes that have the database open, or anything beside it. Looks at names only, and opens nothing. */
function holders(path: string): readonly string[] {
  const names = ['', '-wal', '-shm', '-journal'].map((end) => path + end)
  return pids().filter((pid) => targetsOf(pid).some((target) => names.includes(target)))
}

function pids(): readonly string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
}

function targetsOf(pid: string): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${fd}`).replace(/ \(deleted\)$/, '')]
      } catch {
        return []
      }
    })
  } catch {
    return []
  }
}
