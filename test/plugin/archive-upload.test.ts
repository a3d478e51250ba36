import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Run } from '../../src/engine/backup.ts'
import { type App, eventually, type Session, startApp } from '../support/app.ts'
import { good, noise, withManifest } from '../support/hostile-uploads.ts'
import { endOf, Installation, ran, systemBase, systemOverview } from '../support/system-backups.ts'
import { TusClient, tus, uploadForm } from '../support/tus.ts'

let app: App
let place: Installation
let operator: Session
let client: TusClient
/** An archive that was downloaded here. */
let bytes: Buffer
let made: string

const at = `${systemBase}/upload?profile=enterprise`
const second = (installation: Installation) => ({
  id: 'second',
  sources: [{ kind: 'directory', path: join(installation.program, 'config') }],
  folder: join(installation.root, 'archives', 'second'),
})
const settings = (more: object = {}) => ({
  restoreFromPage: true,
  profiles: [place.profile(), second(place)],
  ...more,
})

beforeAll(async () => {
  place = new Installation()
  // Two of them: each of these may use the page, and none sees what the other sends.
  app = await startApp({ operator: settings(), version: '4.3.0', secondOperator: true })
  operator = await app.signIn('admin')
  client = new TusClient(app, operator, at)
  const run = await ran(operator, '/create', { profile: 'enterprise' })
  made = run.backups[0] ?? ''
  const download = await operator.get(`${systemBase}/download?profile=enterprise&name=${made}`)
  bytes = Buffer.from(await download.arrayBuffer())
})
afterAll(async () => {
  await app.stop()
  place.remove()
})

const idOf = (path: string) => /([0-9a-f-]{36})\?/.exec(path)?.[1] ?? ''
const codeIn = async (answer: Response) => [answer.status, ((await answer.json()) as { code: string }).code]
const uploadsIn = (folder: string) =>
  existsSync(join(folder, '.uploads')) ? readdirSync(join(folder, '.uploads')) : []
const entriesOf = async (id: string) => (await operator.logged()).filter((entry) => entry.id.endsWith(id))
const profileNow = async (id = 'enterprise') =>
  (await systemOverview(operator)).profiles.find((one: { id: string }) => one.id === id)
const importedNow = async () =>
  (await profileNow()).backups.filter(({ trigger }: { trigger: string }) => trigger === 'imported')

async function uploaded(file: Buffer, filename = 'entbak.zip', who = client): Promise<Run> {
  const path = await who.begin(file.length, { filename })
  if (file.length > 0) expect((await who.patch(path, 0, file)).status).toBe(204)
  return endOf(operator, idOf(path))
}

