import type { EntrySink, PourOptions, SourceReport } from '../../archive.ts'
import { failureFrom, reasonOf } from '../../failure.ts'
import { InFlight } from '../../in-flight.ts'
import type { SnapshotSource } from '../../source.ts'
import type { Exclusions } from './exclusions.ts'
import { LeftOutList } from './left-out-list.ts'
import type { OpenFolder } from './open-folder.ts'
import { pourDatabase, type StoredDatabase } from './pour-database.ts'
import { isOpen, openFound, type Pouring, pourFile, pourFolder, pourLink } from './pour-files.ts'
import { type Found, type Placed, walk } from './walk.ts'

export interface PourFrom {
  readonly id: string
  readonly root: OpenFolder
  readonly exclusions: Exclusions
  readonly databases: SnapshotSource
}

/** Files that are under way at once, so that every core has something to deflate. */
const sideBySide = 12

/** Puts a folder with everything below it into an archive. */
export async function pourFolderTree(
  from: PourFrom,
  sink: EntrySink,
  options: PourOptions,
): Promise<SourceReport> {
  const leftOut = new LeftOutList()
  const progress = { files: 0, bytes: 0 }
  const tell = (item: string) => options.onProgress({ ...progress, item })
  let highest = 0
  const pouring: Pouring = {
    id: from.id,
    sink,
    signal: options.signal,
    leaveOut: (path, reason, detail) => leftOut.add(path, reason, detail),
    onBytes(path, bytes) {
      progress.bytes += bytes
      // Bytes that are read once more after a change count once.
      if (progress.bytes <= highest) return
      highest = progress.bytes
      tell(path)
    },
    onFile(path) {
      progress.files++
      options.onProgress({ files: progress.files, bytes: Math.max(highest, progress.bytes), item: path })
    },
  }
  const databases = await new Pour(from, pouring, options).run()
  return {
    leftOut: leftOut.named,
    ...(leftOut.more !== undefined && { leftOutMore: leftOut.more }),
    details: { exclude: from.exclusions.patterns, databases },
  }
}

class Pour {
  readonly #from: PourFrom
  readonly #pouring: Pouring
  readonly #scratch: string
  readonly #inFlight = new InFlight(sideBySide)
  readonly #databases: StoredDatabase[] = []
  /** Paths; few ever are. */
  readonly #broken = new Set<string>()
  /** Files that became databases while they were being read. */
  readonly #late: Placed[] = []

  constructor(from: PourFrom, pouring: Pouring, { scratch }: PourOptions) {
    this.#from = from
    this.#pouring = pouring
    this.#scratch = scratch
  }

  async run(): Promise<readonly StoredDatabase[]> {
    const { signal } = this.#pouring
    try {
      let turn = 0
      for (const found of walk(this.#from.root, this.#from.exclusions)) {
        if (++turn % 64 === 0) await new Promise((resolve) => setImmediate(resolve))
        if (signal.aborted) throw reasonOf(signal)
        await this.#take(found)
      }
      await this.#inFlight.idle()
      for (const late of this.#late.splice(0)) await this.#takeDatabase(late)
      return this.#databases
    } catch (error) {
      throw signal.aborted ? reasonOf(signal) : failureFrom(error, 'The folder could not be read')
    } finally {
      await this.#inFlight.settle()
      for (const { folder } of this.#late) folder.release()
    }
  }

  async #take(found: Found): Promise<void> {
    const pouring = this.#pouring
    await this.#inFlight.room()
    if (found.kind === 'left-out') pouring.leaveOut(found.path, found.reason, found.detail)
    else if (found.kind === 'folder') this.#inFlight.start(() => pourFolder(pouring, found.path, found.stats))
    else if (found.kind === 'link') this.#start(found, () => pourLink(pouring, found))
    else if (found.kind === 'companion' && !this.#broken.has(found.of))
      pouring.leaveOut(found.path, 'part-of-database')
    else await this.#takeFile(found, found.kind === 'companion')
  }

  async #takeFile(placed: Placed, raw: boolean): Promise<void> {
    const opened = openFound(placed)
    if (isOpen(opened) && opened.isDatabase && !raw) {
      opened.close()
      await this.#takeDatabase({ ...placed, folder: placed.folder.hold() })
    } else {
      this.#start(placed, async () => {
        const outcome = await pourFile(this.#pouring, placed, opened, raw)
        if (outcome === 'database') this.#late.push({ ...placed, folder: placed.folder.hold() })
      })
    }
  }

  /** It waits until no other file is open, and everything else waits for it. */
  async #takeDatabase(placed: Placed): Promise<void> {
    try {
      await this.#inFlight.idle()
      const options = { source: this.#from.databases, scratch: this.#scratch }
      const taken = await pourDatabase(this.#pouring, placed, options)
      if (taken === 'broken') this.#broken.add(placed.path)
      else if (taken !== null) this.#databases.push(taken)
    } finally {
      placed.folder.release()
    }
  }

  #start({ folder }: Placed, work: () => Promise<void>): void {
    folder.hold()
    this.#inFlight.start(() => work().finally(() => folder.release()))
  }
}
