import type {
  AutomaticModel,
  BackupModel,
  BrowseModel,
  BrowseTableModel,
  DayModel,
  DeleteModel,
  FrameModel,
  HealthModel,
  Language,
  OverviewModel,
  PreviewModel,
  RunModel,
  UploadModel,
} from '../../src/views/model.ts'
import { type HealthCode, type HealthDetails, healthText } from '../../src/views/text/index.ts'

/** Friday, 20 November 2026, 17:35 in Berlin. */
export const now = Date.UTC(2026, 10, 20, 16, 35)

const HOUR = 3_600_000
const DAY = 24 * HOUR

export const ago = (milliseconds: number): string => new Date(now - milliseconds).toISOString()

export const frame = (language: Language = 'en'): FrameModel => ({
  language,
  timeZone: 'Europe/Berlin',
  now,
  scheduler: 'AUTOMATE',
  base: '/settings/admin/backup',
  home: '/settings/admin',
  header: '',
  tenantId: 'demo',
  tenantName: 'Demo GmbH',
})

export const backup = (change: Partial<BackupModel> = {}): BackupModel => ({
  name: 'main_20261120_133200Z.sqlite',
  database: 'main',
  createdAt: '2026-11-20T13:32:00.000Z',
  runId: 'run-0',
  sizeBytes: 26_400_000,
  trigger: 'manual',
  createdBy: 'demo-admin',
  note: null,
  proven: { at: change.createdAt ?? '2026-11-20T13:32:02.000Z', outcome: 'passed' },
  checked: null,
  protected: false,
  ...change,
})

export const run = (change: Partial<RunModel> = {}): RunModel => ({
  id: 'run-1',
  kind: 'create',
  status: 'running',
  stage: 'proof',
  progress: { done: 16_400_000, total: 26_400_000, unit: 'bytes' },
  trigger: 'manual',
  backups: [],
  startedAt: ago(4000),
  endedAt: null,
  error: null,
  ...change,
})

export const automatic = (change: Partial<AutomaticModel> = {}): AutomaticModel => ({
  enabled: true,
  schedule: { every: 'day', at: '02:30' },
  nextRunAt: '2026-11-21T01:30:00.000Z',
  pausedBy: null,
  pausedSince: null,
  lastSuccessAt: '2026-11-20T13:32:02.000Z',
  configurable: true,
  link: '/settings/admin/automate',
  ...change,
})

export const health = <C extends HealthCode>(
  code: C,
  severity: HealthModel['severity'],
  details: HealthDetails[C],
  language: Language = 'en',
): HealthModel => ({
  code,
  severity,
  ...healthText({ language, timeZone: 'Europe/Berlin', now, scheduler: 'AUTOMATE' }, code, details),
})

const defaultValues = {
  'automatic.enabled': 'true',
  'automatic.schedule.every': 'day',
  'automatic.schedule.at': '02:30',
  'automatic.schedule.on': '',
  'automatic.schedule.count': '',
  'retention.maxCount': '7',
  'retention.maxAgeDays': '',
  'retention.keepDaily': '',
  'retention.keepWeekly': '',
  'retention.keepMonthly': '',
  'retention.keepYearly': '',
}

export const form = (
  values: Readonly<Record<string, string>> = {},
  errors: Readonly<Record<string, string>> = {},
): OverviewModel['form'] => ({ values: { ...defaultValues, ...values }, errors })

export const noPreview: PreviewModel = { remove: [], reachesBackTo: null, short: false, clock: null }

const states: Readonly<Record<number, DayModel['state']>> = {
  0: 'unknown',
  1: 'none',
  6: 'failed',
  13: 'missed',
  14: 'missed',
}

const days = (state: (index: number) => DayModel['state']): readonly DayModel[] =>
  Array.from({ length: 30 }, (_, index) => ({
    date: ago((29 - index) * DAY).slice(0, 10),
    state: state(index),
  }))

