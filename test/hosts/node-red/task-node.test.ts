import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import type { Backup, Run } from '../../../src/engine/backup.ts'
import { ids, json, kept, nightly, page, startBackups } from '../../support/node-red/backups-app.ts'
import type { EditorSession } from '../../support/node-red/editor-session.ts'
import type { EmbeddedNodeRed, EmbeddedOptions } from '../../support/node-red/embedded-node-red.ts'
import { tenant } from '../../support/node-red/flows.ts'
import { useNodeRed } from '../../support/node-red/use-node-red.ts'

const wires = { button: ids.button, target: ids.task }
const soon = { timeout: 20_000 }

let app: EmbeddedNodeRed
let anybody: EditorSession

useNodeRed()
afterEach(() => app?.end())

async function start(options: Partial<EmbeddedOptions> = {}): Promise<void> {
  app = await startBackups(options)
  anybody = await app.signedIn(null)
}

interface Overview {
  readonly backups: readonly Backup[]
  readonly run: Run | null
  readonly runs: readonly Run[]
  readonly automatic: Readonly<Record<string, unknown>>
  readonly health: readonly { readonly code: string; readonly message: string }[]
}

const overview = async () => (await (await anybody.fetch(page, { headers: json })).json()) as Overview
const press = (message: Readonly<Record<string, boolean | string>> = {}) => app.press(anybody, wires, message)
const sent = async (name: 'made' | 'failed', count = 1) => {
  await expect.poll(() => kept(app, name).length, soon).toBe(count)
  return kept(app, name)
}
const folder = () => join(app.userDir, 'data/backups')

/** Keeps a backup from getting at the database until the test is over. */
async function runInFlight(): Promise<void> {
  const blocker = new Database(join(app.userDir, 'data/main.sqlite'))
  blocker.exec('BEGIN EXCLUSIVE')
  onTestFinished(() => void blocker.close())
  await press()
  await expect.poll(async () => (await overview()).run?.stage ?? null, soon).toBe('snapshot')
}

describe('a message', () => {
  it('makes a backup as the schedule does, and the finished backup leaves by the first output', async () => {
    await start()
    await press({ topic: 'kept' })
    const [message] = await sent('made')
    const { backups } = await overview()
    expect(message).toMatchObject({ topic: 'kept', payload: backups[0] })
    expect(backups[0]).toMatchObject({
      database: 'main',
      trigger: 'scheduled',
      createdBy: null,
      proven: { outcome: 'passed' },
    })
    expect(message?.parts).toBeUndefined()
    expect(kept(app, 'failed')).toEqual([])
  })

  it('makes a backup of every database, each in a message of its own that a join node can collect', async () => {
    const databases = [
      { name: 'main', path: 'main.sqlite' },
      { name: 'more', path: 'more.sqlite' },
    ]
    await start({ flows: nightly({ tenants: [tenant(ids.tenant, { databases })] }) })
    new Database(join(app.userDir, 'data/more.sqlite')).exec('CREATE TABLE t (a)').close()
    await press()
    const messages = await sent('made', 2)
    expect(messages.map(({ payload }) => payload.database).sort()).toEqual(['main', 'more'])
    expect(messages.map(({ parts }) => parts)).toEqual([
      { id: expect.any(String), index: 0, count: 2, type: 'array' },
      { id: messages[0]?.parts?.id, index: 1, count: 2, type: 'array' },
    ])
  })

  it('may ask for more: before an update, with a note, in the name of the node', async () => {
    const flows = nightly().map((node) => (node.id === ids.task ? { ...node, name: 'Save first' } : node))
    await start({ flows })
    await press({ trigger: 'before-update', note: '5.0 to 5.1' })
    const [message] = await sent('made')
    expect(message?.payload).toMatchObject({
      trigger: 'before-update',
      note: '5.0 to 5.1',
      createdBy: 'Save first',
    })
    await press({ trigger: 'manual' })
    expect((await sent('made', 2))[1]?.payload).toMatchObject({ trigger: 'manual', note: null })
  })

  it('that asks for what there is not is answered by the second output', async () => {
    await start()
    await press({ trigger: 'rm -rf' })
    const [message] = await sent('failed')
    expect(message?.payload).toEqual({
      code: 'invalid-request',
      message: expect.stringContaining('before-update'),
      hint: expect.any(String),
    })
    expect((await overview()).backups).toEqual([])
  })

  it('to a node without data says so on the second output', async () => {
    const flows = nightly().map((node) => (node.id === ids.task ? { ...node, tenant: 'gone' } : node))
    await start({ flows })
    await press()
    const [message] = await sent('failed')
    expect(message?.payload).toMatchObject({ code: 'no-tenant', hint: expect.stringContaining('deploy') })
  })
})

describe('a restore drill', () => {
  it('tries out what there is and says so by the first output', async () => {
    const drill = nightly().map((node) => (node.id === ids.task ? { ...node, type: 'verify-backups' } : node))
    await start()
    await press()
    const [message] = await sent('made')
    await app.deploy(anybody, drill)
    await press()
    expect((await sent('made', 2))[1]?.payload).toEqual({
      message: `Tried out: ${message?.payload.name}`,
    })
  })
})

