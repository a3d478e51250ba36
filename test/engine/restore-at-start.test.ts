import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type RestoreRequest, restoreFiles } from '../../src/engine/restoring.ts'
import { leftBeside, restoreRequest, tenantWithPast, texts } from '../support/restores.ts'
import { back, keepAll, openLive, operation, quietly, sharedEngine } from '../support/tenant.ts'

const engine = sharedEngine()

/** A tenant in use, with a restore that waits for the next start. */
async function waitingTenant() {
  const past = await tenantWithPast(engine)
  const { vault, name, path } = past
  const live = openLive(path)
  const request = restoreRequest(vault, { listed: name })
  await engine.prepareRestore(request, quietly())
  const start = (more: Partial<RestoreRequest> = {}) => {
    live.close()
    return engine.restore({ ...request, resumes: true, ...more }, quietly())
  }
  const waits = async () => (await engine.inspect(vault)).waiting
  const waitingFile = join(vault.folder, restoreFiles.waiting)
  return { ...past, live, request, start, waits, waitingFile }
}

describe('a restore that waits for the next start', () => {
  it('changes nothing until then, and says that it waits', async () => {
    const { waits, live, name, request, vault, now } = await waitingTenant()
    expect(await waits()).toMatchObject({
      name,
      database: 'main',
      begun: false,
      run: { id: request.runId, kind: 'restore', status: 'queued', stage: 'waiting', endedAt: null },
    })
    expect(live.prepare('SELECT text FROM rows ORDER BY id').pluck().all()).toEqual(now)
    expect((await engine.inspect(vault)).runs.map(({ id }) => id)).not.toContain(request.runId)
    await engine.reconcile(vault, { now: new Date().toISOString() })
    await back(engine, vault)
    expect(await waits()).not.toBeNull()
  })

  it('is carried out once, under the id that it was asked for with', async () => {
    const { start, waits, path, then, request, vault, waitingFile } = await waitingTenant()
    const { saved } = await start()
    expect(texts(path)).toEqual(then)
    expect(leftBeside(path)).toEqual([])
    expect([await waits(), existsSync(waitingFile)]).toEqual([null, false])
    const { runs } = await engine.inspect(vault)
    expect(runs.filter(({ id }) => id === request.runId)).toMatchObject([
      { status: 'completed', backups: [expect.any(String), saved!.name] },
    ])
    const told = (await engine.outbox(vault)).filter(({ id }) => id === request.runId)
    expect(told).toMatchObject([{ action: 'backup.restore', outcome: 'success' }])
    await expect(start()).rejects.toMatchObject({ code: 'not-found' })
    expect(texts(path)).toEqual(then)
  })

  it('is not tried again after it has failed, and says why', async () => {
    const { start, waits, path, now, request, vault } = await waitingTenant()
    await expect(start({ appVersion: '0.9.0' })).rejects.toMatchObject({ code: 'newer-application' })
    expect(texts(path)).toEqual(now)
    expect(await waits()).toBeNull()
    const run = (await engine.inspect(vault)).runs.find(({ id }) => id === request.runId)
    expect(run).toMatchObject({ status: 'failed', error: { code: 'newer-application' } })
  })

  it('is closed as interrupted when the machine died of it, and is not begun again', async () => {
    const { live, waits, path, now, request, vault, waitingFile } = await waitingTenant()
    live.close()
    writeFileSync(waitingFile, readFileSync(waitingFile, 'utf8').replace('"begun":false', '"begun":true'))
    const closed = await engine.reconcile(vault, { now: new Date().toISOString() })
    expect(closed).toMatchObject([{ id: request.runId, status: 'failed', error: { code: 'interrupted' } }])
    expect([await waits(), existsSync(waitingFile)]).toEqual([null, false])
    expect(texts(path)).toEqual(now)
  })

  it('keeps its backup from being deleted and from retention', async () => {
    const { live, name, vault } = await waitingTenant()
    live.exec('CREATE TABLE more (a)')
    await expect(engine.remove(vault, name, operation())).rejects.toMatchObject({ code: 'restore-waiting' })
    const { removed } = await back(engine, vault, { retention: { ...keepAll, maxCount: 1 } })
    expect(removed.map((one) => one.name)).not.toContain(name)
    expect((await engine.inspect(vault)).backups.map(({ backup }) => backup.name)).toContain(name)
  })

  it('can be taken back, and then another can be asked for', async () => {
    const { vault, request, waits, name } = await waitingTenant()
    const again = restoreRequest(vault, { listed: name })
    await expect(engine.prepareRestore(again, quietly())).rejects.toMatchObject({ code: 'restore-waiting' })
    await engine.cancelRestore(vault, request.runId, operation())
    expect(await waits()).toBeNull()
    await expect(engine.cancelRestore(vault, request.runId, operation())).rejects.toMatchObject({
      code: 'not-found',
    })
    const { runs } = await engine.inspect(vault)
    expect(runs.find(({ id }) => id === request.runId)).toMatchObject({ status: 'cancelled' })
    const told = (await engine.outbox(vault)).filter(({ id }) => id === request.runId)
    expect(told).toMatchObject([{ outcome: 'cancelled', actor: { name: 'admin' } }])
    await engine.prepareRestore(restoreRequest(vault, { listed: name }), quietly())
    expect(await waits()).not.toBeNull()
  })

  it('gives way to a restore of the same database from the command line', async () => {
    const { live, vault, name, waits, request } = await waitingTenant()
    live.close()
    await engine.restore(restoreRequest(vault, { listed: name }), quietly())
    expect(await waits()).toBeNull()
    const { runs } = await engine.inspect(vault)
    expect(runs.find(({ id }) => id === request.runId)).toMatchObject({ status: 'cancelled' })
  })

  it('is not written down for a damaged backup, a newer application, or a cancelled run', async () => {
    const { vault, name, path } = await tenantWithPast(engine)
    openLive(path)
    const file = join(vault.folder, restoreFiles.waiting)
    const ask = (more: Partial<RestoreRequest>, signal = new AbortController().signal) =>
      engine.prepareRestore(restoreRequest(vault, { listed: name }, more), quietly({ signal }))
    await expect(ask({ appVersion: '0.1.0' })).rejects.toMatchObject({ code: 'newer-application' })
    await expect(ask({}, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' })
    const bytes = readFileSync(join(vault.folder, name))
    bytes[bytes.length - 10]! ^= 1
    rmSync(join(vault.folder, name))
    writeFileSync(join(vault.folder, name), bytes)
    await expect(ask({})).rejects.toMatchObject({ code: 'proof-failed' })
    expect(existsSync(file)).toBe(false)
  })

  it.each(['{', '{"formatVersion":1}', '{"formatVersion":99}', '[]'])(
    'means nothing when its file holds %s',
    async (text) => {
      const { vault, path, then } = await tenantWithPast(engine)
      writeFileSync(join(vault.folder, restoreFiles.waiting), text)
      expect((await engine.inspect(vault)).waiting).toBeNull()
      await back(engine, vault)
      expect(texts(path).slice(0, then.length)).toEqual(then)
    },
  )
})