/** One made every night, and some others beside them. */
export const manyBackups = (): readonly BackupModel[] =>
  [
    backup({ note: 'before the price import' }),
    ...Array.from({ length: 12 }, (_, index) => scheduled(index)),
    backup({
      name: 'main_20261118_150500Z.sqlite',
      createdAt: '2026-11-18T15:05:00.000Z',
      trigger: 'before-update',
      note: '4.2.0 to 4.3.0',
      protected: true,
      sizeBytes: 25_900_000,
    }),
    backup({
      name: 'old.sqlite',
      createdAt: '2026-11-09T10:20:00.000Z',
      trigger: 'imported',
      createdBy: null,
      proven: null,
      checked: { at: ago(HOUR), outcome: 'passed' },
      sizeBytes: 24_700_000,
    }),
    backup({
      name: 'stray.sqlite',
      createdAt: '2026-11-08T10:20:00.000Z',
      trigger: 'imported',
      createdBy: null,
      proven: null,
      sizeBytes: 24_600_000,
    }),
  ].toSorted((one, other) => Date.parse(other.createdAt) - Date.parse(one.createdAt))

function scheduled(index: number): BackupModel {
  const createdAt = new Date(Date.UTC(2026, 10, 20, 1, 30) - index * DAY).toISOString()
  return backup({
    name: `main_${createdAt.slice(0, 10).replaceAll('-', '')}_013000Z.sqlite`,
    createdAt,
    trigger: 'scheduled',
    createdBy: null,
    sizeBytes: 26_300_000 - index * 240_000,
    proven: { at: createdAt, outcome: index === 2 ? 'failed' : 'passed' },
  })
}

export const empty = (language: Language = 'en'): OverviewModel => ({
  ...frame(language),
  mayWrite: true,
  backups: [],
  showAll: false,
  run: null,
  runs: [],
  automatic: automatic({ enabled: false, nextRunAt: null, lastSuccessAt: null }),
  drill: {
    enabled: false,
    schedule: { every: 'week', on: 'sunday', at: '04:00' },
    nextRunAt: null,
    configurable: true,
    link: '/settings/admin/automate',
    last: null,
  },
  health: [health('never-run', 'warning', {}, language), health('automatic-off', 'warning', {}, language)],
  storage: { usedBytes: 0, freeBytes: 38_200_000_000, neededBytes: 27_000_000 },
  days: days(() => 'none'),
  form: form({ 'automatic.enabled': 'false' }),
  preview: noPreview,
  previewIsUnsaved: false,
  notice: null,
  restoreWay: 'now',
  folder: 'tenants/demo/backups',
})

export const normal = (language: Language = 'en'): OverviewModel => ({
  ...empty(language),
  backups: manyBackups(),
  runs: [
    run({
      id: 'run-9',
      status: 'completed',
      stage: null,
      progress: null,
      startedAt: ago(3 * HOUR),
      endedAt: ago(3 * HOUR - 2300),
    }),
    run({
      id: 'run-8',
      status: 'completed',
      trigger: 'scheduled',
      stage: null,
      progress: null,
      startedAt: ago(16 * HOUR),
      endedAt: ago(16 * HOUR - 2100),
    }),
    run({
      id: 'run-7',
      status: 'failed',
      trigger: 'scheduled',
      startedAt: ago(23 * DAY),
      endedAt: ago(23 * DAY - 400),
      error: {
        message: 'The disk is too full: 27 MB are needed, 3 MB are free.',
        hint: 'Make room and try again.',
      },
    }),
    run({
      id: 'run-6',
      kind: 'verify',
      status: 'cancelled',
      startedAt: ago(24 * DAY),
      endedAt: ago(24 * DAY - 70_400),
    }),
  ],
  automatic: automatic(),
  health: [health('same-disk', 'warning', {}, language)],
  storage: { usedBytes: 231_000_000, freeBytes: 38_200_000_000, neededBytes: 27_000_000 },
  days: days((index) => states[index] ?? 'made'),
  form: form(),
  preview: {
    remove: [
      { name: 'main_20261112_013000Z.sqlite', createdAt: '2026-11-12T01:30:00.000Z', reason: 'not-kept' },
      { name: 'main_20261113_013000Z.sqlite', createdAt: '2026-11-13T01:30:00.000Z', reason: 'too-old' },
    ],
    reachesBackTo: '2026-11-14T01:30:00.000Z',
    short: false,
    clock: null,
  },
})

export const running = (language: Language = 'en', change: Partial<RunModel> = {}): OverviewModel => ({
  ...normal(language),
  run: run(change),
})