describe('an archive that was downloaded', () => {
  it('comes back by tus, in parts, and is listed as imported', async () => {
    const before = (await profileNow()).automatic
    const path = await client.begin(bytes.length, { filename: made, profile: 'enterprise' })
    expect(path).toMatch(/\/system\/upload\/[0-9a-f-]{36}\?profile=enterprise$/)
    const half = 1000
    expect((await client.patch(path, 0, bytes.subarray(0, half))).headers.get('upload-offset')).toBe('1000')
    expect(await importedNow()).toEqual([])
    const listed = (await (await operator.get(at)).json()) as { uploads: { id: string; offset: number }[] }
    expect(listed.uploads).toEqual([
      expect.objectContaining({ id: idOf(path), offset: half, fileName: made }),
    ])
    expect((await client.patch(path, half, bytes.subarray(half))).status).toBe(204)
    const run = await endOf(operator, idOf(path))
    expect(run).toMatchObject({ kind: 'upload', status: 'completed', trigger: 'imported', error: null })
    const now = await profileNow()
    expect(await importedNow()).toEqual([
      expect.objectContaining({
        name: expect.stringMatching(/^imported_\d{8}_\d{6}Z\.zip$/),
        database: 'enterprise',
        proven: null,
        checked: { at: expect.any(String), outcome: 'passed' },
        createdBy: 'admin',
        note: made,
        appVersion: '4.3.0',
      }),
    ])
    expect(now.automatic).toEqual(before)
    expect(await entriesOf(idOf(path))).toEqual([
      expect.objectContaining({
        action: 'backup.upload',
        outcome: 'success',
        scope: { system: true },
        details: expect.objectContaining({ profile: 'enterprise' }),
      }),
    ])
    expect(uploadsIn(place.folder)).toEqual([])
    // A client whose last answer got lost hears that everything has arrived.
    expect(await client.offset(path)).toBe(bytes.length)
    const [name = ''] = run.backups
    const again = await operator.get(`${systemBase}/download?profile=enterprise&name=${name}`)
    expect(Buffer.from(await again.arrayBuffer()).equals(bytes)).toBe(true)
  })

  it('is proved again and stays checked, and is deleted', async () => {
    const [{ name }] = await importedNow()
    const run = await ran(operator, '/verify', { profile: 'enterprise', name })
    expect(run.status).toBe('completed')
    expect((await importedNow())[0]).toMatchObject({ proven: null, checked: { outcome: 'passed' } })
    expect((await operator.post(`${systemBase}/delete`, { profile: 'enterprise', name })).status).toBe(200)
    expect(await importedNow()).toEqual([])
  })

  it('is restored into an empty folder, after it was said that it came from elsewhere', async () => {
    const [name = ''] = (await uploaded(bytes)).backups
    const query = `profile=enterprise&name=${name}`
    const page = await (await operator.get(`${systemBase}/restore?${query}`, { accept: 'text/html' })).text()
    expect(page).toContain('This archive came from elsewhere.')
    expect(page).toContain('name="acceptImported"')
    const shown = (await (await operator.get(`${systemBase}/restore?${query}`)).json()) as { restore: object }
    expect(shown.restore).toMatchObject({ imported: true, confirm: 'enterprise' })
    const to = mkdtempSync(join(tmpdir(), 'empty-'))
    try {
      const order = {
        profile: 'enterprise',
        name,
        confirm: 'enterprise',
        sources: [{ id: 'ProgramData', to }],
      }
      const refusal = await operator.post(`${systemBase}/restore`, order)
      expect(await codeIn(refusal)).toEqual([400, 'invalid-request'])
      expect(readdirSync(to)).toEqual([])
      const run = await ran(operator, '/restore', { ...order, acceptImported: true })
      expect(run).toMatchObject({ kind: 'restore', status: 'completed', backups: [name] })
      expect(place.files(to)).toEqual(place.files().filter((file) => file !== 'notes.tmp'))
    } finally {
      rmSync(to, { recursive: true })
    }
  })

  it('never says itself where a source goes that the profile doesn’t have', async () => {
    const to = join(place.root, 'never')
    const foreign = withManifest([{ ...good, name: 'other/good.txt' }], {
      source: { id: 'other', origin: to },
    })
    const [name = ''] = (await uploaded(foreign)).backups
    const order = {
      ...{ profile: 'enterprise', name, confirm: 'enterprise', acceptImported: true, anyVersion: true },
    }
    const itself = operator.post(`${systemBase}/restore`, { ...order, sources: [{ id: 'other' }] })
    expect(await codeIn(await itself)).toEqual([400, 'invalid-request'])
    expect(existsSync(to)).toBe(false)
    const told = await ran(operator, '/restore', { ...order, sources: [{ id: 'other', to }] })
    expect([told.status, readFileSync(join(to, 'good.txt'), 'utf8')]).toEqual(['completed', 'content\n'])
  })

  it('comes back by the form as well', async () => {
    const before = (await importedNow()).length
    const send = (form: FormData, accept: string, address = at) =>
      fetch(`${app.origin}${address}`, {
        method: 'POST',
        headers: { accept, cookie: operator.cookie, 'sec-fetch-site': 'same-origin' },
        body: form,
        redirect: 'manual',
      })
    const answer = await send(uploadForm(bytes, {}, made), 'text/html')
    expect([answer.status, answer.headers.get('location')]).toEqual([
      303,
      `${systemBase}?done=uploaded&profile=enterprise`,
    ])
    const json = await send(uploadForm(bytes, { profile: 'enterprise' }, made), 'application/json')
    expect(json.status).toBe(202)
    const { upload } = (await json.json()) as { upload: { id: string } }
    expect((await endOf(operator, upload.id)).status).toBe('completed')
    await eventually(async () => (await importedNow()).length === before + 2)
    const none = new FormData()
    none.set('file', new Blob([]), '')
    const refusedForm = await send(none, 'text/html')
    expect([refusedForm.status, await refusedForm.text()]).toEqual([
      400,
      expect.stringContaining('enctype="multipart/form-data"'),
    ])
    const other = await send(uploadForm(bytes, { profile: 'second' }, made), 'application/json')
    expect(await codeIn(other)).toEqual([400, 'invalid-request'])
    const unnamed = await send(uploadForm(bytes, {}, made), 'application/json', `${systemBase}/upload`)
    expect(await codeIn(unnamed)).toEqual([400, 'invalid-request'])
    expect(uploadsIn(place.folder)).toEqual([])
  })
})

