import { describe, expect, it } from 'vitest'
import { InvalidSettings } from '../../src/settings/field-problem.ts'
import { readOperatorSettings, readProfiles, readTenancySettings } from '../../src/settings/read-settings.ts'

/** As the specification has it. */
const enterprise = {
  id: 'enterprise',
  sources: [
    { kind: 'directory', path: '/srv/app/ProgramData', exclude: ['WorkDir/**', '**/*.tmp'] },
    {
      kind: 'mssql',
      connection: 'env:APP_MSSQL',
      database: 'app',
      serverFolder: 'D:\\Backups',
      localFolder: '/mnt/sql-backups',
    },
    { kind: 'sqlite', path: '/srv/app/state.sqlite' },
  ],
  name: 'entbak_{yyyyMMddHHmmss}.zip',
  folder: '/var/backups/enterprise',
  automatic: { enabled: true, schedule: { every: 'day', at: '02:30' } },
  retention: { maxCount: 14 },
}
const files = [{ kind: 'directory', path: '/srv/files' }]

function problems(...profiles: unknown[]) {
  try {
    readOperatorSettings({ profiles })
  } catch (error) {
    if (error instanceof InvalidSettings)
      return error.fields.map(({ field, problem }) => `${field}: ${problem}`)
    throw error
  }
  return []
}

describe('a profile', () => {
  it('is read as the specification has it, with the rest filled in', () => {
    const [profile] = readOperatorSettings({ profiles: [enterprise] }).profiles
    expect(profile).toMatchObject({
      id: 'enterprise',
      content: 'everything',
      folder: '/var/backups/enterprise',
    })
    expect(profile?.sources.map(({ id }) => id)).toEqual(['ProgramData', 'app', 'state'])
    expect(profile?.retention).toMatchObject({ maxCount: 14, maxAgeDays: null, keepDaily: null })
  })

  it('needs no more than an id and something to take', () => {
    const [profile] = readOperatorSettings({ profiles: [{ id: 'files', sources: files }] }).profiles
    expect(profile).toEqual({
      id: 'files',
      sources: [{ id: 'files', kind: 'directory', path: '/srv/files', exclude: [] }],
      content: 'everything',
      name: 'entbak_{yyyyMMddHHmmss}.zip',
      folder: null,
      automatic: { enabled: false, schedule: { every: 'day', at: '02:30' } },
      retention: expect.objectContaining({ maxCount: 14 }),
    })
  })

  it('tells sources of one name apart', () => {
    const sources = ['/a/data', '/b/data', '/c/data'].map((path) => ({ kind: 'directory', path }))
    const given = { ...sources[2], id: 'data-2' }
    const [profile] = readOperatorSettings({
      profiles: [{ id: 'x', sources: [sources[0], sources[1], given] }],
    }).profiles
    expect(profile?.sources.map(({ id }) => id)).toEqual(['data', 'data-3', 'data-2'])
  })

  it.each([
    'Server=tcp:db;User Id=sa;Password=canary',
    'mssql://sa:canary@db/app',
    'env:',
    'env:A B',
    'file:relative',
    'ENV:X',
    '',
  ])('never takes a connection itself: %s', (connection) => {
    const sources = [{ ...enterprise.sources[1], connection }]
    expect(problems({ ...enterprise, sources })).toEqual(['profiles.0.sources.0.connection: literal-secret'])
    try {
      readOperatorSettings({ profiles: [{ ...enterprise, sources }] })
    } catch (error) {
      expect(JSON.stringify(error)).not.toContain('canary')
      expect(String(error)).not.toContain('canary')
    }
  })

  it.each(['env:APP_MSSQL', 'file:/run/secrets/mssql'])('takes the reference %s', (connection) => {
    expect(problems({ ...enterprise, sources: [{ ...enterprise.sources[1], connection }] })).toEqual([])
  })

  it.each([
    ['id', 'Enterprise', 'not-an-id'],
    ['id', '../up', 'not-an-id'],
    ['id', 'a/b', 'not-an-id'],
    ['id', '-x', 'not-an-id'],
    ['id', 'x'.repeat(41), 'not-an-id'],
    ['id', '', 'not-an-id'],
    ['id', 7, 'not-an-id'],
    ['folder', 'relative', 'not-absolute'],
    ['folder', '/srv/../etc', 'not-absolute'],
    ['name', 'backup.zip', 'not-a-template'],
    ['name', 'backup_{}.zip', 'not-a-template'],
    ['name', "backup_{'x'}.zip", 'not-a-template'],
    ['name', '../{yyyy}.zip', 'not-a-template'],
    ['name', '.{yyyy}.zip', 'not-a-template'],
    ['name', 'backup_{yyyy}.tar', 'not-a-template'],
    ['content', 'some', 'not-a-choice'],
    ['sources', [], 'required'],
    ['sources', 'all', 'not-a-list'],
    ['retention', { maxCount: 0 }, 'too-small'],
    ['automatic', { schedule: { every: 'day', at: '25:00' } }, 'not-a-time'],
    ['automatic', { schedule: { every: 'day', at: '02:30', count: 2 } }, 'contradiction'],
    ['secret', 'x', 'unknown-field'],
  ])('is refused with %s %j, and the field is named', (field, value, problem) => {
    const found = problems({ ...enterprise, [field]: value })
    expect(found.map((one) => one.replace(/^profiles\.0\.(\w+).*: /, '$1: '))).toEqual([
      `${field}: ${problem}`,
    ])
  })

  it.each([
    [{ kind: 'tape', path: '/x' }, 'sources.0.kind: not-a-choice'],
    [{ kind: 'directory' }, 'sources.0.path: required'],
    [{ kind: 'directory', path: 'x' }, 'sources.0.path: not-absolute'],
    [{ kind: 'sqlite', path: '/x', exclude: [] }, 'sources.0.exclude: unknown-field'],
    [{ kind: 'directory', path: '/x', exclude: '*.tmp' }, 'sources.0.exclude: not-a-list'],
  ])('is refused with the source %j', (source, problem) => {
    expect(problems({ ...enterprise, sources: [source] })).toEqual([`profiles.0.${problem}`])
  })
})

