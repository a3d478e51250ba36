import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Run } from '../../src/engine/backup.ts'
import { deferred } from '../../src/engine/deferred.ts'
import { type App, base, eventually, type Session, startApp } from '../support/app.ts'
import { TusClient, tus, uploadForm } from '../support/tus.ts'
import { databaseBytes } from '../support/uploads.ts'

let app: App
let admin: Session
let client: TusClient
let bytes: Buffer

beforeAll(async () => {
  app = await startApp({
    tenants: [
      { id: 'demo' },
      {
        id: 'other',
        databases: [
          { name: 'one', path: 'a.sqlite' },
          { name: 'two', path: 'b.sqlite' },
        ],
      },
    ],
  })
  admin = await app.signIn('demo-admin')
  client = new TusClient(app, admin)
  bytes = await databaseBytes()
})
afterAll(() => app.stop())

const idOf = (path: string) => path.split('/').at(-1) ?? ''
const codeIn = async (answer: Response) => [answer.status, ((await answer.json()) as { code: string }).code]
const leftIn = (tenant = 'demo') => {
  const folder = join(app.backupsFolder(tenant), '.uploads')
  return existsSync(folder) ? readdirSync(folder) : []
}
const entriesOf = async (who: Session, id: string) =>
  (await who.logged()).filter((entry) => entry.id.endsWith(id))

const sizeOf = (name: string) =>
  statSync(join(app.backupsFolder(), '.uploads', name), { throwIfNoEntry: false })?.size ?? 0

async function endedRun(who: Session, id: string): Promise<Run> {
  return eventually(async () => {
    const answer = await who.get(`${base}/runs/${id}`)
    if (answer.status !== 200) return null
    const { run } = (await answer.json()) as { run: Run }
    return run.endedAt ? run : null
  })
}

