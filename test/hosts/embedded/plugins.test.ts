import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Host } from '../../../src/host/contract.ts'
import { SampleTask } from '../../contract/host-harness.ts'
import { inlinePlugin, startTestHost, type TestHost } from '../../support/embedded-host.ts'

const good = {
  id: 'automate-plugin-good',
  name: 'Good plugin',
  version: '1.2.3',
  api: '^2.0.0',
  entry: './entry.js',
  registers: { taskTypes: [], routes: ['/good'], settings: false },
  permissions: [],
}

const mountGood = `
export async function activate(host) {
  return host.routes.mount({
    prefix: '/good', per: 'system', permissions: {},
    menu: { label: { en: 'Good', de: 'Gut' }, permission: 'backup.read' },
    handler: async () => new Response('good'),
  })
}`

describe('loading plugins', () => {
  let folder: string
  let it: TestHost | undefined
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plugin-'))
  })
  afterEach(async () => {
    await it?.end()
    it = undefined
    await rm(folder, { recursive: true })
  })

  async function load(manifest: unknown, entry: string | null = mountGood): Promise<string | null> {
    await writeFile(
      join(folder, 'plugin.json'),
      typeof manifest === 'string' ? manifest : JSON.stringify(manifest),
    )
    await writeFile(join(folder, 'package.json'), '{"type":"module"}')
    if (entry !== null) await writeFile(join(folder, 'entry.js'), entry)
    it = await startTestHost({ pluginDir: folder })
    const admin = await it.signIn('admin')
    const { plugins } = (await admin.json('/settings/admin')).json as {
      plugins: { problem: string | null }[]
    }
    return plugins[0]?.problem ?? null
  }

  test('takes one from its folder, and undoes it at the end', async () => {
    expect(await load(good)).toBeNull()
    const admin = await it!.signIn('admin')
    expect((await admin.json('/good/x')).text).toBe('good')
  })

  test.each([
    ['that is not JSON', '{', /plugin\.json can't be read/],
    ['without an id', { ...good, id: undefined }, /the file must have required property 'id'/],
    ['with an unknown field', { ...good, extra: 1 }, /must NOT have additional properties/],
    [
      'with a wrong type in it',
      { ...good, registers: { ...good.registers, settings: 'yes' } },
      /registers\.settings must be boolean/,
    ],
    ['whose api is no range', { ...good, api: 'newest' }, /api is not a range of versions: newest/],
    [
      'for a newer contract',
      { ...good, api: '^3.0.0' },
      /needs version \^3\.0\.0 of the host contract; this host offers 2\./,
    ],
    ['for an older contract', { ...good, api: '^1.0.0' }, /needs version/],
    ['whose entry climbs out', { ...good, entry: './../entry.js' }, /entry must match pattern/],
    ['whose entry is absolute', { ...good, entry: '/etc/entry.js' }, /entry must match pattern/],
    [
      'whose entry does not exist',
      { ...good, entry: './missing.js' },
      /entry does not exist: \.\/missing\.js/,
    ],
  ])('refuses a manifest %s before any of its code runs', async (_title, manifest, problem) => {
    const trap = `globalThis.pluginCodeRan = true; ${mountGood}`
    expect(await load(manifest, trap)).toMatch(problem)
    expect('pluginCodeRan' in globalThis).toBe(false)
    expect(it!.lines.join('\n')).toMatch(/could not be loaded/)
  })

  test('refuses an entry that a link leads out of the folder', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'outside-'))
    try {
      await writeFile(join(outside, 'entry.js'), mountGood)
      await mkdir(join(folder, 'lib'))
      await symlink(join(outside, 'entry.js'), join(folder, 'entry.js'))
      expect(await load(good, null)).toMatch(/entry lies outside the plugin's folder/)
    } finally {
      await rm(outside, { recursive: true })
    }
  })

  test.each([
    ['exports nothing', 'export const x = 1', /exports no function activate/],
    ['does not parse', 'export const = 1', /./],
    ['throws when it is loaded', 'throw new Error("no luck")', /no luck/],
    [
      'rejects its activation',
      'export async function activate() { throw new Error("not today") }',
      /not today/,
    ],
    [
      'registers what it did not announce',
      mountGood.replace("'/good'", "'/else'"),
      /does not announce the route \/else/,
    ],
  ])('goes on without a plugin that %s', async (_title, entry, problem) => {
    expect(await load(good, entry)).toMatch(problem)
    const admin = await it!.signIn('admin')
    expect((await admin.page('/')).status).toBe(200)
  })

  test('refuses prefixes that are taken, or no plain path', async () => {
    let host: Host | undefined
    it = await startTestHost({
      plugins: [
        inlinePlugin((given) => {
          host = given
          return () => {}
        }),
      ],
    })
    const mount = (prefix: string) => () =>
      host?.routes.mount({
        prefix,
        per: 'tenant',
        menu: { label: { en: 'x', de: 'x' }, permission: 'backup.read' },
        permissions: {},
        handler: async () => new Response(),
      })
    expect(mount('/sample')).not.toThrow()
    expect(mount('/sample')).toThrow(/taken/)
    expect(mount('/sample/deeper')).not.toThrow()
    for (const prefix of ['/sample/', '/sample/%2e%2e', '/sample//x', '/sample/a b'])
      expect(mount(prefix)).toThrow(/plain path/)
    for (const prefix of ['/login', '/data', '/settings/admin/automate/x'])
      expect(mount(prefix)).toThrow(/announce/)
  })

  test('one that fails does not keep the next from loading', async () => {
    await writeFile(join(folder, 'plugin.json'), '{')
    const task = new SampleTask()
    it = await startTestHost({
      pluginDir: folder,
      plugins: [inlinePlugin((host) => host.tasks.register(task))],
    })
    expect([...it.host.contractHosts.keys()]).toEqual(['automate-plugin-sample'])
  })

  test('gives each its work before the databases are opened, and survives a failure there', async () => {
    const seen: string[] = []
    it = await startTestHost({
      plugins: [
        inlinePlugin(() => () => {}, {
          beforeOpen: async (tenants) => {
            const { existsSync } = await import('node:fs')
            seen.push(...tenants.map((tenant) => `${tenant.id} ${existsSync(tenant.databases[0]!.path)}`))
            throw new Error('could not')
          },
        }),
      ],
    })
    expect(seen).toEqual(['demo false', 'other false'])
    expect(it.lines.join('\n')).toContain('could not')
  })

  test('does not wait for ever, nor fall over, when an undo fails', async () => {
    const undone: string[] = []
    it = await startTestHost({
      plugins: [
        inlinePlugin(() => () => void undone.push('first')),
        {
          manifest: {
            ...inlinePlugin(() => () => {}).manifest,
            id: 'automate-plugin-second',
            name: 'Second',
          },
          plugin: {
            activate: async () => async () => {
              throw new Error('stuck')
            },
          },
        },
      ],
    })
    await it.host.stop()
    expect(undone).toEqual(['first'])
    expect(it.lines.join('\n')).toContain('did not stop cleanly')
  })

  test('reads operator settings anew each time, and says where broken ones are', async () => {
    let host: Host | undefined
    it = await startTestHost({
      plugins: [
        inlinePlugin((given) => {
          host = given
          return () => {}
        }),
      ],
    })
    await mkdir(join(it.dataDir, 'plugins'))
    const file = join(it.dataDir, 'plugins', 'sample.json')
    await writeFile(file, '{ "limits": { "maxCount": 3 } }')
    expect(await host?.settings.read({ system: true })).toEqual({ limits: { maxCount: 3 } })
    await writeFile(file, '{ "limits": ')
    await expect(host?.settings.read({ system: true })).rejects.toThrow(/plugins\/sample\.json can't be read/)
  })
})
