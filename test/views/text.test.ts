import { describe, expect, it } from 'vitest'
import type { IgnoredName } from '../../src/engine/engine.ts'
import { errorCodes } from '../../src/engine/errors.ts'
import { settleDays } from '../../src/engine/plan-retention.ts'
import {
  type ErrorCode,
  errorText,
  type FieldProblem,
  fieldErrorText,
  type HealthDetails,
  healthText,
  languageOf,
  texts,
} from '../../src/views/text/index.ts'
import { now } from './sample-models.ts'

const health: HealthDetails = {
  'never-run': {},
  overdue: { lastSuccessAt: '2026-11-18T01:30:00Z', dueAt: '2026-11-19T01:30:00Z' },
  'automate-paused': { by: 'admin', since: '2026-11-16T13:05:00Z' },
  'task-inactive': { wanted: true },
  'automatic-off': {},
  'file-not-taken-up': {},
  'folder-not-writable': { folder: 'tenants/demo/backups' },
  'disk-full': { neededBytes: 27_000_000, freeBytes: 3_100_000 },
  'same-disk': {},
  'network-folder': { type: 'nfs' },
  'clock-behind': {},
  'clock-ahead': {},
  'last-run-failed': { message: 'It broke.', hint: 'Mend it.', at: '2026-11-20T13:32:00Z' },
  'drill-failed': {
    message: 'The backup main.sqlite failed its check.',
    hint: 'Make a new one.',
    at: '2026-11-20T13:32:00Z',
  },
  'damaged-backup': { count: 2, name: 'main_1.sqlite' },
  'ignored-files': { count: 1, name: 'x.sqlite', reason: 'link' },
  'schedule-elsewhere': { link: '/automate' },
  'invalid-stored-settings': {},
  'platform-untested': {},
}

const problems: readonly FieldProblem[] = [
  { problem: 'required' },
  { problem: 'not-a-number' },
  { problem: 'not-whole' },
  { problem: 'too-small', min: 1 },
  { problem: 'too-large', max: 10 },
  { problem: 'not-a-time' },
  { problem: 'not-a-choice', choices: 'day, week' },
  { problem: 'not-true-or-false' },
  { problem: 'unknown-field' },
  { problem: 'not-an-object' },
  { problem: 'contradiction', other: 'retention.maxCount' },
  { problem: 'above-operator-limit', max: 5 },
  { problem: 'not-absolute' },
  { problem: 'not-an-id' },
  { problem: 'not-a-list' },
  { problem: 'not-a-template' },
  { problem: 'literal-secret' },
  { problem: 'taken', value: 'nightly' },
]

const reader = (language: 'en' | 'de') =>
  ({ language, timeZone: 'Europe/Berlin', now, scheduler: 'AUTOMATE' }) as const
const say = <C extends keyof HealthDetails>(language: 'en' | 'de', code: C) =>
  healthText(reader(language), code, health[code])
const codes = Object.keys(health) as (keyof HealthDetails)[]
const original = { message: 'The disk is full: 27 MB needed.', hint: 'Make room.' }

/** Paths of every word that is the same in both languages. */
function sameWords(one: object, other: object, path = ''): string[] {
  return Object.entries(one).flatMap(([key, value]) => {
    const counterpart = (other as Record<string, unknown>)[key]
    if (typeof value === 'object') return sameWords(value as object, counterpart as object, `${path}${key}.`)
    return typeof value === 'string' && value === counterpart ? [`${path}${key}`] : []
  })
}