export const troubled = (language: Language = 'en'): OverviewModel => ({
  ...normal(language),
  automatic: automatic({ nextRunAt: null, pausedBy: 'admin', pausedSince: '2026-11-16T13:05:00.000Z' }),
  backups: manyBackups().slice(4),
  health: [
    health('same-disk', 'info', {}, language),
    health('automate-paused', 'error', { by: 'admin', since: '2026-11-16T13:05:00.000Z' }, language),
    health('disk-full', 'error', { neededBytes: 27_000_000, freeBytes: 3_100_000 }, language),
    health('damaged-backup', 'warning', { count: 1, name: 'main_20261118_013000Z.sqlite' }, language),
  ],
  notice: { kind: 'problem', message: 'The backup was not made.', hint: 'See below for the cause.' },
})

export const readOnly = (language: Language = 'en'): OverviewModel => ({
  ...normal(language),
  mayWrite: false,
})

export const withErrors = (language: Language = 'en'): OverviewModel => ({
  ...normal(language),
  form: form(
    { 'retention.maxCount': 'seven', 'retention.keepDaily': '0', 'automatic.schedule.at': '' },
    {
      'retention.maxCount': 'Enter a number.',
      'retention.keepDaily': 'Enter 1 or more.',
      'automatic.schedule.at': 'Enter a time of day such as 02:30.',
    },
  ),
  preview: { ...normal().preview, short: true, clock: 'ahead' },
  previewIsUnsaved: true,
})

export const severalDatabases = (language: Language = 'en'): OverviewModel => ({
  ...normal(language),
  backups: manyBackups().flatMap((made) => [
    made,
    {
      ...made,
      name: made.name.replace('main', 'archive'),
      database: 'archive',
      sizeBytes: made.sizeBytes / 3,
    },
  ]),
})

export const upload = (language: Language = 'en', change: Partial<UploadModel> = {}): UploadModel => ({
  ...frame(language),
  databases: ['main', 'archive'],
  maxUploadBytes: 5_000_000_000,
  freeBytes: 90_000_000_000,
  uploads: [
    {
      id: '0a1b2c3d-0000-4000-8000-000000000001',
      fileName: 'a rather long name of a file <b>from elsewhere</b>.sqlite',
      fingerprint: '1',
      sizeBytes: 4_000_000_000,
      offset: 1_200_000_000,
      expiresAt: '2026-11-21T11:00:00Z',
    },
  ],
  notice: null,
  ...change,
})

export const archiveUpload = (language: Language = 'en'): UploadModel => ({
  ...upload(language, { databases: [] }),
  tenantId: '',
  profile: 'enterprise',
})

export const deletion = (language: Language = 'en', change: Partial<BackupModel> = {}): DeleteModel => ({
  ...frame(language),
  backup: backup({ note: 'before the price import', ...change }),
  isNewestProven: true,
})

export const browsed = (language: Language = 'en'): BrowseModel => ({
  ...frame(language),
  backup: backup(),
  tables: [
    { name: 'Track', rows: 3_503 },
    { name: 'order lines "<b>', rows: null },
  ],
  more: false,
  leftOut: [{ name: 'totals', reason: 'view' }],
})

export const browsedTable = (language: Language = 'en'): BrowseTableModel => ({
  ...frame(language),
  backup: backup(),
  table: 'Track',
  columns: [
    { name: 'TrackId', primaryKey: true },
    { name: 'Name', primaryKey: false },
    { name: 'Cover', primaryKey: false },
  ],
  columnCount: 2_000,
  computed: ['Total'],
  comparable: true,
  rows: [
    {
      key: '1',
      missing: true,
      cells: [
        { type: 'integer', value: '9007199254740993' },
        { type: 'text', value: '<script>alert(1)</script>', bytes: 25, cut: false },
        { type: 'blob', value: '89504e470d0a1a0a', bytes: 1_200, cut: true },
      ],
    },
    {
      key: '2',
      missing: false,
      cells: [
        { type: 'real', value: '0.99' },
        { type: 'text', value: 'with \0 inside', bytes: 12_300_000, cut: true },
        { type: 'null' },
      ],
    },
    { key: '', missing: null, cells: [{ type: 'null' }, { type: 'null' }, { type: 'null' }] },
  ],
  page: 1,
  search: '',
  missingOnly: false,
  next: '100.100',
  stopped: null,
  total: null,
  notice: null,
})
