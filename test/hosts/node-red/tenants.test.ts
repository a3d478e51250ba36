import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, describe, expect, it } from 'vitest'
import { ids, json, nightly, page, startBackups } from '../../support/node-red/backups-app.ts'
import type { EditorSession } from '../../support/node-red/editor-session.ts'
import type { EmbeddedNodeRed } from '../../support/node-red/embedded-node-red.ts'
import { type FlowNode, tenant } from '../../support/node-red/flows.ts'
import { useNodeRed } from '../../support/node-red/use-node-red.ts'

const html = { accept: 'text/html' }

let app: EmbeddedNodeRed
let anybody: EditorSession

useNodeRed()
afterEach(() => app?.end())

async function start(tenants: readonly FlowNode[]): Promise<void> {
  app = await startBackups({ flows: nightly({ tenants }), folders: ['data', 'other'] })
  anybody = await app.signedIn(null)
}

const ask = (headers: Record<string, string> = json) => anybody.fetch(page, { headers })

describe('a config node', () => {
  it.each([
    ['without a folder', { root: '' }, /no folder/],
    ['without a database', { databases: [] }, /no database/],
    ['with databases that are no list', { databases: 'main.sqlite' }, /no database/],
    [
      'whose database climbs out',
      { databases: [{ name: 'm', path: '../main.sqlite' }] },
      /does not lie below its folder/,
    ],
    [
      'whose database is absolute',
      { databases: [{ name: 'm', path: '/etc/passwd' }] },
      /does not lie below its folder/,
    ],
    [
      'with two databases of one name',
      {
        databases: [
          { name: 'm', path: 'a' },
          { name: 'm', path: 'b' },
        ],
      },
      /two databases are called m/,
    ],
    ['with a database that is null', { databases: [null] }, /no name or no path/],
    ['in a zone that there is not', { timeZone: 'Mars/Olympus' }, /no time zone/],
  ])('%s is no tenant, and the log says why', async (_, wrong, reason) => {
    await start([tenant(ids.tenant, wrong)])
    expect((await ask()).status).toBe(409)
    expect(app.log.join('\n')).toMatch(reason)
  })

  it('whose folder lies in another one’s is no tenant', async () => {
    await start([tenant(ids.tenant), tenant(ids.other, { name: 'Inside', root: 'data/inside' })])
    const overview = (await (await ask()).json()) as { backups: unknown[] }
    expect(overview.backups).toEqual([])
    expect(app.log.join('\n')).toMatch(/overlaps that of My data/)
  })

  it('takes a folder from the environment, also while the flows are stopped', async () => {
    process.env.BACKUP_TEST_FOLDER = 'other'
    await start([tenant(ids.tenant, { root: ['$', '{BACKUP_TEST_FOLDER}'].join('') })])
    expect(app.adapter.parts.tenants.find(ids.tenant)?.root).toBe(join(app.userDir, 'other'))
    await app.setState(anybody, 'stop')
    expect(app.adapter.parts.tenants.find(ids.tenant)?.root).toBe(join(app.userDir, 'other'))
    delete process.env.BACKUP_TEST_FOLDER
  })

  it('that is disabled is no tenant', async () => {
    await start([tenant(ids.tenant, { d: true })])
    expect(await (await ask()).json()).toMatchObject({ code: 'no-tenant' })
  })

  it('deployed later is a tenant from then on, and what a kill has left in its folder is put in order', async () => {
    await start([tenant(ids.tenant)])
    const leftover = join(app.userDir, 'other/backups/.partial')
    mkdirSync(leftover, { recursive: true })
    new Database(join(leftover, 'main_20261120_100000Z.sqlite')).exec('CREATE TABLE t (a)').close()
    const appeared: string[] = []
    app.adapter.parts.tenants.watch((id) => void appeared.push(id))
    await app.deploy(
      anybody,
      nightly({ tenants: [tenant(ids.tenant), tenant(ids.other, { root: 'other' })] }),
    )
    expect(appeared).toEqual([ids.other])
    await expect.poll(() => readdirSync(leftover), { timeout: 20_000 }).toEqual([])
  })
})

describe('with no tenant yet', () => {
  it('the page says what to do, and leads to the editor', async () => {
    await start([])
    const answer = await ask(html)
    const text = await answer.text()
    expect(answer.status).toBe(409)
    expect(text).toContain('Import the example flow')
    expect(text).toContain('href="/admin/"')
  })
})

describe('with several tenants', () => {
  const two = [tenant(ids.tenant), tenant(ids.other, { name: '<b>Other</b>', root: 'other' })]

  it('a browser is asked whose backups it means, and keeps to the answer', async () => {
    await start(two)
    const chooser = await ask(html)
    const text = await chooser.text()
    expect(chooser.status).toBe(409)
    expect(text).toContain('&lt;b&gt;Other&lt;/b&gt;')
    expect(await (await ask()).json()).toMatchObject({ code: 'choose-tenant' })
    const body = new URLSearchParams({ tenant: ids.other, next: page })
    const chosen = await fetch(`${app.address}/automate-plugin-backup/tenant`, {
      method: 'POST',
      body,
      redirect: 'manual',
    })
    const cookie = chosen.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const shown = await (await fetch(app.address + page, { headers: { ...html, cookie } })).text()
    expect(shown).toContain('&lt;b&gt;Other&lt;/b&gt;')
    expect(shown).toContain('/admin/automate-plugin-backup/tenant?next=')
  })

  it('a tenant that there is not can not be chosen', async () => {
    await start(two)
    for (const id of ['', 'nobody', '__proto__', ids.tab]) {
      const body = new URLSearchParams({ tenant: id, next: page })
      const answer = await fetch(`${app.address}/automate-plugin-backup/tenant`, { method: 'POST', body })
      expect(answer.status).toBe(400)
    }
  })
})
