import { renameSync } from 'node:fs'
import type Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { BackupError } from '../../src/engine/errors.ts'
import type { RestoreOptions } from '../../src/engine/restoring.ts'
import { leftBeside, restoreRequest, tenantWithPast, texts } from '../support/restores.ts'
import { openLive, quietly, sharedEngine } from '../support/tenant.ts'

const engine = sharedEngine()

/** A tenant whose application has the database open and writes to it until it is asked to close it. */
async function openTenant() {
  const past = await tenantWithPast(engine)
  const live = openLive(past.path)
  const restore = (options: Partial<RestoreOptions>, signal = new AbortController().signal) => {
    const request = restoreRequest(past.vault, { listed: past.name }, { openUntilReady: true })
    return engine.restore(request, { ...quietly({ signal }), ...options })
  }
  return { ...past, live, restore }
}

const say = (live: Database.Database, text: string) =>
  live.prepare('INSERT INTO rows (text) VALUES (?)').run(text)

describe('a restore of a database that the application has open', () => {
  it('asks for it when everything is laid ready, and keeps what was written until then', async () => {
    const { restore, live, path, then, vault } = await openTenant()
    const stages: string[] = []
    const { saved } = await restore({
      onProgress: ({ stage }) => stages.push(stage),
      async takeOver() {
        expect(stages).toContain('staging')
        say(live, 'the last words')
        live.close()
      },
    })
    expect([...new Set(stages)].slice(-5)).toEqual(['staging', 'closing', 'saving', 'swap', 'compare'])
    expect(texts(path)).toEqual(then)
    expect(texts(`${vault.folder}/${saved!.name}`).at(-1)).toBe('the last words')
    expect(leftBeside(path)).toEqual([])
  })

  it('is refused, naming the process, when that says it has closed it and has not', async () => {
    const { restore, live, path, now } = await openTenant()
    await expect(restore({ async takeOver() {} })).rejects.toMatchObject({
      code: 'database-in-use',
      message: expect.stringContaining(String(process.pid)),
    })
    live.close()
    expect(texts(path)).toEqual(now)
    expect(leftBeside(path)).toEqual([])
  })

  it('comes to nothing when it is not closed, and says why', async () => {
    const { restore, live, path, now, vault } = await openTenant()
    const refusal = new BackupError('suspend-failed', 'The pool does not drain', { hint: 'Try later.' })
    await expect(restore({ takeOver: () => Promise.reject(refusal) })).rejects.toMatchObject({
      code: 'suspend-failed',
      message: 'The pool does not drain',
    })
    live.close()
    expect(texts(path)).toEqual(now)
    expect(leftBeside(path)).toEqual([])
    const { runs } = await engine.inspect(vault)
    expect(runs[0]).toMatchObject({ kind: 'restore', status: 'failed', error: { code: 'suspend-failed' } })
  })

  it('does not replace one that was made meanwhile where there was none', async () => {
    const { restore, live, path, now } = await openTenant()
    live.close()
    renameSync(path, `${path}.aside`)
    const takeOver = async () => renameSync(`${path}.aside`, path)
    await expect(restore({ takeOver })).rejects.toMatchObject({ code: 'source-changed' })
    expect(texts(path)).toEqual(now)
    expect(leftBeside(path)).toEqual([])
  })

  it('can be cancelled while it waits for that', async () => {
    const { restore, live, path, now } = await openTenant()
    const abort = new AbortController()
    const restoring = restore(
      {
        takeOver() {
          abort.abort()
          return new Promise(() => {})
        },
      },
      abort.signal,
    )
    await expect(restoring).rejects.toMatchObject({ code: 'cancelled' })
    live.close()
    expect(texts(path)).toEqual(now)
    expect(leftBeside(path)).toEqual([])
  })
})