describe('a backup that fails', () => {
  it('leaves by the second output, with its code and what to do, and the next one is made again', async () => {
    await start()
    const path = join(app.userDir, 'data/main.sqlite')
    rmSync(path)
    await press({ topic: 'kept' })
    const [message] = await sent('failed')
    expect(message).toMatchObject({
      topic: 'kept',
      payload: { code: 'source-missing', message: expect.any(String), hint: expect.any(String) },
    })
    new Database(path).exec('CREATE TABLE t (a)').close()
    await press()
    await sent('made')
  })
})

describe('a run in flight', () => {
  it('is cancelled by a message', async () => {
    await start()
    await runInFlight()
    await press({ cancel: true })
    const [message] = await sent('failed')
    expect(message?.payload).toMatchObject({ code: 'cancelled' })
    expect((await overview()).runs[0]?.status).toBe('cancelled')
    expect(readdirSync(folder()).filter((name) => name.endsWith('.sqlite'))).toEqual([])
  })

  it('ends cleanly when its flow is deployed anew, and the new flow works', async () => {
    await start()
    await runInFlight()
    await app.deploy(anybody, nightly())
    const { run, runs } = await overview()
    expect([run, runs[0]?.status]).toEqual([null, 'cancelled'])
    expect(readdirSync(join(folder(), '.partial'))).toEqual([])
    await press({ trigger: 'not at all' })
    await sent('failed')
  })

  it('goes on over a deploy when the page has started it', async () => {
    await start()
    const blocker = new Database(join(app.userDir, 'data/main.sqlite'))
    onTestFinished(() => void blocker.close())
    blocker.exec('BEGIN EXCLUSIVE')
    await anybody.fetch(`${page}/create`, { method: 'POST', headers: json })
    await expect.poll(async () => (await overview()).run?.stage ?? null, soon).toBe('snapshot')
    await app.deploy(anybody, nightly())
    expect((await overview()).run).not.toBeNull()
    blocker.exec('COMMIT')
    await expect.poll(async () => (await overview()).backups.length, soon).toBe(1)
  })

  it('ends as cancelled when Node-RED stops, and is told so after the next start', async () => {
    await start()
    await runInFlight()
    await app.stop()
    await app.start()
    anybody = await app.signedIn(null)
    expect((await overview()).runs[0]).toMatchObject({ status: 'cancelled', error: { code: 'cancelled' } })
    expect(await app.auditEntries()).toContainEqual(
      expect.objectContaining({ action: 'backup.create', outcome: 'cancelled' }),
    )
  })
})

describe('the page', () => {
  it('says when the next backup is due, as far as the flow tells', async () => {
    await start({ flows: nightly({ tenants: [tenant(ids.tenant, { timeZone: '' })] }) })
    const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone
    const { automatic } = await overview()
    expect(automatic).toMatchObject({ enabled: true, schedule: { every: 'day', at: '02:30' } })
    const at = new Date(String(automatic.nextRunAt)).toLocaleTimeString('en-GB', { timeZone: zone })
    expect(at).toBe('02:30:00')
  })

  it('warns where no flow starts a backup, and where all flows are stopped', async () => {
    await start({ flows: nightly({ disabled: true }) })
    const health = async () => (await overview()).health
    expect(await health()).toContainEqual(
      expect.objectContaining({
        code: 'task-inactive',
        message: 'No automatic backups: nothing in Node-RED starts them.',
      }),
    )
    await app.deploy(anybody, nightly())
    expect((await health()).map(({ code }) => code)).not.toContain('task-inactive')
    await app.setState(anybody, 'stop')
    expect(await health()).toContainEqual(
      expect.objectContaining({
        code: 'automate-paused',
        message: 'No automatic backups: Node-RED has been paused since today, 13:00.',
      }),
    )
    expect((await overview()).automatic).toMatchObject({ nextRunAt: null, pausedBy: null })
  })

  it('takes its own forms, though Node-RED has parsed them before', async () => {
    await start()
    const html = await (await anybody.fetch(page, { headers: { accept: 'text/html' } })).text()
    const form = new URLSearchParams([...hiddenFields(html), ['retention.maxCount', '3']])
    const headers = { accept: 'text/html' }
    const answer = await anybody.fetch(`${page}/settings`, { method: 'POST', headers, body: form })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `/admin${page}?done=saved`])
    form.set('retention.maxCount', 'many')
    const refused = await anybody.fetch(`${page}/settings`, { method: 'POST', headers, body: form })
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining('value="many"')])
  })

  it('is not reached by a body that Node-RED can not read, or finds too large', async () => {
    await start()
    const headers = { ...json, 'content-type': 'application/json' }
    const refused = async (body: string) =>
      (await anybody.fetch(`${page}/create`, { method: 'POST', headers, body })).status
    expect([await refused('{'), await refused('"text"')]).toEqual([400, 400])
    expect(await refused(`{"note":"${'x'.repeat(6_000_000)}"}`)).toBe(413)
    expect((await overview()).runs).toEqual([])
  })
})

function hiddenFields(html: string): [string, string][] {
  const form = /<form[^>]*class="settings"[\s\S]*?<\/form>/.exec(html)?.[0] ?? ''
  return [...form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(
    ([, name = '', value = '']) => [name, value],
  )
}
