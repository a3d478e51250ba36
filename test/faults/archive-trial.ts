import { createHash, randomUUID } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { createArchiveEngine } from '../../src/engine/archive-engine.ts'
import { archiveProgram } from '../../src/engine/archive-worker/program.ts'
import { zipFormat } from '../../src/engine/archives/zip/zip-format.ts'
import { describeArchive, proveEntries } from '../../src/engine/archiving/prove-archive.ts'
import { type ArchiveEngine, archiveVault, type NamedSource } from '../../src/engine/archiving.ts'
import type { BackupEngine, Inspection, Vault } from '../../src/engine/engine.ts'
import { createEngine } from '../../src/engine/worker-engine.ts'
import { archivally, archiveRequest, archiveRestoreRequest } from '../support/archives.ts'
import { contentOf } from '../support/invariants.ts'
import { keepAll } from '../support/tenant.ts'
import { pathsBelow } from '../support/tree.ts'
import { type Doer, lonelyWorker } from './doer.ts'
import { type Fault, isNamed } from './judge.ts'
import { buildShim, Shim } from './shim/shim.ts'
import { makeFolder, removeFolder } from './template.ts'

export const runId = 'the-run'
const startedAt = '2026-05-04T02:30:00.000Z'

/** One thing that is done with archives, under the shim. */
export interface ArchiveScenario {
  readonly title: string
  readonly operation: 'archiveCreate' | 'archiveRestore'
}

export const scenarios: readonly ArchiveScenario[] = [
  { title: 'an archive with retention', operation: 'archiveCreate' },
  { title: 'a restore of an archive over what changed since', operation: 'archiveRestore' },
]

/** A folder with what goes into archives, beside the folder in which they are kept. */
export interface Trial {
  readonly root: string
  readonly vault: Vault
  readonly sources: readonly NamedSource[]
}

export interface ArchiveBench {
  readonly folder: string
  readonly shim: Shim
  readonly doer: Doer
  /** Nothing disturbs these. */
  readonly healthy: ArchiveEngine
  readonly lists: BackupEngine
  /** Names of the archives in the template, oldest first. */
  readonly names: readonly string[]
  /** What the newest of them has, by path. */
  readonly archived: Content
  /** What lies in the template. */
  readonly present: Content
  copy(): Trial & { drop(): void }
  close(): Promise<void>
}

export type Content = Readonly<Record<string, string>>

export function trialAt(root: string): Trial {
  return {
    root,
    vault: archiveVault(join(root, 'archives')),
    sources: [
      { kind: 'directory', id: 'files', path: join(root, 'app'), exclude: ['*.tmp'], alwaysExclude: [] },
    ],
  }
}

/** Content by path: of a file a digest, of a database its rows, as an application finds them. */
export function contentNow({ root }: Trial): Content {
  const app = join(root, 'app')
  const copies = join(root, `copies-${randomUUID()}`)
  cpSync(app, copies, { recursive: true })
  try {
    const found: Record<string, string> = {}
    for (const path of pathsBelow(copies)) {
      if (/-(wal|shm|journal)$/.test(path)) continue
      const at = join(copies, path)
      if (path.endsWith('.sqlite')) found[path] = bringIn(at)
      else if (existsSync(at)) found[path] = digestOf(at)
    }
    return found
  } finally {
    rmSync(copies, { recursive: true })
  }
}

function digestOf(path: string): string {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex')
  } catch {
    return 'folder'
  }
}

function bringIn(path: string): string {
  const opened = new Database(path)
  opened.pragma('user_version')
  opened.close()
  return contentOf(path)
}

export async function openArchiveBench(): Promise<ArchiveBench> {
  const folder = makeFolder()
  const library = buildShim(folder)
  const shim = new Shim(library, join(folder, 'control'))
  const healthy = createArchiveEngine({ sourceTimeoutMs: 400 })
  const lists = createEngine({ sourceTimeoutMs: 400 })
  const doer = lonelyWorker(shim.environment, undefined, archiveProgram)
  const template = trialAt(join(folder, 'template'))
  const { names, archived } = await makeTemplate(template, healthy)
  let count = 0
  return {
    folder,
    shim,
    doer,
    healthy,
    lists,
    names,
    archived,
    present: contentNow(template),
    copy() {
      const trial = trialAt(join(folder, `trial-${++count}`))
      cpSync(template.root, trial.root, { recursive: true, preserveTimestamps: true })
      return { ...trial, drop: () => removeFolder(trial.root) }
    },
    async close() {
      await Promise.all([doer.close(), healthy.close(), lists.close()])
      shim.close()
      removeFolder(folder)
    },
  }
}

