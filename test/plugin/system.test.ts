import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, type Session, startApp } from '../support/app.ts'
import {
  endOf,
  Installation,
  ran,
  storedSettings,
  systemBase,
  systemOverview,
} from '../support/system-backups.ts'

let app: App
let operator: Session
let place: Installation

beforeAll(async () => {
  place = new Installation()
  app = await startApp({ operator: { restoreFromPage: true, profiles: [place.profile()] }, version: '4.3.0' })
  operator = await app.signIn('admin')
})
afterAll(async () => {
  await app.stop()
  place.remove()
})

const problemOf = async (response: Response) => {
  const { code, errors = [] } = (await response.json()) as { code: string; errors?: { field: string }[] }
  return [response.status, code, ...errors.map(({ field }) => field)]
}

describe('a system backup', () => {
  it('goes into one ZIP of the name that the profile says, proven and listed', async () => {
    const run = await ran(operator, '/create', { note: 'before the move' })
    expect(run).toMatchObject({ kind: 'create', status: 'completed', error: null })
    expect(run.backups).toEqual([expect.stringMatching(/^entbak_\d{14}\.zip$/)])
    expect(place.archives()).toEqual(run.backups)
    const { profiles } = await systemOverview(operator)
    expect(profiles[0].backups[0]).toMatchObject({
      name: run.backups[0],
      database: 'enterprise',
      note: 'before the move',
      createdBy: 'admin',
      trigger: 'manual',
      appVersion: '4.3.0',
      proven: { outcome: 'passed' },
    })
    const listed = execFileSync('unzip', ['-Z1', join(place.folder, run.backups[0] ?? '')], {
      encoding: 'utf8',
    })
    expect(listed.trim().split('\n')).toEqual(
      expect.arrayContaining([
        'ProgramData/config/app.ini',
        'ProgramData/WorkDir/scan.tiff',
        'manifest.json',
      ]),
    )
    expect(listed).not.toContain('notes.tmp')
  })

  it.each([
    ['files', 'ProgramData/', 'state'],
    ['databases', 'state', 'ProgramData/'],
  ])('has %s only when that is chosen', async (content, has, hasNot) => {
    const run = await ran(operator, '/create', { profile: 'enterprise', content })
    const listed = execFileSync('unzip', ['-Z1', join(place.folder, run.backups[0] ?? '')], {
      encoding: 'utf8',
    })
    const paths = listed.trim().split('\n')
    expect(paths.some((path) => path.startsWith(has))).toBe(true)
    expect(paths.some((path) => path.startsWith(hasNot))).toBe(false)
  })

  it('says what it is busy with while it runs, and ends cancelled within a second', async () => {
    for (let file = 0; file < 400; file++) place.write(`many/${file}.bin`, `${Math.random()}`.repeat(4000))
    const before = place.archives()
    const { run } = (await (await operator.post(`${systemBase}/create`)).json()) as { run: { id: string } }
    const events = await operator.get(`${systemBase}/runs/${run.id}/events`)
    const reader = events.body!.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    while (!text.includes('"current":{"item":"ProgramData/')) {
      const { done, value } = await reader.read()
      if (done) throw new Error(`The run ended before it said what it is busy with: ${text}`)
      text += value
    }
    expect(text).toMatch(/"stage":"archive","progress":\{"done":\d+,"total":\d+,"unit":"bytes"\}/)
    expect(await problemOf(await operator.post(`${systemBase}/create`))).toEqual([409, 'busy'])
    const asked = performance.now()
    expect((await operator.post(`${systemBase}/runs/${run.id}/cancel`)).status).toBe(202)
    const ended = await endOf(operator, run.id)
    expect(performance.now() - asked).toBeLessThan(3_000)
    expect(ended).toMatchObject({ status: 'cancelled', error: { code: 'cancelled' } })
    expect(place.archives()).toEqual(before)
    rmSync(join(place.program, 'many'), { recursive: true })
    expect((await ran(operator, '/create')).status).toBe('completed')
  })

  it('is proven again, protected, downloaded and deleted like any other', async () => {
    const [name = ''] = (await ran(operator, '/create')).backups
    expect(await ran(operator, '/verify', { name })).toMatchObject({ kind: 'verify', status: 'completed' })
    expect((await operator.post(`${systemBase}/protect`, { name, protected: true })).status).toBe(200)
    expect(await problemOf(await operator.post(`${systemBase}/delete`, { name }))).toEqual([409, 'protected'])
    expect((await operator.post(`${systemBase}/protect`, { name, protected: false })).status).toBe(200)
    const download = await operator.get(`${systemBase}/download?profile=enterprise&name=${name}`)
    expect(download.headers.get('content-type')).toBe('application/zip')
    expect(Buffer.from(await download.arrayBuffer())).toEqual(readFileSync(join(place.folder, name)))
    expect(await (await operator.post(`${systemBase}/delete`, { name })).json()).toEqual({ deleted: name })
    expect(place.archives()).not.toContain(name)
  })

  it.each(['../state.sqlite', '/etc/passwd', '.lock', 'state.sqlite', ''])(
    'is none of the name %j',
    async (name) => {
      const answers = [
        await operator.post(`${systemBase}/delete`, { name }),
        await operator.post(`${systemBase}/verify`, { name }),
        await operator.post(`${systemBase}/protect`, { name, protected: true }),
        await operator.post(`${systemBase}/restore`, { name, confirm: 'enterprise', sources: [] }),
        await operator.get(`${systemBase}/download?name=${encodeURIComponent(name)}`),
        await operator.get(`${systemBase}/restore?name=${encodeURIComponent(name)}`),
      ]
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404))
    },
  )

  it('is written down once for everything that was done, with its profile', async () => {
    const entries = (await operator.logged()).filter(({ scope }) => scope?.system)
    for (const action of [
      'backup.create',
      'backup.verify',
      'backup.delete',
      'backup.protect',
      'backup.download',
    ])
      expect(entries).toContainEqual(
        expect.objectContaining({ action, details: expect.objectContaining({ profile: 'enterprise' }) }),
      )
    const ids = entries.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('restoring an archive', () => {
  it('shows what is in it, and puts it back on an empty folder', async () => {
    const [name = ''] = (await ran(operator, '/create')).backups
    const shown = (await (await operator.get(`${systemBase}/restore?name=${name}`)).json()) as {
      contents: { sources: { id: string; leftOut: unknown[] }[] }
      restore: object
    }
    expect(shown.restore).toMatchObject({ allowed: true, confirm: 'enterprise', version: { differs: false } })
    expect(shown.contents.sources.map(({ id }) => id)).toEqual(['ProgramData', 'state'])
    const to = mkdtempSync(join(tmpdir(), 'empty-'))
    try {
      const sources = [{ id: 'ProgramData', to }]
      const run = await ran(operator, '/restore', { name, confirm: 'enterprise', sources })
      expect(run).toMatchObject({ kind: 'restore', status: 'completed', backups: [name] })
      expect(place.files(to)).toEqual(place.files().filter((file) => file !== 'notes.tmp'))
      for (const file of place.files(to)) expect(place.read(file, to)).toBe(place.read(file))
    } finally {
      rmSync(to, { recursive: true })
    }
  })

  it('says before it is confirmed how much is replaced, and that it is not kept', async () => {
    const name = place.archives().at(-1)
    const page = await operator.get(`${systemBase}/restore?name=${name}`, { accept: 'text/html' })
    expect(await page.text()).toMatch(
      /Up to \d+ files \([\d.]+ [kM]?B\) are replaced, and what they are now is not kept\./,
    )
  })

  it('puts a changed file back in its place, leaves what is excluded and what is new', async () => {
    const [name = ''] = (await ran(operator, '/create')).backups
    place.write('config/app.ini', 'broken')
    place.write('notes.tmp', 'newer notes')
    place.write('new.txt', 'came later')
    const order = { name, confirm: 'enterprise', sources: [{ id: 'ProgramData' }] }
    expect((await ran(operator, '/restore', order)).status).toBe('completed')
    expect(place.read('config/app.ini')).toBe('name = demo\n')
    expect([place.read('notes.tmp'), place.read('new.txt')]).toEqual(['newer notes', 'came later'])
    expect((await ran(operator, '/restore', { ...order, mirror: true })).status).toBe('completed')
    expect(existsSync(join(place.program, 'new.txt'))).toBe(false)
    expect(place.read('notes.tmp')).toBe('newer notes')
  })

  it('is refused without the profile’s name, without a source, and for one that there isn’t', async () => {
    const name = place.archives().at(-1)
    const restore = (body: object) => operator.post(`${systemBase}/restore`, { name, ...body })
    const sources = [{ id: 'ProgramData' }]
    expect(await problemOf(await restore({ confirm: 'Enterprise', sources }))).toEqual([
      422,
      'wrong-confirmation',
    ])
    expect(await problemOf(await restore({ confirm: 'enterprise', sources: [] }))).toEqual([
      400,
      'invalid-request',
    ])
    const unknown = restore({ confirm: 'enterprise', sources: [{ id: 'other' }] })
    expect(await problemOf(await unknown)).toEqual([400, 'invalid-request'])
    const relative = restore({ confirm: 'enterprise', sources: [{ id: 'ProgramData', to: 'x' }] })
    expect(await problemOf(await relative)).toEqual([400, 'invalid-request'])
  })

  it('is refused for another version, unless that is wanted, and everywhere when the operator says no', async () => {
    const name = place.archives().at(-1) ?? ''
    await app.halt()
    app.nextStart = { version: '5.0.0' }
    await app.start()
    const again = await app.signIn('admin')
    const to = mkdtempSync(join(tmpdir(), 'empty-'))
    const order = { name, confirm: 'enterprise', sources: [{ id: 'ProgramData', to }] }
    expect(await problemOf(await again.post(`${systemBase}/restore`, order))).toEqual([409, 'other-version'])
    expect((await ran(again, '/restore', { ...order, anyVersion: true })).status).toBe('completed')
    rmSync(to, { recursive: true })
    app.setOperator({ ...storedSettings(app), restoreFromPage: false })
    expect(await problemOf(await again.post(`${systemBase}/restore`, order))).toEqual([
      403,
      'restore-not-allowed',
    ])
    app.setOperator({ ...storedSettings(app), restoreFromPage: true })
    await app.halt()
    app.nextStart = { version: '4.3.0' }
    await app.start()
    operator = await app.signIn('admin')
  })
})

describe('a profile', () => {
  it('is changed field by field, in the file and at the host, and what is wrong is named', async () => {
    const automatic = { enabled: true, schedule: { every: 'day', at: '03:15' } }
    const change = { automatic, retention: { maxCount: 3 } }
    expect((await operator.post(`${systemBase}/settings`, change)).status).toBe(200)
    const { profiles } = await systemOverview(operator)
    expect(profiles[0].automatic).toMatchObject({ enabled: true, schedule: automatic.schedule })
    expect(profiles[0].automatic.nextRunAt).not.toBeNull()
    expect(storedSettings(app).profiles[0]).toMatchObject({ automatic, retention: { maxCount: 3 } })
    const wrong = { name: 'always.tar', folder: 'here', retention: { maxCount: 0 } }
    expect(await problemOf(await operator.post(`${systemBase}/settings`, wrong))).toEqual([
      422,
      'invalid-settings',
      'name',
      'folder',
      'retention.maxCount',
    ])
    expect(storedSettings(app).profiles[0]).toMatchObject({ automatic, retention: { maxCount: 3 } })
  })

  it('follows what is changed on the host’s own page, and what is changed in the file', async () => {
    const task = '/settings/admin/automate/tasks/system-backup:enterprise'
    const schedule = { every: 'week', on: 'friday', at: '22:00' }
    expect((await operator.post(task, { active: true, schedule })).status).toBe(200)
    expect((await systemOverview(operator)).profiles[0].automatic.schedule).toEqual(schedule)
    expect((await ran(operator, '/create')).status).toBe('completed')
    expect(storedSettings(app).profiles[0].automatic).toEqual({ enabled: true, schedule })
    const settings = storedSettings(app)
    settings.profiles[0].automatic = { enabled: false, schedule: { every: 'hours', count: 6 } }
    app.setOperator(settings)
    expect((await systemOverview(operator)).profiles[0].automatic.schedule).toEqual(schedule)
    expect((await ran(operator, '/create')).status).toBe('completed')
    const { automatic } = (await systemOverview(operator)).profiles[0]
    expect(automatic).toMatchObject({ enabled: false, schedule: { every: 'hours', count: 6 } })
  })

  it('says what takes the most space, and leaves it out from then on', async () => {
    const { sources } = (await (await operator.get(`${systemBase}/measure`)).json()) as {
      sources: { id: string; largest: { path: string; bytes: number }[] }[]
    }
    expect(sources[0]?.largest[0]).toMatchObject({ path: 'WorkDir', bytes: 200_000 })
    const left = await operator.post(`${systemBase}/exclude`, { source: 'ProgramData', path: 'WorkDir' })
    expect(left.status).toBe(200)
    const [name = ''] = (await ran(operator, '/create')).backups
    const listed = execFileSync('unzip', ['-Z1', join(place.folder, name)], { encoding: 'utf8' })
    expect(listed).not.toContain('scan.tiff')
  })

  it('is added with a folder below the host’s data, and removed without its archives', async () => {
    const added = await operator.post(`${systemBase}/profiles`, {
      id: 'small',
      sources: [{ kind: 'directory', path: join(place.program, 'config') }],
    })
    expect(added.status).toBe(201)
    expect(await problemOf(await operator.post(`${systemBase}/create`))).toEqual([400, 'invalid-request'])
    const [name = ''] = (await ran(operator, '/create', { profile: 'small' })).backups
    const folder = join(app.dataDir, 'system-backups', 'small')
    expect(readdirSync(folder)).toContain(name)
    const tasks = async () =>
      ((await (await operator.get('/settings/admin/automate')).json()) as { tasks: { type: string }[] }).tasks
    expect((await tasks()).map(({ type }) => type)).toContain('system-backup:small')
    expect((await operator.post(`${systemBase}/profiles/remove`, { profile: 'small' })).status).toBe(200)
    expect((await tasks()).map(({ type }) => type)).not.toContain('system-backup:small')
    expect(readdirSync(folder)).toContain(name)
    expect(
      await problemOf(await operator.post(`${systemBase}/profiles/remove`, { profile: 'small' })),
    ).toEqual([404, 'not-found'])
    expect(
      await problemOf(await operator.post(`${systemBase}/profiles`, { id: 'enterprise', sources: [] })),
    ).toEqual([422, 'invalid-settings', 'sources'])
  })

  it('that is wrong in the file is named, and keeps nothing else from working', async () => {
    const settings = storedSettings(app)
    app.setOperator({ ...settings, profiles: [...settings.profiles, { id: 'bad', name: 'x' }] })
    const { profiles, broken, tenants } = await systemOverview(operator)
    expect(profiles.map(({ id }: { id: string }) => id)).toEqual(['enterprise'])
    expect(broken[0]).toMatchObject({ id: 'bad' })
    expect(broken[0].errors.map(({ field }: { field: string }) => field)).toContain('profiles.1.sources')
    expect(tenants).toHaveLength(1)
    expect((await ran(operator, '/create')).status).toBe('completed')
    app.setOperator(settings)
  })
})
