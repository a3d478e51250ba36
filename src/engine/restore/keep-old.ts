import { closeSync, constants, openSync } from 'node:fs'
import type { Backup } from '../backup.ts'
import { BackupError } from '../errors.ts'
import type { RestoreRequest } from '../restoring.ts'
import type { RunContext } from '../runs/run-in-vault.ts'
import { stageBackup } from '../runs/stage-backup.ts'
import { publish } from '../vault/publish.ts'
import { salvagePath, saveWhole } from '../vault/salvage.ts'
import { publicFields } from '../vault/sidecar.ts'
import { BrokenDatabase, HeldDatabase } from './held-database.ts'
import type { Target } from './target.ts'

/** What became of the state before: a backup, or files in the salvage folder; neither when there was none. */
export interface KeptOld {
  readonly saved: Backup | null
  readonly salvagedTo: string | null
}

export interface KeepOptions {
  /** Name of the backup that is going to be restored. */
  readonly note: string
  /** Called before anything is put into that folder of the salvage. */
  beforeSalvage(name: string): void
  /** Called when the old state is kept, durable and still locked. */
  whenKept(): void
}

/** Keeps the present state and holds it until `whenKept` has returned. */
export async function keepOld(
  request: RestoreRequest,
  context: RunContext,
  target: Target,
  options: KeepOptions,
): Promise<KeptOld> {
  if (target.state === 'none') {
    options.whenKept()
    return { saved: null, salvagedTo: null }
  }
  if (target.state === 'broken') return salvage(request, context, target, options)
  try {
    return await save(request, context, target, options)
  } catch (error) {
    if (error instanceof BrokenDatabase) return salvage(request, context, target, options)
    throw error
  }
}

async function save(
  request: RestoreRequest,
  context: RunContext,
  target: Target,
  options: KeepOptions,
): Promise<KeptOld> {
  const held = await HeldDatabase.hold(target, context.tools.signal)
  try {
    const saved = await saveHeld(request, context, held, options.note)
    const salvagedTo = saved === null ? putAside(request, context, target, options, held.main) : null
    options.whenKept()
    return { saved, salvagedTo }
  } finally {
    held.release()
  }
}

/** Null when it is damaged: such a copy is no backup. */
async function saveHeld(
  request: RestoreRequest,
  context: RunContext,
  { source }: HeldDatabase,
  note: string,
): Promise<Backup | null> {
  const { tools } = context
  const onProgress: typeof tools.onProgress = (_stage, progress) => tools.onProgress('saving', progress)
  const saving = { ...context, tools: { ...tools, source, onProgress } }
  try {
    const staged = await stageBackup(
      { ...request, trigger: 'before-restore', note },
      request.database,
      saving,
      [],
    )
    publish(context.place, staged)
    context.published(staged.sidecar.name)
    return publicFields(staged.sidecar)
  } catch (error) {
    if (saysDamaged(error)) return null
    throw error
  }
}

const saysDamaged = (error: unknown) =>
  error instanceof BrokenDatabase || (error instanceof BackupError && error.code === 'source-damaged')

function salvage(
  request: RestoreRequest,
  context: RunContext,
  target: Target,
  options: KeepOptions,
): KeptOld {
  const main =
    target.stats === null ? null : openSync(target.path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
  try {
    const salvagedTo = putAside(request, context, target, options, main)
    options.whenKept()
    return { saved: null, salvagedTo }
  } finally {
    if (main !== null) closeSync(main)
  }
}

function putAside(
  { runId }: RestoreRequest,
  { place, tools, now }: RunContext,
  { path }: Target,
  { beforeSalvage }: KeepOptions,
  main: number | null,
): string {
  tools.onProgress('saving', null)
  const name = `${now()
    .replaceAll(/[-:]|\.\d+/g, '')
    .replace('T', '_')}-${runId.slice(0, 80)}`
  beforeSalvage(name)
  saveWhole(place, path, name, main)
  return salvagePath(place, name)
}
