import { join } from 'node:path'
import { BackupError } from '../errors.ts'
import { checkIntegrity } from '../proof/integrity.ts'
import { findMissing } from '../rescue/live-keys.ts'
import { drill } from '../restore/drill.ts'
import { examine } from '../restore/examine-file.ts'
import { preview } from '../restore/preview.ts'
import { restore } from '../restore/restore.ts'
import { cancelWaiting, prepareRestore } from '../restore/restore-at-start.ts'
import { beginUpload, withoutPrivate } from '../runs/begin-upload.ts'
import { inspect, protect, remove } from '../runs/changes.ts'
import { create } from '../runs/create.ts'
import { dropUpload, findUpload } from '../runs/drop-upload.ts'
import { importUpload } from '../runs/import-upload.ts'
import type { RunTools } from '../runs/run-in-vault.ts'
import { verify } from '../runs/verify.ts'
import { lookInto } from '../sources/sqlite/look-into.ts'
import { acknowledge, readOutbox } from '../vault/audit-outbox.ts'
import { findEntry, notFound } from '../vault/listing.ts'
import { lockFolder } from '../vault/lock.ts'
import { findPlace, makePlace } from '../vault/place.ts'
import { type Closing, type Reconciled, reconcile } from '../vault/reconcile.ts'
import { logSchedule } from '../vault/run-log.ts'
import { readUploads } from '../vault/uploads.ts'
import type { Answer, Arguments, OperationName, VaultOperations } from './protocol.ts'

/** How long sweeping waits for a living run before `busy`. */
const reconcileWaitMs = 10_000
/** How long a comparison waits while something else keeps the live database locked. */
const comparePatienceMs = 1_000

export type Table<Name extends OperationName> = {
  readonly [Each in Name]: (input: Arguments<Each>, tools: RunTools) => Promise<Answer<Each>>
}

/** What each operation does, in the worker process. */
export const operations: Table<keyof VaultOperations> = {
  create: (request, tools) => create(request, tools),
  verify: (request, tools) => verify(request, tools),
  restore: (request, tools) => restore(request, tools),
  drill: (request, tools) => drill(request, tools),
  prepareRestore: (request, tools) => prepareRestore(request, tools),
  async cancelRestore({ vault, runId, operation: { id, now, actor, because } }, { changeWaitMs }) {
    const place = findPlace(vault)
    if (place === null) throw notFound()
    const lock = await lockFolder(place, id, { waitMs: changeWaitMs })
    try {
      await cancelWaiting(place, runId, { now, by: actor, because })
    } finally {
      lock.release()
    }
    return null
  },
  preview: (request, { signal, sourceTimeoutMs: timeoutMs }) =>
    preview(request, (database, look) => lookInto(database, { signal, timeoutMs }, look), { signal }),
  examine: (input, tools) => examine(input, tools),
  inspect: ({ vault }) => inspect(vault),
  remove: ({ vault, name, operation }, { changeWaitMs }) =>
    remove(vault, name, { ...operation, waitMs: changeWaitMs }),
  protect: ({ vault, name, change }, { changeWaitMs }) =>
    protect(vault, name, { ...change, waitMs: changeWaitMs }),
  async noteSchedule({ vault, note }) {
    await logSchedule(makePlace(vault), note)
    return null
  },
  async reconcile({ vault, now }) {
    return (await reconcileLocked(vault, { now }))?.closed ?? []
  },
  async outbox({ vault }) {
    const place = findPlace(vault)
    return place === null ? [] : readOutbox(place)
  },
  async acknowledge({ vault, ids }) {
    const place = findPlace(vault)
    if (place !== null && ids.length > 0) await acknowledge(place, ids)
    return null
  },
  async find({ vault, name }) {
    const place = findPlace(vault)
    if (place === null) throw notFound()
    const { backup, identity, sidecar } = findEntry(place, name)
    return {
      backup,
      identity,
      path: join(place.folder, backup.name),
      rowCounts: sidecar?.rowCounts ?? {},
    }
  },
  findMissing: ({ database, question }, { signal }) =>
    lookInto(database, { signal, timeoutMs: comparePatienceMs }, (connection) =>
      findMissing(connection, question),
    ),
  importUpload: (request, tools) => importUpload(request, tools),
  beginUpload: ({ vault, order }) => beginUpload(vault, order),
  async uploads({ vault }) {
    const place = findPlace(vault)
    return place === null ? [] : readUploads(place).map(withoutPrivate)
  },
  findUpload: async ({ vault, id }) => findUpload(vault, id),
  async dropUpload({ vault, id, end }) {
    await dropUpload(vault, id, end)
    return null
  },
  check: async (task) => checkIntegrity(task),
  async takeBack({ vault, runId, now, error }) {
    const ended = { runId, error: BackupError.fromJSON(error) }
    const reconciled = await reconcileLocked(vault, { now, ended })
    const backups = reconciled?.listing.entries.filter(({ backup }) => backup.runId === runId) ?? []
    // A process that ended just before its answer has closed its run in the log itself.
    const runs = [...(reconciled?.closed ?? []), ...(await inspect(vault)).runs]
    return {
      run: runs.find(({ id }) => id === runId) ?? null,
      backups: backups.map(({ backup }) => backup),
    }
  },
}

/** Null when there is no folder, so that looking makes none. */
async function reconcileLocked(
  vault: Arguments<'reconcile'>['vault'],
  closing: Closing,
): Promise<Reconciled | null> {
  const place = findPlace(vault)
  if (place === null) return null
  const lock = await lockFolder(place, 'reconcile', { waitMs: reconcileWaitMs })
  try {
    return await reconcile(place, closing)
  } finally {
    lock.release()
  }
}