describe('health', () => {
  it.each(codes)('names cause and remedy of %s in both languages', (code) => {
    const [english, german] = [say('en', code), say('de', code)]
    for (const { message, hint } of [english, german]) {
      expect(message.length).toBeGreaterThan(10)
      expect(hint.length).toBeGreaterThan(5)
      expect(message + hint).not.toMatch(/undefined|null|NaN|\[object/)
    }
    expect(german.message).not.toBe(english.message)
  })

  it('says who paused AUTOMATE and since when, in the tenant’s zone', () => {
    expect(say('en', 'automate-paused').message).toBe(
      'No automatic backups: AUTOMATE has been paused by admin since Monday 14:05.',
    )
    expect(say('de', 'automate-paused').message).toContain('von admin angehalten, seit Montag 14:05')
  })

  it('helps with a backup from the future also when the clock is right', () => {
    expect(say('en', 'clock-behind').hint).toContain(
      'until the clock has passed it or that backup is deleted',
    )
    expect(say('de', 'clock-behind').hint).toContain(
      'bis die Uhr an ihr vorbei ist oder diese Sicherung gelöscht',
    )
  })

  it.each(['en', 'de'] as const)('says for how long a clock that jumped is not believed (%s)', (language) => {
    expect(say(language, 'clock-ahead').hint).toMatch(new RegExp(`\\b${settleDays} (days|Tage)\\b`))
  })

  it('says needed and free space as people read them', () => {
    expect(say('en', 'disk-full').message).toContain('needs 27 MB, 3.1 MB are free')
    expect(say('de', 'disk-full').message).toContain('braucht 27 MB, frei sind 3,1 MB')
  })

  it.each<IgnoredName['reason']>([
    'link',
    'not-a-file',
    'several-names',
    'live-database',
    'unreadable',
    'broken-sidecar',
    'newer-format',
  ])('says why a file is not believed: %s', (reason) => {
    const sentences = (['en', 'de'] as const).map(
      (language) =>
        healthText(reader(language), 'ignored-files', { count: 2, name: 'x.sqlite', reason }).message,
    )
    expect(sentences.join()).not.toMatch(/undefined/)
    expect(sentences[0]).toMatch(/among them x\.sqlite \(.*listed.*\)/)
  })

  it('says it when an overdue backup never succeeded', () => {
    const details = { lastSuccessAt: null, dueAt: '2026-11-20T01:30:00Z' }
    expect(healthText(reader('en'), 'overdue', details).message).toContain(
      'due today, 02:30, and none has ever',
    )
  })
})

describe('errors', () => {
  it.each([...errorCodes])('has words for %s in both languages', (code: ErrorCode) => {
    const details = { neededBytes: 27_000_000, freeBytes: 3_100_000, database: 'main', folder: 'backups' }
    const german = errorText('de', code, details, original)
    expect(errorText('en', code, details, original)).toEqual({
      ...original,
      title: expect.stringMatching(/.{5,}/),
    })
    expect(german.title).not.toBe(errorText('en', code, details, original).title)
    expect(`${german.message} ${german.hint}`).not.toMatch(/undefined|null|NaN|The disk/)
  })

  it('keeps the words of an error object', () => {
    const thrown = Object.assign(new Error('It broke.'), { hint: 'Mend it.' })
    expect(errorText('en', 'internal', {}, thrown)).toEqual({
      title: 'Something went wrong',
      message: 'It broke.',
      hint: 'Mend it.',
    })
  })

  it('says in German why a file was not taken', () => {
    const why = (kind: string) => errorText('de', 'upload-refused', { kind, reason: 'x' }, original).message
    expect(why('empty')).toBe('Die Datei ist leer.')
    expect(why('not-a-database')).toContain('keine SQLite-Datenbank')
    expect(why('limits')).toContain('Grenzen')
    expect(why('not-an-archive')).toContain('kein ZIP-Archiv')
    expect(why('no-manifest')).toContain('manifest.json')
    const archive = { kind: 'no-manifest', wanted: 'archive' }
    expect(errorText('de', 'upload-refused', archive, original).hint).toContain('ZIP')
    expect(why('damaged')).toBe('Die Datei ist beschädigt: x.')
    expect(errorText('de', 'upload-too-large', { max: 1_000_000 }, original).message).toContain('1')
  })

  it('puts the numbers into the German sentence, and does without them', () => {
    const numbers = { neededBytes: 27_000_000, freeBytes: 3_100_000 }
    expect(errorText('de', 'disk-full', numbers, original).message).toContain(
      'Gebraucht werden 27 MB, frei sind 3,1 MB.',
    )
    expect(errorText('de', 'disk-full', {}, original).message).toBe(
      'Der Datenträger ist zu voll für die Sicherung.',
    )
    expect(errorText('de', 'source-missing', { database: 'main' }, original).message).toContain(
      'Datenbankdatei („main“)',
    )
    expect(errorText('de', 'source-empty', { database: 'main' }, original).message).toContain('„main“')
  })

  const inGerman = (code: ErrorCode, details: Record<string, string | number>) =>
    errorText('de', code, details, original).message

  it('says in German what is wrong with a note, and otherwise names the field', () => {
    expect(inGerman('invalid-request', { field: 'note', max: 500 })).toBe(
      'Die Notiz muss ein Text von höchstens 500 Zeichen sein.',
    )
    expect(inGerman('invalid-request', { field: 'protected' })).toContain('im Feld („protected“)')
    expect(inGerman('invalid-request', {})).toBe('Die Anfrage enthält etwas, das hier nicht vorgesehen ist.')
  })

  it.each([
    [{ count: 12, max: 10 }, 'Es gibt schon 12 Sicherungen, und der Betreiber erlaubt höchstens 10.'],
    [{ count: 1, max: 1 }, 'Es gibt schon eine Sicherung, und der Betreiber erlaubt höchstens 1.'],
    [{ minutes: 15 }, 'Der Betreiber erlaubt nur alle 15 Minuten eine Sicherung.'],
    [
      { after: 120_000_000, limit: 100_000_000 },
      'Mit der nächsten Sicherung wäre der Ordner 120 MB groß, und der Betreiber erlaubt höchstens 100 MB.',
    ],
    [{}, 'Noch eine Sicherung wäre mehr, als der Betreiber erlaubt.'],
  ])('says in German which limit of the operator is reached: %j', (details, sentence) => {
    expect(inGerman('limit-reached', details)).toBe(sentence)
  })
})

describe('errors of what a profile names, in German', () => {
  it.each([
    ['source-missing', { about: 'folder', folder: '/srv/app' }, 'Der Ordner („/srv/app“) ist nicht da.'],
    ['source-missing', { about: 'server', database: 'app' }, 'Der SQL Server hat keine Datenbank („app“)'],
    ['source-unsafe', { about: 'folder', folder: '/srv/app' }, 'werden Sicherungen aufbewahrt'],
    ['source-unsafe', { about: 'folder', folder: '/srv/app', errno: 'ENOTDIR' }, 'kein Ordner („/srv/app“)'],
    ['source-unsafe', { about: 'folder', folder: '/srv/app', errno: 'EACCES' }, 'fehlt das Recht'],
    [
      'source-unsafe',
      { about: 'archive', archive: '/a.zip', errno: 'ENOENT' },
      'Archiv („/a.zip“) ist nicht da',
    ],
    ['source-unsafe', { about: 'archive', archive: '/a.zip' }, 'Archiv („/a.zip“) ist keine Datei'],
    ['cancelled', { by: 'admin', partly: 1 }, 'Was bis dahin zurückgelegt war, bleibt.'],
    ['invalid-request', { field: 'sources' }, 'nichts ausgewählt'],
    ['invalid-request', { field: 'to.files' }, 'ganzen Pfad'],
    ['invalid-request', { field: 'replaceDatabases' }, 'Datenbank auf dem Server'],
  ] as const)('%s %j', (code, details, says) => {
    const { message, hint } = errorText('de', code, details, original)
    expect(message).toContain(says)
    expect(message).not.toContain('Datenbankdatei')
    expect(hint.length).toBeGreaterThan(10)
  })
})

describe('fields', () => {
  it.each(problems)('says what is wrong: $problem', (problem) => {
    const [english, german] = [fieldErrorText('en', problem), fieldErrorText('de', problem)]
    expect(english).not.toBe(german)
    expect(english + german).not.toMatch(/undefined|null/)
  })

  it('names the bounds', () => {
    expect(fieldErrorText('en', { problem: 'too-small', min: 3 })).toContain('3')
    expect(fieldErrorText('de', { problem: 'above-operator-limit', max: 12 })).toContain('12')
  })
})

it('differs in every word between the languages, except in names', () => {
  expect(sameWords(texts.en, texts.de)).toEqual(['page.title', 'page.home', 'system.adding.mssql'])
})

it('picks German for every kind of German and English for all else', () => {
  expect(['de', 'de-AT', 'DE', 'en', 'den', 'fr', ''].map(languageOf)).toEqual([
    'de',
    'de',
    'de',
    'en',
    'en',
    'en',
    'en',
  ])
})
