import { constants, openSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { CreateRequest, LiveDatabase } from '../engine.ts'
import { BackupError } from '../errors.ts'
import type { Examined } from '../proof/examine.ts'
import type { Snapshot } from '../source.ts'
import { removeFile } from '../vault/files.ts'
import { stagingFolder } from '../vault/place.ts'
import { freeName, type Staged } from '../vault/publish.ts'
import { nextSequence } from '../vault/sequence.ts'
import { type Sidecar, sidecarVersion } from '../vault/sidecar.ts'
import type { Warning } from '../warnings.ts'
import { checkBinding } from './check-binding.ts'
import { examineInRun } from './examine-in-run.ts'
import type { RunContext } from './run-in-vault.ts'

/** As much of a run's request as goes into a backup. */
export type StageRequest = Pick<
  CreateRequest,
  'vault' | 'runId' | 'trigger' | 'actor' | 'note' | 'appVersion'
>

/** Copies and proves one database, without publishing it. Leaves nothing of it when it rejects. */
export async function stageBackup(
  request: StageRequest,
  database: LiveDatabase,
  context: RunContext,
  taken: readonly Sidecar[],
): Promise<Staged & { readonly warnings: readonly Warning[] }> {
  const folder = stagingFolder(context.place, request.runId)
  const path = join(folder, `${taken.length}.copy`)
  removeFile(path)
  try {
    const { snapshot, createdAt } = await takeSnapshot(database, path, context)
    const sizeBytes = statSync(path).size
    const examined = await prove(database, { path, sizeBytes }, snapshot, context)
    const name = freeName(
      context.place,
      database.name,
      createdAt,
      taken.map((one) => one.name),
    )
    const made = {
      name,
      createdAt,
      sizeBytes,
      provenAt: context.now(),
      sequence: nextSequence(context.place, context.listing),
    }
    const sidecar = describe(request, database, snapshot, examined, made)
    return { folder, path, sidecar, warnings: snapshot.warnings }
  } catch (error) {
    for (const end of ['', '-wal', '-shm', '-journal']) removeFile(path + end)
    throw error
  }
}

/** The moment of the backup is when its commit was pinned. Before, the database may have been locked for seconds. */
async function takeSnapshot(
  database: LiveDatabase,
  path: string,
  { tools, now }: RunContext,
): Promise<{ readonly snapshot: Snapshot; readonly createdAt: string }> {
  tools.onProgress('snapshot', null)
  let createdAt: string | null = null
  const snapshot = await tools.source.snapshot(database, path, {
    signal: tools.signal,
    onPinned() {
      createdAt = now()
    },
    onProgress: (done, total) => tools.onProgress('snapshot', { done, total, unit: 'bytes' }),
  })
  return { snapshot, createdAt: createdAt ?? now() }
}

async function prove(
  database: LiveDatabase,
  copy: { readonly path: string; readonly sizeBytes: number },
  snapshot: Snapshot,
  { tools }: RunContext,
): Promise<Examined> {
  const fd = openSync(copy.path, constants.O_RDONLY)
  const examined = await examineInRun({ ...copy, fd }, tools, { hostile: false })
  if (examined.damage.length > 0) throw liveDamage(database, examined.damage)
  checkBinding(database.name, snapshot, examined)
  return examined
}

interface Made {
  readonly name: string
  readonly createdAt: string
  readonly sizeBytes: number
  readonly provenAt: string
  readonly sequence: number
}

function describe(
  request: StageRequest,
  database: LiveDatabase,
  snapshot: Snapshot,
  examined: Examined,
  made: Made,
): Sidecar {
  const path = relative(request.vault.root, database.path).split(sep).join('/')
  return {
    formatVersion: sidecarVersion,
    sequence: made.sequence,
    runId: request.runId,
    name: made.name,
    database: database.name,
    createdAt: made.createdAt,
    sizeBytes: made.sizeBytes,
    trigger: request.trigger,
    createdBy: request.actor?.name ?? null,
    note: request.note,
    sha256: examined.sha256,
    proven: { at: made.provenAt, outcome: 'passed' },
    checked: null,
    protected: false,
    appVersion: request.appVersion,
    snapshot: {
      method: snapshot.method,
      heldWritersMs: snapshot.heldWritersMs,
      binding: snapshot.binding,
      original: { path, ...snapshot.original },
    },
    foreignKeyViolations: examined.foreignKeyViolations,
    rowCounts: examined.rowCounts,
  }
}

/** The copy agrees page by page with what was pinned, so what is wrong in it is wrong in the original. */
function liveDamage(database: LiveDatabase, messages: readonly string[]): BackupError {
  const text = messages.join('; ').replaceAll(/\s+/g, ' ').slice(0, 500)
  return new BackupError('source-damaged', `The live database "${database.name}" is damaged: ${text}`, {
    hint: 'Not the copy but the database itself is damaged. Earlier backups were left alone: restore the newest good one.',
    details: { database: database.name },
  })
}