describe('tus', () => {
  it('says what it speaks', async () => {
    const answer = await client.send('OPTIONS', `${base}/upload`)
    expect(answer.status).toBe(204)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'tus-resumable': '1.0.0',
      'tus-version': '1.0.0',
      'tus-extension': 'creation,termination,expiration',
    })
  })

  it('gives back what the client said of the file, to the letter', async () => {
    const said = `filename ${Buffer.from('main.sqlite').toString('base64')},mine,also  bWluZQ==`
    const answer = await client.create(10, {}, { 'upload-metadata': said })
    const path = answer.headers.get('location') ?? ''
    const asked = await client.send('HEAD', path)
    expect([asked.headers.get('upload-metadata'), asked.headers.get('upload-length')]).toEqual([said, '10'])
    expect((await client.send('DELETE', path)).status).toBe(204)
  })

  it('takes the method from the header that tus has for clients which only send POST', async () => {
    const path = await client.begin(10)
    const meant = (method: string) => ({ 'x-http-method-override': method })
    const part = { 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' }
    const patched = await client.send('POST', path, { ...part, ...meant('PATCH') }, 'abcd')
    expect([patched.status, await client.offset(path)]).toEqual([204, 4])
    const foreign = { ...meant('DELETE'), 'sec-fetch-site': 'cross-site' }
    expect((await client.send('POST', path, foreign)).status).toBe(403)
    expect((await client.send('GET', path, meant('DELETE'))).status).toBe(200)
    expect((await client.send('POST', path, meant('DELETE'))).status).toBe(204)
    expect((await client.send('HEAD', path)).status).toBe(404)
  })

  it('takes a file in parts, checks it in a run of the same id, and lists it as imported', async () => {
    const path = await client.begin(bytes.length, { filename: 'main.sqlite' })
    expect(await client.offset(path)).toBe(0)
    const half = 50_000
    const first = await client.patch(path, 0, bytes.subarray(0, half))
    expect([first.status, first.headers.get('upload-offset')]).toEqual([204, String(half)])
    expect(first.headers.get('upload-expires')).toBe('Sat, 21 Nov 2026 11:00:00 GMT')
    expect((await admin.overview()).backups).toEqual([])
    const rest = await client.patch(path, half, bytes.subarray(half))
    expect([rest.status, rest.headers.get('upload-offset')]).toEqual([204, String(bytes.length)])
    const run = await endedRun(admin, idOf(path))
    expect(run).toMatchObject({ kind: 'upload', status: 'completed', trigger: 'imported', error: null })
    const { backups, health } = await admin.overview()
    expect(backups).toEqual([
      expect.objectContaining({
        name: run.backups[0],
        database: 'main',
        trigger: 'imported',
        proven: null,
        checked: { at: expect.any(String), outcome: 'passed' },
        createdBy: 'demo-admin',
        sizeBytes: bytes.length,
      }),
    ])
    expect(health.map(({ code }: { code: string }) => code)).not.toContain('last-run-failed')
    expect(await entriesOf(admin, idOf(path))).toEqual([
      expect.objectContaining({ action: 'backup.upload', outcome: 'success', actor: expect.anything() }),
    ])
    expect(leftIn()).toEqual([])
    // A client whose last answer got lost hears that everything has arrived.
    expect(await client.offset(path)).toBe(bytes.length)
    const downloaded = await admin.get(`${base}/download?name=${encodeURIComponent(run.backups[0] ?? '')}`)
    expect(Buffer.from(await downloaded.arrayBuffer()).equals(bytes)).toBe(true)
  })

  it('leaves the list as it is at every cut, says how far it is, and goes on', async () => {
    const before = (await admin.overview()).backups.length
    const path = await client.begin(bytes.length)
    for (let at = 0; at < bytes.length; at += 64 * 1024) {
      const end = Math.min(bytes.length, at + 64 * 1024)
      if (end === bytes.length) break
      await cutOff(path, at, bytes.subarray(at, end))
      const offset = await eventually(async () => {
        const answer = await client.send('HEAD', path)
        return Number(answer.headers.get('upload-offset')) === end && answer
      })
      expect([offset.status, offset.headers.get('upload-length')]).toEqual([200, String(bytes.length)])
      expect((await admin.overview()).backups).toHaveLength(before)
    }
    const from = await client.offset(path)
    await eventually(async () => (await client.patch(path, from, bytes.subarray(from))).status === 204)
    expect((await endedRun(admin, idOf(path))).status).toBe('completed')
  })

  it('refuses what does not fit: offsets, types, versions, sizes', async () => {
    const path = await client.begin(bytes.length)
    expect(await codeIn(await client.patch(path, 7, 'x'))).toEqual([409, 'wrong-offset'])
    expect(await codeIn(await client.patch(path, 0, 'x', { 'content-type': 'text/plain' }))).toEqual([
      415,
      'unsupported-type',
    ])
    expect(await codeIn(await client.patch(path, 0, 'x', { 'upload-offset': '-1' }))).toEqual([
      400,
      'invalid-request',
    ])
    const version = await client.create(1, {}, { 'tus-resumable': '0.2.2' })
    expect([version.headers.get('tus-version'), ...(await codeIn(version))]).toEqual([
      '1.0.0',
      412,
      'wrong-tus-version',
    ])
    const tooLong = Buffer.concat([bytes, Buffer.alloc(1)])
    expect(await codeIn(await client.patch(path, 0, tooLong))).toEqual([413, 'upload-too-large'])
    for (const length of ['', '-1', '1.5', 'many', '1e3', '99999999999999999999'])
      expect(await codeIn(await client.create(length))).toEqual([400, 'invalid-request'])
    expect(await codeIn(await client.create(10, { filename: 'x', database: 'none' }))).toEqual([
      400,
      'invalid-request',
    ])
    expect(await codeIn(await client.create(10, { tenant: 'other' }))).toEqual([409, 'tenant-changed'])
    expect(await client.offset(path)).toBe(0)
    expect((await client.send('DELETE', path)).status).toBe(204)
  })

  it('takes one of two that write at once', async () => {
    const path = await client.begin(bytes.length)
    const both = await Promise.all([client.patch(path, 0, bytes), client.patch(path, 0, bytes)])
    const statuses = both.map(({ status }) => status).sort()
    expect(statuses[0]).toBe(204)
    expect([409, 423]).toContain(statuses[1])
    expect((await endedRun(admin, idOf(path))).status).toBe('completed')
  })

  it('is cancelled by its owner, with one audit entry, and then unknown', async () => {
    const path = await client.begin(bytes.length)
    await client.patch(path, 0, bytes.subarray(0, 10))
    expect((await client.send('DELETE', path)).status).toBe(204)
    for (const answer of [await client.patch(path, 10, 'x'), await client.send('DELETE', path)])
      expect(await codeIn(answer)).toEqual([404, 'not-found'])
    expect((await client.send('HEAD', path)).status).toBe(404)
    expect(await entriesOf(admin, idOf(path))).toEqual([expect.objectContaining({ outcome: 'cancelled' })])
    expect(leftIn()).toEqual([])
  })

  it('belongs to who began it, for the tenant that they acted for', async () => {
    const path = await client.begin(bytes.length)
    const operator = await app.signIn('admin')
    const strangers = [operator, await app.signIn('other-admin')]
    for (const tenant of ['demo', 'other']) {
      await operator.post('/session/tenant', { tenant })
      for (const who of strangers) {
        const stranger = new TusClient(app, who)
        expect((await stranger.send('HEAD', path)).status).toBe(404)
        expect(await codeIn(await stranger.send('GET', path))).toEqual([404, 'not-found'])
        expect(await codeIn(await stranger.patch(path, 0, bytes))).toEqual([404, 'not-found'])
        expect(await codeIn(await stranger.send('DELETE', path))).toEqual([404, 'not-found'])
        expect(await (await stranger.send('GET', `${base}/upload`)).text()).not.toContain(idOf(path))
      }
    }
    expect(await client.offset(path)).toBe(0)
    await client.send('DELETE', path)
  })

  it.each(['POST', 'OPTIONS', 'HEAD', 'PATCH', 'DELETE'])(
    'is closed to other websites: %s',
    async (method) => {
      const path = await client.begin(bytes.length)
      const to = method === 'POST' || method === 'OPTIONS' ? `${base}/upload` : path
      for (const site of ['cross-site', 'same-site']) {
        const headers = { 'sec-fetch-site': site, 'upload-length': '1', 'upload-offset': '0' }
        expect((await client.send(method, to, headers)).status).toBe(403)
      }
      expect(await client.offset(path)).toBe(0)
      await client.send('DELETE', path)
    },
  )

  it('refuses a file that is damaged or no database, in words, and keeps nothing', async () => {
    const before = app.files()
    const damaged = Buffer.from(bytes)
    damaged.fill(9, 4096, 8192)
    const files = [
      damaged,
      Buffer.from('PK\u0003\u0004 no database at all'),
      Buffer.alloc(0),
      bytes.subarray(0, bytes.length - 4096),
    ]
    for (const file of files) {
      const path = await client.begin(file.length)
      if (file.length > 0) await client.patch(path, 0, file)
      const run = await endedRun(admin, idOf(path))
      expect(run).toMatchObject({ status: 'failed', error: { code: 'upload-refused' } })
      expect(run.error?.message).toMatch(/not taken: ./)
      expect(await entriesOf(admin, idOf(path))).toEqual([expect.objectContaining({ outcome: 'failure' })])
    }
    expect([app.files(), leftIn()]).toEqual([before, []])
  })
})

