import { randomUUID } from 'node:crypto'
import type { ArchiveRunOptions } from '../engine/archiving.ts'
import type { Backup } from '../engine/backup.ts'
import type { BackupEngine } from '../engine/engine.ts'
import { BackupError } from '../engine/errors.ts'
import type { ImportRequest, ReceiveOptions, Upload, UploadLimits } from '../engine/uploading.ts'
import type { Actor, Host } from '../host/contract.ts'
import type { AuditTrail } from './audit-trail.ts'
import { auditedSite } from './audited-site.ts'
import { FinishedUploads } from './finished-uploads.ts'
import { errorWithin } from './relative-paths.ts'
import type { RunBoard } from './run-board.ts'
import type { RunStarter } from './run-starter.ts'
import {
  beingChecked,
  cancelledBy,
  interrupted,
  notFound,
  tooLong,
  wentAway,
  wrongOffset,
} from './upload-refusals.ts'
import type { Sites, VaultSite } from './vault-site.ts'

export interface UploadWish {
  readonly fileName: string
  /** Null to go by the file's name, and for an archive. */
  readonly database: string | null
  /** What versions of the file are told apart by. */
  readonly fingerprint: string | null
  /** See `Upload`. */
  readonly metadata: string | null
  readonly sizeBytes: number | null
}

export interface UploadsNow<S extends VaultSite> {
  readonly site: S
  readonly open: readonly Upload[]
  readonly freeBytes: number
}

/** What is taken in, and how it becomes a backup: databases of tenants, archives of profiles. */
export interface Intake<S extends VaultSite> {
  limitsOf(site: S): UploadLimits
  /** Throws `invalid-request` for a file that is said to be of something that there isn't. */
  expect(site: S, wish: Pick<UploadWish, 'database'>): void
  /** See `BackupEngine.importUpload`. */
  takeIn(site: S, request: ImportRequest, options: ArchiveRunOptions): Promise<Backup | null>
}

export interface UploadServiceParts<S extends VaultSite> {
  readonly host: Host
  readonly engine: BackupEngine
  readonly tenancy: Sites<S>
  readonly trail: AuditTrail
  readonly board: RunBoard
  readonly runs: Pick<RunStarter<S>, 'startNext'>
  readonly intake: Intake<S>
}

/**
 * Takes files in that somebody sends: each belongs to who began it, in the tenant or the profile that they sent it to.
 * What is whole is checked in a run, whose id is the upload's, and becomes an imported backup. One audit entry each.
 */
export class UploadService<S extends VaultSite> {
  readonly #parts: UploadServiceParts<S>
  readonly #finished = new FinishedUploads()

  constructor(parts: UploadServiceParts<S>) {
    this.#parts = parts
  }

  /** What the operator allows there. */
  async limits(siteId: string): Promise<UploadLimits> {
    const { tenancy, intake } = this.#parts
    return intake.limitsOf(await tenancy.site(siteId))
  }

  /** Throws `invalid-request`, `upload-too-large`, `limit-reached`, `disk-full`, `too-many-uploads`. */
  async begin(siteId: string, wish: UploadWish, actor: Actor): Promise<Upload> {
    const { site, upload } = await this.#begin(siteId, wish, actor)
    if (upload.sizeBytes === 0) await this.#finish(site, upload)
    return upload
  }