describe('several profiles', () => {
  const one = { id: 'one', sources: files, folder: '/var/backups/one' }

  it('share neither id nor folder, and no folder lies in another one', () => {
    expect(problems(one, { ...one, folder: null })).toEqual(['profiles.1.id: taken'])
    expect(problems(one, { ...one, id: 'two' })).toEqual(['profiles.1.folder: taken'])
    expect(problems(one, { ...one, id: 'two', folder: '/var/backups/one/two' })).toEqual([
      'profiles.1.folder: taken',
    ])
    expect(problems(one, { ...one, id: 'two', folder: '/var/backups/' })).toEqual([
      'profiles.1.folder: taken',
    ])
    expect(problems(one, { ...one, id: 'two', folder: '/var/backups/one-two' })).toEqual([])
  })

  it('are read each by itself: what is wrong with one costs no other one anything', () => {
    const stored = { profiles: [{ ...one, name: 'x' }, { ...one, id: 'two' }, 7, { ...one, id: 'two' }] }
    const { profiles, broken } = readProfiles(stored)
    expect(profiles.map(({ id }) => id)).toEqual(['two'])
    expect(
      broken.map(({ id, problem }) => [
        id,
        ...problem.fields.map(({ field, problem }) => `${field} ${problem}`),
      ]),
    ).toEqual([
      ['one', 'profiles.0.name not-a-template'],
      ['', 'profiles.2 not-an-object'],
      ['two', 'profiles.3.id taken', 'profiles.3.folder taken'],
    ])
    expect(readTenancySettings({ ...stored, restoreFromPage: true }).restoreFromPage).toBe(true)
  })
})