describe('the form', () => {
  const send = (form: FormData, headers = {}) =>
    fetch(`${app.origin}${base}/upload`, {
      method: 'POST',
      headers: { accept: 'text/html', cookie: admin.cookie, 'sec-fetch-site': 'same-origin', ...headers },
      body: form,
      redirect: 'manual',
    })

  it('takes a file without any script', async () => {
    const before = (await admin.overview()).backups.length
    const answer = await send(uploadForm(bytes, { tenant: 'demo' }))
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `${base}?done=uploaded`])
    await eventually(async () => (await admin.overview()).backups.length === before + 1)
  })

  it('answers JSON to who asks for it, with the id of the run', async () => {
    const answer = await send(uploadForm(bytes), { accept: 'application/json' })
    expect(answer.status).toBe(202)
    const { upload } = (await answer.json()) as { upload: { id: string } }
    expect((await endedRun(admin, upload.id)).status).toBe('completed')
  })

  it('is shown again with what is wrong', async () => {
    const none = new FormData()
    none.set('tenant', 'demo')
    none.set('file', new Blob([]), '')
    for (const [form, status] of [
      [none, 400],
      [uploadForm(bytes, { tenant: 'other' }), 409],
      [uploadForm(bytes, { database: 'nothing' }), 400],
    ] as const) {
      const answer = await send(form)
      expect(answer.status).toBe(status)
      expect(await answer.text()).toContain('enctype="multipart/form-data"')
    }
    const broken = await fetch(`${app.origin}${base}/upload`, {
      method: 'POST',
      headers: {
        cookie: admin.cookie,
        accept: 'application/json',
        'content-type': 'multipart/form-data; boundary=x',
      },
      body: '--x\r\nContent-Disposition: form-data; name="fi',
    })
    expect(await codeIn(broken)).toEqual([400, 'invalid-request'])
    expect(leftIn()).toEqual([])
  })

  it('takes nothing when more follows the file, rather than leaving that out', async () => {
    const before = (await admin.overview()).backups.length
    for (const [name, value] of [
      ['tenant', 'other'],
      ['database', 'main'],
      ['second', new File([new Uint8Array(bytes)], 'second.sqlite')],
    ] as const) {
      const form = uploadForm(bytes)
      form.set(name, value)
      expect(await codeIn(await send(form, { accept: 'application/json' }))).toEqual([400, 'invalid-request'])
    }
    expect(leftIn()).toEqual([])
    expect((await admin.overview()).backups).toHaveLength(before)
  })

  it('keeps nothing when its sender goes away, and says so once', async () => {
    const cut = async () => (await admin.logged()).filter(({ target }) => target === 'cut.sqlite')
    const head = '--x\r\nContent-Disposition: form-data; name="file"; filename="cut.sqlite"\r\n\r\n'
    const body = Buffer.concat([Buffer.from(head), bytes.subarray(0, 60_000)])
    const type = { 'content-type': 'multipart/form-data; boundary=x' }
    await cutOffAt('POST', `${base}/upload`, body, type, () =>
      leftIn().some((name) => !name.endsWith('.json') && sizeOf(name) > 50_000),
    )
    await eventually(async () => (await cut()).length > 0)
    expect(await cut()).toEqual([expect.objectContaining({ action: 'backup.upload', outcome: 'cancelled' })])
    expect(leftIn()).toEqual([])
  })
})