async function makeTemplate(template: Trial, healthy: ArchiveEngine) {
  const app = join(template.root, 'app')
  mkdirSync(join(app, 'data/deep'), { recursive: true })
  const files = {
    'a.txt': 'first',
    'data/b.bin': Buffer.alloc(3_000, 'b'),
    'data/deep/c.txt': '',
    'x.tmp': 'x',
  }
  for (const [path, content] of Object.entries(files)) writeFileSync(join(app, path), content)
  const live = new Database(join(app, 'state.sqlite'))
  live.pragma('page_size = 512')
  live.pragma('journal_mode = WAL')
  live.exec("CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('then')")
  const names: string[] = []
  for (const day of [1, 2]) {
    const at = `2026-05-0${day}T02:30:00.000Z`
    const request = archiveRequest(template, { runId: `made-${day}`, startedAt: at })
    names.push((await healthy.create(request, archivally())).backup.name)
  }
  const archived = contentNow(template)
  writeFileSync(join(app, 'a.txt'), 'changed since then')
  writeFileSync(join(app, 'data/b.bin'), 'shorter')
  rmSync(join(app, 'data/deep'), { recursive: true })
  writeFileSync(join(app, 'data/new.txt'), 'new')
  live.exec("INSERT INTO notes VALUES ('in the log only')")
  // As a killed application leaves it: the log is not brought in.
  const kept = ['', '-wal'].map((end) => [end, readFileSync(join(app, `state.sqlite${end}`))] as const)
  live.close()
  for (const [end, bytes] of kept) writeFileSync(join(app, `state.sqlite${end}`), bytes)
  return { names, archived }
}

export function requestFor(bench: Pick<ArchiveBench, 'names'>, { operation }: ArchiveScenario, trial: Trial) {
  return operation === 'archiveCreate'
    ? archiveRequest(trial, { runId, startedAt, retention: { ...keepAll, maxCount: 2 } })
    : archiveRestoreRequest(trial, { listed: bench.names[1]! }, { runId, startedAt })
}

export function doIt(bench: ArchiveBench, scenario: ArchiveScenario, trial: Trial): Promise<unknown> {
  return bench.doer.run(scenario.operation, requestFor(bench, scenario, trial) as never)
}

/** Starts the doer's process without touching the trial, so that starting is not part of what is counted. */
export async function wake({ doer, folder }: ArchiveBench): Promise<void> {
  await doer.run('archiveMeasure', { sources: [] })
  await doer
    .run('archiveLook', { vault: archiveVault(join(folder, 'nowhere')), from: { listed: 'none.zip' } })
    .catch(() => {})
}

/** Does it once with a fault in the middle, and tells what is not as promised afterwards. */
export async function tryArchiveFault(
  bench: ArchiveBench,
  scenario: ArchiveScenario,
  fault: Fault,
): Promise<{ readonly reached: boolean; readonly wrong: readonly string[] }> {
  const { drop, ...trial } = bench.copy()
  try {
    await wake(bench)
    bench.shim.order({ below: trial.root, ...fault })
    const error = await doIt(bench, scenario, trial).then(
      () => null,
      (cause) => cause,
    )
    const reached = bench.shim.fired > 0
    bench.shim.rest()
    return { reached, wrong: await judgeArchives(bench, scenario, trial, error) }
  } finally {
    bench.shim.rest()
    drop()
  }
}