describe('an upload of an archive', () => {
  it('belongs to who began it, and to the profile that it was sent to', async () => {
    const path = await client.begin(bytes.length, { filename: made })
    await client.patch(path, 0, bytes.subarray(0, 100))
    const stranger = new TusClient(app, await app.signIn('second-admin'), at)
    const elsewhere = path.replace('profile=enterprise', 'profile=second')
    for (const [who, address] of [
      [stranger, path],
      [client, elsewhere],
    ] as const) {
      expect((await who.send('HEAD', address)).status).toBe(404)
      expect(await codeIn(await who.send('GET', address))).toEqual([404, 'not-found'])
      expect(await codeIn(await who.patch(address, 100, bytes.subarray(100)))).toEqual([404, 'not-found'])
      expect(await codeIn(await who.send('DELETE', address))).toEqual([404, 'not-found'])
    }
    expect(await (await stranger.send('GET', at)).text()).not.toContain(idOf(path))
    expect(await (await client.send('GET', at.replace('enterprise', 'second'))).text()).not.toContain(
      idOf(path),
    )
    expect(await client.offset(path)).toBe(100)
    expect((await client.send('DELETE', path)).status).toBe(204)
    expect([uploadsIn(place.folder), await entriesOf(idOf(path))]).toEqual([
      [],
      [expect.objectContaining({ outcome: 'cancelled' })],
    ])
  })

  it('is refused in words of both languages, with one audit entry, and nothing is kept', async () => {
    const before = [place.archives(), (await profileNow()).backups.length]
    const foreign = withManifest([good], { last: [{ name: 'files/behind.txt' }] })
    const run = await uploaded(foreign, 'foreign.zip')
    expect(run).toMatchObject({ status: 'failed', error: { code: 'upload-refused' } })
    expect(run.error?.message).toContain('no manifest.json as its last entry')
    await operator.post('/session/language', { language: 'de' })
    const german = await operator.get(`${systemBase}/runs/${run.id}`)
    await operator.post('/session/language', { language: 'en' })
    const said = ((await german.json()) as { run: Run }).run.error
    expect([said?.message, run.error?.hint]).toEqual([
      expect.stringContaining('nicht von diesem Programm gemacht'),
      expect.stringContaining('Upload a ZIP that was made here'),
    ])
    expect(await entriesOf(run.id)).toEqual([expect.objectContaining({ outcome: 'failure' })])
    const damaged = Buffer.from(bytes)
    damaged.fill(9, 60, 90)
    expect((await uploaded(damaged)).error?.code).toBe('upload-refused')
    expect((await uploaded(Buffer.alloc(0))).error?.code).toBe('upload-refused')
    expect([place.archives(), (await profileNow()).backups.length]).toEqual(before)
    expect(uploadsIn(place.folder)).toEqual([])
  })

  it('leaves the list as it is at every cut, and goes on', async () => {
    const large = withManifest([{ name: 'files/noise', content: noise(170_000) }])
    const before = [place.archives(), (await profileNow()).backups.length]
    const path = await client.begin(large.length, { filename: 'noise.zip' })
    for (let from = 0; from + 64 * 1024 < large.length; from += 64 * 1024) {
      const end = from + 64 * 1024
      await cutOff(path, from, large.subarray(from, end))
      await eventually(async () => (await client.offset(path)) === end)
      expect([place.archives(), (await profileNow()).backups.length]).toEqual(before)
    }
    const from = await client.offset(path)
    await eventually(async () => (await client.patch(path, from, large.subarray(from))).status === 204)
    expect((await endOf(operator, idOf(path))).status).toBe('completed')
  })

  it('is not lost when the host stops in the middle of it, or before it was checked', async () => {
    const path = await client.begin(bytes.length, { filename: 'kept.zip' })
    await client.patch(path, 0, bytes.subarray(0, 700))
    await app.halt()
    await app.start()
    operator = await app.signIn('admin')
    client = new TusClient(app, operator, at)
    expect(await client.offset(path)).toBe(700)
    expect((await client.patch(path, 700, bytes.subarray(700))).status).toBe(204)
    await app.halt()
    await app.start()
    operator = await app.signIn('admin')
    client = new TusClient(app, operator, at)
    expect((await endOf(operator, idOf(path))).status).toBe('completed')
    expect(await entriesOf(idOf(path))).toEqual([expect.objectContaining({ outcome: 'success' })])
  })

  it('keeps to the limits of the operator and of the disk, and to five at a time', async () => {
    app.setOperator(settings({ maxUploadBytes: 1000, limits: { maxCount: 1, maxBytes: 1 } }))
    const limited = await client.send('OPTIONS', at)
    expect([limited.status, limited.headers.get('tus-max-size')]).toEqual([204, '1000'])
    expect(await codeIn(await client.create(1001, { filename: 'limited.zip' }))).toEqual([
      413,
      'upload-too-large',
    ])
    app.setOperator(settings())
    expect(await codeIn(await client.create(1e15, { filename: 'limited.zip' }))).toEqual([507, 'disk-full'])
    expect(await codeIn(await client.create(10, { filename: 'limited.zip', profile: 'second' }))).toEqual([
      400,
      'invalid-request',
    ])
    const refused = (await operator.logged()).filter(({ target }) => target === 'limited.zip')
    expect(refused.map(({ action, outcome }) => [action, outcome])).toEqual([
      ['backup.upload', 'failure'],
      ['backup.upload', 'failure'],
    ])
    const paths = []
    for (let count = 0; count < 5; count++) paths.push(await client.begin(10))
    expect(await codeIn(await client.create(10))).toEqual([409, 'too-many-uploads'])
    for (const path of paths) expect((await client.send('DELETE', path)).status).toBe(204)
    expect(uploadsIn(place.folder)).toEqual([])
  })

  it('is gone a day later, at the next run', async () => {
    const path = await client.begin(bytes.length)
    await client.patch(path, 0, bytes.subarray(0, 100))
    app.clock.at += 25 * 60 * 60 * 1000
    expect((await ran(operator, '/create', { profile: 'enterprise' })).status).toBe('completed')
    expect((await client.send('HEAD', path)).status).toBe(404)
    expect(uploadsIn(place.folder)).toEqual([])
    expect(await entriesOf(idOf(path))).toEqual([expect.objectContaining({ outcome: 'failure' })])
  })
})

/** Sends so many bytes of a longer part and breaks the connection when they are on the disk. */
async function cutOff(path: string, offset: number, part: Buffer): Promise<void> {
  const file = join(place.folder, '.uploads', idOf(path))
  await eventually(async () => {
    let answered = false
    const request = httpRequest(`${app.origin}${path}`, {
      method: 'PATCH',
      headers: {
        ...{ accept: 'application/json', cookie: operator.cookie, ...tus },
        ...{ 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset) },
      },
    })
    const closed = new Promise<void>((resolve) => request.on('close', resolve))
    request.on('response', () => {
      answered = true
    })
    request.on('error', () => {})
    request.write(part)
    await eventually(async () => answered || statSync(file).size === offset + part.length)
    request.destroy()
    await closed
    return !answered
  })
}