  /** Also one that was finished a while ago. Throws `not-found` for everybody but who began it. */
  async find(siteId: string, id: string, actor: Actor): Promise<Upload> {
    return (await this.#own(siteId, id, actor)).upload
  }

  /** What one person can go on with, oldest first, and how much room there is. */
  async look(siteId: string, actor: Actor): Promise<UploadsNow<S>> {
    const { engine, tenancy } = this.#parts
    const site = await tenancy.site(siteId)
    const [uploads, { storage }] = await Promise.all([engine.uploads(site.vault), engine.inspect(site.vault)])
    const open = uploads.filter(
      (one) =>
        isOwn(one, actor) && one.sizeBytes !== null && !this.#finished.has(one.id) && !this.#isOver(one),
    )
    return { site, open, freeBytes: storage.freeBytes }
  }

  /** Goes on with an upload. Throws `not-found`, `wrong-offset`, `upload-locked`, `upload-too-large`, `disk-full`. */
  async append(
    siteId: string,
    id: string,
    part: ReceiveOptions & { readonly sizeBytes: number | null },
    actor: Actor,
  ): Promise<Upload> {
    const { site, upload } = await this.#own(siteId, id, actor)
    const left = (upload.sizeBytes ?? 0) - upload.offset
    if (part.offset === upload.offset && part.sizeBytes !== null && part.sizeBytes > left)
      throw tooLong(part.sizeBytes, left)
    if (this.#finished.has(id)) {
      if (part.offset !== upload.offset) throw wrongOffset(upload.offset)
      return upload
    }
    const { offset, error } = await within(site, this.#parts.engine.receive(site.vault, id, part))
    if (error !== null) throw errorWithin(site, error)
    const now = { ...upload, offset }
    if (offset === upload.sizeBytes) await this.#finish(site, now)
    return now
  }

  /** Takes a file in one piece, of which nobody knows yet how long it is; what doesn't arrive whole is gone. */
  async takeWhole(
    siteId: string,
    wish: Pick<UploadWish, 'fileName' | 'database'>,
    { bytes, signal }: Pick<ReceiveOptions, 'bytes' | 'signal'>,
    actor: Actor,
  ): Promise<Upload> {
    const { site, upload } = await this.#begin(
      siteId,
      { ...wish, fingerprint: null, metadata: null, sizeBytes: null },
      actor,
    )
    const counted = countWhole(bytes)
    try {
      const options = { offset: 0, bytes: counted.bytes, signal }
      const { offset, error } = await within(site, this.#parts.engine.receive(site.vault, upload.id, options))
      if (error !== null) throw errorWithin(site, error)
      if (!counted.isWhole()) throw counted.failure() ?? wentAway()
      const whole = { ...upload, offset }
      await this.#finish(site, whole)
      return whole
    } catch (error) {
      await this.#drop(site, upload, actor, error)
      throw error
    }
  }

  /** Throws `not-found`, and `upload-locked` while it is being written or checked. */
  async cancel(siteId: string, id: string, actor: Actor): Promise<void> {
    const { site, upload } = await this.#own(siteId, id, actor)
    if (this.#finished.has(id)) throw beingChecked()
    const { engine, trail } = this.#parts
    await within(
      site,
      engine.dropUpload(site.vault, id, { now: this.#now(), actor, error: cancelledBy(actor) }),
    )
    await trail.settle(site, { ...eventOf(upload, actor), outcome: 'cancelled', details: {} })
  }

  /** After a start: what was whole is checked now, and what came in one piece and was cut off is gone. */
  async resume(siteId: string): Promise<void> {
    const { engine, tenancy, host } = this.#parts
    try {
      const site = await tenancy.site(siteId)
      for (const upload of await engine.uploads(site.vault)) {
        if (upload.sizeBytes === null) await this.#drop(site, upload, upload.owner, interrupted())
        else if (upload.sizeBytes === upload.offset) await this.#finish(site, upload)
      }
    } catch (error) {
      host.logger.warn('Uploads could not be gone on with', {
        ...tenancy.nowhere(siteId).scope,
        id: siteId,
        reason: String(error),
      })
    }
  }

  async #begin(siteId: string, wish: UploadWish, actor: Actor): Promise<{ site: S; upload: Upload }> {
    const { engine, trail, intake } = this.#parts
    const event = eventOf({ id: randomUUID(), fileName: wish.fileName }, actor)
    const site = await auditedSite(this.#parts, siteId, event)
    const upload = await trail.attempt(site, event, async () => {
      intake.expect(site, wish)
      const { id } = event
      const order = { ...wish, id, owner: actor, now: this.#now(), limits: intake.limitsOf(site) }
      return within(site, engine.beginUpload(site.vault, order))
    })
    return { site, upload }
  }

  async #own(siteId: string, id: string, actor: Actor): Promise<{ site: S; upload: Upload }> {
    const { engine, tenancy } = this.#parts
    const site = await tenancy.site(siteId)
    const finished = this.#finished.find(siteId, id)
    const upload = finished ?? (await engine.uploads(site.vault)).find((one) => one.id === id)
    if (!upload || !isOwn(upload, actor)) throw notFound()
    if (finished === null && this.#isOver(upload)) throw notFound()
    return { site, upload }
  }

  /** Waits for the run to begin, unless another one is in flight: then it begins after that. */
  async #finish(site: S, upload: Upload): Promise<void> {
    const { intake, runs, board, host } = this.#parts
    const { id, owner: actor } = upload
    if (!this.#finished.add(site.id, upload)) return
    const start = { id, kind: 'upload', trigger: 'imported', actor } as const
    const begun = runs
      .startNext(site.id, start, host.signal, (now) => async (request, options) => {
        const order = { ...request, vault: now.vault, limits: intake.limitsOf(now) }
        const made = await intake.takeIn(now, order, options)
        return made === null ? 'parked' : [made]
      })
      .catch((error: unknown) => {
        // The host stops: its next start goes on with what is whole.
        host.logger.info('An upload waits for the next start', {
          ...site.scope,
          id: site.id,
          reason: String(error),
        })
      })
    if (board.active(site.id) === null) await begun
  }

  async #drop(site: S, upload: Upload, actor: Actor, cause: unknown): Promise<void> {
    const { engine, trail } = this.#parts
    const error = cause instanceof BackupError ? cause : wentAway()
    const outcome = error.code === 'cancelled' ? 'cancelled' : 'failure'
    const details = { code: error.code, message: error.message }
    // What can't be removed now expires.
    await engine.dropUpload(site.vault, upload.id, { now: this.#now(), actor, error }).catch(() => {})
    await trail.settle(site, { ...eventOf(upload, actor), outcome, details })
  }

  /** Its time is over, though nothing has swept it yet. */
  #isOver({ expiresAt }: Upload): boolean {
    return Date.parse(expiresAt) <= this.#parts.host.clock.now()
  }

  #now(): string {
    return new Date(this.#parts.host.clock.now()).toISOString()
  }
}

const isOwn = ({ owner }: Upload, actor: Actor) => owner.id === actor.id

const eventOf = ({ id, fileName }: Pick<Upload, 'id' | 'fileName'>, actor: Actor) => ({
  id,
  actor,
  action: 'backup.upload',
  target: fileName,
})

/** The same bytes, and whether all of them have come, or what their source refuses. */
function countWhole(source: AsyncIterable<Uint8Array>) {
  let whole = false
  let failure: BackupError | null = null
  async function* bytes() {
    try {
      yield* source
      whole = true
    } catch (error) {
      if (error instanceof BackupError) failure = error
      throw error
    }
  }
  return { bytes: bytes(), isWhole: () => whole, failure: () => failure }
}

async function within<T>(site: VaultSite, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw errorWithin(site, error)
  }
}