/** `error` is null after a success, and undefined when nobody was left to hear of it. */
export async function judgeArchives(
  bench: ArchiveBench,
  scenario: ArchiveScenario,
  trial: Trial,
  error: unknown,
): Promise<readonly string[]> {
  const wrong: string[] = []
  const complain = (text: string) => void wrong.push(text)
  const creates = scenario.operation === 'archiveCreate'
  judgeFiles(bench, trial, creates, error, complain)
  if (error && !isNamed(error)) complain(`an error without a name: ${error}`)
  await bench.lists.reconcile(trial.vault, { now: '2026-05-04T03:00:00.000Z' })
  const inspection = await bench.lists.inspect(trial.vault)
  await judgeListed(trial, inspection, complain)
  judgeRun(inspection, { creates, error }, complain)
  const mayGo = creates ? bench.names.slice(0, 1) : []
  for (const name of bench.names) {
    if (!mayGo.includes(name) && !inspection.backups.some(({ backup }) => backup.name === name))
      complain(`${name} is gone`)
  }
  await judgeNext(bench, trial, complain)
  return wrong
}

/** Every file is wholly the old or the new one, whatever happened. */
function judgeFiles(
  { archived, present }: ArchiveBench,
  trial: Trial,
  creates: boolean,
  error: unknown,
  complain: (text: string) => void,
): void {
  const now = contentNow(trial)
  for (const path of new Set([...Object.keys(present), ...Object.keys(archived), ...Object.keys(now)])) {
    const sides = creates ? [present[path]] : [present[path], archived[path]]
    if (path.startsWith('.restoring-')) continue
    if (!sides.includes(now[path])) complain(`${path} is neither the old nor the new one`)
    if (!creates && error === null && path in archived && now[path] !== archived[path])
      complain(`the restore succeeded, but ${path} is the old one`)
  }
}

async function judgeListed(
  { vault }: Trial,
  { backups }: Inspection,
  complain: (text: string) => void,
): Promise<void> {
  for (const { backup } of backups) {
    const path = join(vault.folder, backup.name)
    const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex')
    // One that could not be read is called damaged until it is looked at again.
    if (backup.runId === null) complain(`${backup.name} is listed as something else`)
    if (backup.sha256 !== sha256) complain(`${backup.name} is not what it was`)
    await proveAlone(path, backup.name).catch((cause) => complain(`${backup.name}: ${cause}`))
  }
}

async function proveAlone(path: string, name: string): Promise<void> {
  const { signal } = new AbortController()
  const reader = await zipFormat.open(path, { signal, limits: { maxEntries: 1_000, maxBytes: 1e9 } })
  try {
    await proveEntries(await describeArchive(reader, name), name, { signal, onProgress() {} })
  } finally {
    await reader.close()
  }
}

function judgeRun(
  { runs, backups }: Inspection,
  { creates, error }: { readonly creates: boolean; readonly error: unknown },
  complain: (text: string) => void,
): void {
  const run = runs.find(({ id }) => id === runId)
  const made = backups.some(({ backup }) => backup.runId === runId)
  if (creates && error === null && !made) complain('the new archive is missing')
  if (creates && run?.status === 'completed' && !made)
    complain('the log says completed, but nothing was made')
  if (run !== undefined && run.status !== 'completed' && run.error === null) complain('a failure has no name')
}

/** The next runs succeed, finish what was begun, and leave nothing of it. */
async function judgeNext(bench: ArchiveBench, trial: Trial, complain: (text: string) => void): Promise<void> {
  const { healthy, names, archived, present } = bench
  try {
    const later = { runId: 'once-more', startedAt: '2026-05-04T04:00:00.000Z' }
    const request = archiveRestoreRequest(trial, { listed: names[1]! }, later)
    await healthy.restore(request, archivally())
    const now = contentNow(trial)
    for (const [path, content] of Object.entries(archived))
      if (now[path] !== content) complain(`the next restore did not restore ${path}`)
    if (now['data/new.txt'] !== present['data/new.txt']) complain('a file that is not in the archive is gone')
    await healthy.create(
      archiveRequest(trial, { runId: 'at-last', startedAt: '2026-05-04T05:00:00.000Z' }),
      archivally(),
    )
  } catch (cause) {
    complain(`the next run fails: ${cause}`)
  }
  const left = pathsBelow(trial.root).filter((path) => /\.restoring|\.unpack|\.partial\/./.test(path))
  for (const path of left) complain(`${path} was left`)
  for (const name of readdirSync(trial.vault.folder)) {
    if (name.endsWith('.zip.json') && !existsSync(join(trial.vault.folder, name.slice(0, -'.json'.length))))
      complain(`${name} was left`)
  }
}