describe('an uploaded backup', () => {
  it('can be restored, after it was said that it came from elsewhere', async () => {
    app.setOperator({ restoreFromPage: true })
    const path = await client.begin(bytes.length)
    await client.patch(path, 0, bytes)
    const [name = ''] = (await endedRun(admin, idOf(path))).backups
    const address = `${base}/restore?name=${encodeURIComponent(name)}`
    const page = await (await admin.get(address, { accept: 'text/html' })).text()
    expect(page).toContain('This file came from elsewhere.')
    const { preview } = (await (await admin.get(address)).json()) as { preview: { tables: unknown[] } }
    expect(preview.tables).toContainEqual({
      table: 'notes',
      now: { rows: 3, newest: null },
      inBackup: { rows: 200, newest: null },
    })
    const answer = await admin.post(`${base}/restore`, { name, confirm: 'demo GmbH' })
    const { run } = (await answer.json()) as { run: Run }
    expect(await endedRun(admin, run.id)).toMatchObject({ status: 'completed', error: null })
    const restored = new Database(app.databasePath(), { readonly: true })
    expect(restored.prepare('SELECT count(*) AS rows FROM notes').get()).toEqual({ rows: 200 })
    restored.close()
    app.setOperator({})
  })

  it('is proved again in the same way, and stays checked', async () => {
    const { backups } = await admin.overview()
    const uploaded = backups.find(({ trigger }: { trigger: string }) => trigger === 'imported')
    const answer = await admin.post(`${base}/verify`, { name: uploaded.name })
    const { run } = (await answer.json()) as { run: Run }
    expect((await endedRun(admin, run.id)).status).toBe('completed')
    const again = (await admin.overview()).backups.find(
      ({ name }: { name: string }) => name === uploaded.name,
    )
    expect([again.proven, again.checked.outcome]).toEqual([null, 'passed'])
  })
})

