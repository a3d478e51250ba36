import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Run } from '../../../src/engine/backup.ts'
import { json, page } from '../../support/node-red/backups-app.ts'
import { NodeRedProcess } from '../../support/node-red/node-red-process.ts'
import { useNodeRed } from '../../support/node-red/use-node-red.ts'

vi.setConfig({ testTimeout: 90_000 })

const example = JSON.parse(
  readFileSync(new URL('../../../examples/nightly-backup.json', import.meta.url), 'utf8'),
)
const nightly = 'b0c4a1e0f1a20003'
const soon = { timeout: 20_000 }

let red: NodeRedProcess

useNodeRed()
afterEach(() => red?.end())

const overview = async () =>
  (await (await fetch(red.address + page, { headers: json })).json()) as {
    run: Run | null
    runs: readonly Run[]
    backups: readonly { readonly name: string }[]
  }
const press = () => fetch(`${red.address}/inject/${nightly}`, { method: 'POST' })
const folder = () => join(red.userDir, 'data/backups')

/** Processes that Node-RED, or what was Node-RED, has started. */
const childrenOf = (pid: number) =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ')[1] === String(pid)
      } catch {
        // It ended while we looked.
        return false
      }
    })

/** How the audit log says that backups have ended, oldest first. */
const outcomes = () =>
  readFileSync(join(red.userDir, 'automate-backup/audit.jsonl'), 'utf8')
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as { action: string; outcome: string }]))
    .filter(({ action }) => action === 'backup.create')
    .map(({ outcome }) => outcome)

/** A run that waits for a database which somebody else keeps. Returns what lets it go, and the workers' ids. */
async function runInFlight() {
  const blocker = new Database(red.database())
  onTestFinished(() => void blocker.close())
  blocker.pragma('journal_mode = DELETE')
  blocker.exec('BEGIN EXCLUSIVE')
  await press()
  await expect.poll(async () => (await overview()).run?.stage ?? null, soon).toBe('snapshot')
  return { release: () => blocker.exec('COMMIT'), workers: childrenOf(red.pid) }
}

const allGone = (pids: readonly string[]) => pids.every((pid) => !readdirSync('/proc').includes(pid))

describe('the package in a user directory', () => {
  it('is all that Node-RED needs: it loads without a complaint, and starts no process while there is nothing to do', async () => {
    red = await NodeRedProcess.start()
    const log = await red.log()
    expect(log).not.toMatch(/\[error\]|automate-plugin-backup.*(warn|not)|ExperimentalWarning|Deprecat/)
    expect(childrenOf(red.pid)).toEqual([])
    const nodes = (await (await fetch(`${red.address}/nodes`, { headers: json })).json()) as {
      module: string
      types: string[]
      err?: unknown
    }[]
    const ours = nodes.filter(({ module }) => module === 'automate-plugin-backup')
    expect(ours.flatMap(({ types }) => types).sort()).toEqual(['backup', 'backup-tenant', 'verify-backups'])
    expect(ours.some(({ err }) => err !== undefined)).toBe(false)
  })
})

describe('a run in flight', () => {
  it('ends as cancelled when Node-RED is told to stop, and no worker outlives it', async () => {
    red = await NodeRedProcess.start({ flows: example })
    const { release, workers } = await runInFlight()
    expect(workers.length).toBeGreaterThan(0)
    await red.stop('SIGTERM')
    await expect.poll(() => allGone(workers), soon).toBe(true)
    release()
    await red.start()
    expect((await overview()).runs[0]).toMatchObject({ status: 'cancelled', trigger: 'scheduled' })
  })

  it('is told as interrupted after a kill, its leftovers go, and the next one is made', async () => {
    red = await NodeRedProcess.start({ flows: example })
    const { release, workers } = await runInFlight()
    await red.stop('SIGKILL')
    await expect.poll(() => allGone(workers), soon).toBe(true)
    release()
    await red.start()
    await expect
      .poll(async () => (await overview()).runs[0], soon)
      .toMatchObject({ status: 'failed', error: { code: 'interrupted' } })
    await press()
    await expect.poll(async () => (await overview()).backups.length, soon).toBe(1)
    expect(readdirSync(join(folder(), '.partial'))).toEqual([])
    await expect.poll(outcomes, soon).toEqual(['failure', 'success'])
  })
})
