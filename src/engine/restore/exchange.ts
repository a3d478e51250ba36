import { linkSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { BackupError } from '../errors.ts'
import { codeOf, failureFrom, reasonOf } from '../failure.ts'
import type { RestoreRequest } from '../restoring.ts'
import type { RunContext } from '../runs/run-in-vault.ts'
import { type Beside, besideOf, companionEnds } from '../vault/beside.ts'
import { isWithoutLinks, liveIdentities, lstatOrNull, removeFile, syncFolder } from '../vault/files.ts'
import {
  dropMarker,
  markerVersion,
  type RestoreMarker,
  storedPath,
  writeMarker,
} from '../vault/restore-marker.ts'
import { finish, type SettledRestore, settleRestore } from '../vault/settle-restore.ts'
import { type Warning, warning } from '../warnings.ts'
import type { ChosenBackup } from './chosen-backup.ts'
import { compare } from './compare.ts'
import type { Copied } from './copy-file.ts'
import { type KeptOld, keepOld } from './keep-old.ts'
import type { Looked } from './prove-chosen.ts'
import { targetUnsafe } from './refusals.ts'
import { refuseUse } from './refuse-use.ts'
import { stageBeside } from './stage-beside.ts'
import type { Target } from './target.ts'
import { findUsage, type WatchedFiles, watch } from './usage.ts'

export interface Exchanged extends KeptOld {
  readonly warnings: readonly Warning[]
}

/** The part of a restore that changes something. A marker in the backups folder says how far it has come. */
export class Exchange {
  readonly #request: RestoreRequest
  readonly #context: RunContext
  readonly #target: Target
  readonly #chosen: ChosenBackup
  readonly #beside: Beside
  #marker: RestoreMarker
  /** The old files, as they were just before they lost their names. */
  #old: WatchedFiles

  constructor(request: RestoreRequest, context: RunContext, target: Target, chosen: ChosenBackup) {
    this.#request = request
    this.#context = context
    this.#target = target
    this.#chosen = chosen
    this.#beside = besideOf(target.path, request.runId)
    this.#old = watch(target.path)
    this.#marker = {
      formatVersion: markerVersion,
      runId: request.runId,
      phase: 'staging',
      target: storedPath(context.place, target.path),
      existed: target.stats !== null,
      journalMode: target.state === 'usable' && target.mode === 'wal' ? 'wal' : null,
      staged: null,
      salvage: null,
    }
  }

  /** When it rejects, the database is wholly the old one, unless the message says otherwise. */
  async carryOut(looked: Looked): Promise<Exchanged> {
    this.#mark({})
    try {
      return await this.#exchange(looked)
    } catch (error) {
      throw this.#undo(
        failureFrom(error, `The database "${this.#request.database.name}" could not be restored`),
      )
    }
  }

  async #exchange({ examined }: Looked): Promise<Exchanged> {
    const { place, tools } = this.#context
    const staged = await stageBeside(this.#chosen, this.#target, {
      path: this.#beside.staged,
      sha256: examined.sha256,
      live: new Set([...place.live, ...liveIdentities([this.#request.database])]),
      tools,
    })
    await this.#takeOver()
    const kept = await keepOld(this.#request, this.#context, this.#target, {
      note: this.#chosen.name,
      beforeSalvage: (salvage) => this.#mark({ salvage, journalMode: null }),
      whenKept: () => this.#swap(staged),
    })
    const { written } = await compare(this.#target, staged, examined, (done) =>
      tools.onProgress('compare', { done, total: staged.sizeBytes, unit: 'bytes' }),
    )
    const late = findUsage(this.#old).processes
    this.#finish()
    return {
      ...kept,
      warnings: [
        ...late.map(({ pid, command }) => warning('opened-meanwhile', { process: `${pid} (${command})` })),
        ...(written ? [warning('written-meanwhile')] : []),
      ],
    }
  }

  /** Until now the application went on with its database; from here on nobody may have it open. */
  async #takeOver(): Promise<void> {
    if (!this.#request.openUntilReady) return
    const { tools } = this.#context
    tools.onProgress('closing', null)
    await tools.takeOver()
    if (tools.signal.aborted) throw reasonOf(tools.signal)
    refuseUse(this.#request, this.#target.path)
  }

  /** The one commit point is the rename. Everything before can be taken back, and is when it fails. */
  #swap(staged: Copied): void {
    const { tools, commit } = this.#context
    const { path } = this.#target
    tools.onProgress('swap', null)
    refuseUse(this.#request, path)
    this.#old = watch(path)
    if (tools.signal.aborted) throw reasonOf(tools.signal)
    if (this.#target.state === 'none') expectNothing(this.#target)
    if (this.#marker.existed) giveSecondName(path, this.#beside.replaced)
    this.#mark({ phase: 'swapping', staged: { identity: staged.identity, sha256: staged.sha256 } })
    if (this.#marker.salvage !== null) {
      for (const end of companionEnds) removeFile(path + end)
      // Before the rename: after a power failure the old log must not lie beside the new database.
      syncFolder(dirname(path))
    }
    commit()
    takeName(this.#beside.staged, this.#target)
    syncFolder(dirname(path))
  }

  /** The restore is done; a name that is left over here is removed by the next run. */
  #finish(): void {
    const { place, afterwards } = this.#context
    try {
      finish(this.#marker, this.#target.path)
      afterwards(() => dropMarker(place))
    } catch {
      // The marker stays, and with it whoever comes next knows what to remove.
    }
  }

  /** What fails in here is done by the next run in the folder. */
  #undo(error: BackupError): BackupError {
    const { place } = this.#context
    try {
      if (this.#canRevert()) this.#mark({ phase: 'reverting' })
      const settled: SettledRestore | null = settleRestore(place, this.#target.path)
      dropMarker(place)
      return settled?.restored ? restoredAllTheSame(error) : error
    } catch {
      return leftForLater(error)
    }
  }

  /** Whether the new database has taken the name and the old one is still there to take it back. */
  #canRevert(): boolean {
    if (this.#marker.phase !== 'swapping' || lstatOrNull(this.#beside.staged) !== null) return false
    return !this.#marker.existed || lstatOrNull(this.#beside.replaced) !== null
  }

  #mark(change: Partial<RestoreMarker>): void {
    const marker = { ...this.#marker, ...change }
    writeMarker(this.#context.place, marker)
    this.#marker = marker
  }
}

/** Some file systems have no second names; then a restore that fails in its last step is not taken back by itself. */
function giveSecondName(path: string, second: string): void {
  try {
    linkSync(path, second)
  } catch (error) {
    if (!isWithoutLinks(error)) throw error
  }
}

/** What has appeared since then is not kept anywhere. */
function expectNothing({ path, database }: Target): void {
  if (['', ...companionEnds].every((end) => lstatOrNull(path + end) === null)) return
  throw new BackupError('source-changed', `The database "${database.name}" was made meanwhile`, {
    hint: 'Something else works with it. Stop the application, then try again.',
    details: { database: database.name },
  })
}

function takeName(staged: string, { path, database }: Target): void {
  try {
    renameSync(staged, path)
  } catch (error) {
    // A file that a container is given by itself: nothing can take its name.
    if (codeOf(error) === 'EBUSY') throw targetUnsafe(database, 'is mounted as a single file')
    throw error
  }
}

function restoredAllTheSame(error: BackupError): BackupError {
  return new BackupError(
    error.code,
    `The database is the backup now, but this failed afterwards: ${error.message}`,
    {
      hint: error.hint,
      details: error.details,
      cause: error,
    },
  )
}

function leftForLater(error: BackupError): BackupError {
  return new BackupError(error.code, `${error.message}; what it had begun could not be taken back yet`, {
    hint: `${error.hint} The next run in the backups folder puts it in order; run this again before the application starts.`,
    details: error.details,
    cause: error,
  })
}