describe('limits', () => {
  it('of the operator hold for both ways', async () => {
    const named = { filename: 'limited.sqlite' }
    app.setOperator({ maxUploadBytes: 1000 })
    const limited = await client.send('OPTIONS', `${base}/upload`)
    expect(limited.headers.get('tus-max-size')).toBe('1000')
    expect(await codeIn(await client.create(1001, named))).toEqual([413, 'upload-too-large'])
    const answer = await fetch(`${app.origin}${base}/upload`, {
      method: 'POST',
      headers: { accept: 'application/json', cookie: admin.cookie },
      body: uploadForm(bytes, {}, 'limited.sqlite'),
    })
    expect(await codeIn(answer)).toEqual([413, 'upload-too-large'])
    app.setOperator({ limits: { maxCount: 1 } })
    expect(await codeIn(await client.create(1000, named))).toEqual([409, 'limit-reached'])
    app.setOperator({ limits: { maxBytes: 1 } })
    expect(await codeIn(await client.create(1000, named))).toEqual([409, 'limit-reached'])
    app.setOperator({})
    expect(await codeIn(await client.create(1e15, named))).toEqual([507, 'disk-full'])
    const refused = (await admin.logged()).filter(({ target }) => target === 'limited.sqlite')
    expect(refused.map(({ action, outcome }) => [action, outcome])).toEqual(
      Array.from({ length: 5 }, () => ['backup.upload', 'failure']),
    )
    expect(leftIn()).toEqual([])
  })
})

describe('a day later', () => {
  it('what was not finished is gone at the next run', async () => {
    const path = await client.begin(bytes.length)
    await client.patch(path, 0, bytes.subarray(0, 100))
    app.clock.at += 25 * 60 * 60 * 1000
    // Not even before anything sweeps.
    expect((await client.send('HEAD', path)).status).toBe(404)
    expect((await client.patch(path, 100, bytes.subarray(100))).status).toBe(404)
    expect((await admin.get(`${base}/upload`).then((answer) => answer.json())).uploads).toEqual([])
    await admin.backUp()
    expect((await client.send('HEAD', path)).status).toBe(404)
    expect(leftIn()).toEqual([])
    expect(await entriesOf(admin, idOf(path))).toEqual([expect.objectContaining({ outcome: 'failure' })])
  })
})

describe('an application that is started again', () => {
  it('goes on with an upload in the middle, and checks one that was whole', async () => {
    const other = await app.signIn('other-admin')
    const theirs = new TusClient(app, other)
    const path = await theirs.begin(bytes.length, { filename: 'b.sqlite' })
    await theirs.patch(path, 0, bytes.subarray(0, 30_000))
    await app.halt()
    await app.start()
    const again = new TusClient(app, await app.signIn('other-admin'))
    expect(await again.offset(path)).toBe(30_000)
    expect(statSync(join(app.backupsFolder('other'), '.uploads', idOf(path))).size).toBe(30_000)
    expect((await again.patch(path, 30_000, bytes.subarray(30_000))).status).toBe(204)
    await app.halt()
    await app.start()
    const after = await app.signIn('other-admin')
    const backups = await eventually(async () => {
      const overview = await after.overview()
      return overview.backups.length > 0 && overview.backups
    })
    expect(backups).toEqual([expect.objectContaining({ runId: idOf(path), database: 'two' })])
    // It is listed a moment before its run has ended.
    await endedRun(after, idOf(path))
    expect(await entriesOf(after, idOf(path))).toEqual([expect.objectContaining({ outcome: 'success' })])
    expect(readFileSync(join(app.backupsFolder('other'), backups[0].name)).equals(bytes)).toBe(true)
  })
})

/** Sends so many bytes of a longer request and breaks the connection when they are on the disk. */
async function cutOff(path: string, offset: number, part: Buffer): Promise<void> {
  const headers = {
    ...tus,
    'content-type': 'application/offset+octet-stream',
    'upload-offset': String(offset),
  }
  const file = join(app.backupsFolder(), '.uploads', idOf(path))
  const arrived = () => statSync(file).size === offset + part.length
  // The part before may still be held by the process that syncs it: a client tries again then.
  await eventually(() => cutOffAt('PATCH', path, part, headers, arrived))
}

/** False when it was answered before it could be cut off. */
async function cutOffAt(
  method: string,
  path: string,
  part: Buffer,
  headers: Record<string, string>,
  arrived: () => boolean,
): Promise<boolean> {
  const closed = deferred<void>()
  let answered = false
  const request = httpRequest(`${app.origin}${path}`, {
    method,
    headers: { accept: 'application/json', cookie: admin.cookie, ...headers },
  })
  request.on('response', () => {
    answered = true
  })
  request.on('error', () => {})
  request.on('close', closed.resolve)
  request.write(part)
  await eventually(async () => answered || arrived())
  request.destroy()
  await closed.promise
  return !answered
}
