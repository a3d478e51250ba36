import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsync,
  fsyncSync,
  futimesSync,
  lutimesSync,
  openSync,
  renameSync,
  type Stats,
  symlinkSync,
  write,
  writeSync,
} from 'node:fs'
import { promisify } from 'node:util'
import type { LeftOut, ReadableEntry, RestoreSourceOptions } from '../../archive.ts'
import { failureFrom, reasonOf } from '../../failure.ts'
import { type FileMode, setMode } from '../../restore/header.ts'
import { replaceDatabase } from '../sqlite/replace-database.ts'
import { type OpenFolder, rawOf } from './open-folder.ts'
import type { Staging } from './staging.ts'
import { adoptOwner, lookOrNull, type TargetTree, Untouchable } from './target-tree.ts'
import { beginsLikeDatabase, looksLikeDatabase } from './walk.ts'

const syncFile = promisify(fsync)
const writePiece = promisify(write)

/** Files and bytes of them that are brought to the disk together, before they take their names. */
const batchFiles = 64
const batchBytes = 64 * 1024 * 1024

/** Bits that a file may have: an archive makes nothing that runs with the rights of its owner. */
const fileBits = 0o777
const folderBits = 0o3777

interface Ready {
  readonly path: string
  readonly name: string
  readonly folder: OpenFolder
  readonly staged: { readonly folder: OpenFolder; readonly name: string }
  readonly fd: number
  readonly sizeBytes: number
}

export interface UnpackOptions extends Pick<RestoreSourceOptions, 'signal' | 'onProgress'> {
  readonly acceptUnseen: boolean
  /** Journal modes of databases, by their paths. */
  readonly journalModes: ReadonlyMap<string, FileMode>
  /** Databases that are in the archive as the bytes which lay there, with what lay beside them. */
  readonly broken: ReadonlySet<string>
}

/** Puts entries into a tree: each file is laid ready whole and takes its name by one rename. */
export class Unpacking {
  readonly #tree: TargetTree
  readonly #staging: Staging
  readonly #options: UnpackOptions
  readonly #batch: Ready[] = []
  readonly #folders: { readonly path: string; readonly entry: ReadableEntry }[] = []
  readonly #untouched: LeftOut[] = []
  #files = 0
  #bytes = 0

  constructor(tree: TargetTree, staging: Staging, options: UnpackOptions) {
    this.#tree = tree
    this.#staging = staging
    this.#options = options
  }

  /** `path` is relative to the tree's root. */
  async put(path: string, entry: ReadableEntry): Promise<void> {
    this.#throwIfAborted()
    try {
      if (path === '') this.#folders.push({ path, entry })
      else if (entry.kind === 'folder') this.#putFolder(path, entry)
      else await this.#putInto(path, entry)
    } catch (error) {
      if (!(error instanceof Untouchable)) throw failureFrom(error, `${path} could not be restored`)
      this.#untouched.push({ path, reason: error.reason, detail: error.message })
    }
  }

  /** What lies beside a database belongs to that one and to no other: a log of then would spoil the database of now. */
  async putCompanion(path: string, entry: ReadableEntry): Promise<void> {
    const base = path.slice(0, path.lastIndexOf('-'))
    await this.#flush()
    if (!this.#options.broken.has(base) && this.#isDatabase(base)) {
      this.#untouched.push({ path, reason: 'part-of-database' })
    } else {
      await this.put(path, entry)
    }
  }

  /** Modes and times of folders come last: putting something into a folder changes its time, and may not be allowed. */
  async finish() {
    await this.#flush()
    for (const { path, entry } of this.#folders.reverse()) this.#dress(path, entry)
    return { files: this.#files, bytes: this.#bytes, untouched: this.#untouched }
  }

  /** What has not got its name is for the staging folder's owner to remove. */
  abandon(): void {
    for (const { fd, folder } of this.#batch.splice(0)) {
      closeSync(fd)
      folder.release()
    }
  }

  #isDatabase(path: string): boolean {
    const slash = path.lastIndexOf('/')
    try {
      const folder = this.#tree.folder(path.slice(0, Math.max(0, slash)))
      return looksLikeDatabase(folder, rawOf(path.slice(slash + 1)))
    } catch (error) {
      // Left alone anyway.
      if (error instanceof Untouchable) return false
      throw error
    }
  }

  #putFolder(path: string, entry: ReadableEntry): void {
    this.#tree.folder(path)
    this.#folders.push({ path, entry })
  }

  async #putInto(path: string, entry: ReadableEntry): Promise<void> {
    const slash = path.lastIndexOf('/')
    const folder = this.#tree.folder(path.slice(0, Math.max(0, slash)))
    const name = path.slice(slash + 1)
    this.#tree.expectFree(path)
    const before = this.#tree.clear(folder, name, path)
    const owner = before ?? folder.stats
    if (entry.kind === 'link') await this.#putLink({ path, folder, name, entry, owner })
    else await this.#putFile({ path, folder, name, entry, owner })
  }

  async #putLink({ path, folder, name, entry, owner }: Placing): Promise<void> {
    const pieces: Buffer[] = []
    for await (const piece of await entry.open()) pieces.push(piece as Buffer)
    const staged = this.#staging.place(...this.#stagingNear(folder, path))
    const at = staged.folder.at(staged.name)
    const time = new Date(entry.modifiedAt)
    symlinkSync(Buffer.concat(pieces), at)
    adoptOwner(staged.folder, staged.name, owner)
    lutimesSync(at, time, time)
    renameSync(at, folder.at(rawOf(name)))
    folder.sync()
    this.#done(path)
  }

  async #putFile({ path, folder, name, entry, owner }: Placing): Promise<void> {
    const staged = this.#staging.place(...this.#stagingNear(folder, path))
    const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = constants
    const fd = openSync(staged.folder.at(staged.name), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
    const held = folder.hold()
    const ready: Ready = { path, name, folder: held, staged, fd, sizeBytes: entry.sizeBytes }
    this.#batch.push(ready)
    await this.#fill(ready, entry)
    dress(fd, entry, owner)
    if (beginsLikeDatabase(fd)) await this.#swapDatabase(ready, entry)
    else if (this.#isFull()) await this.#flush()
  }

  async #fill({ fd, path }: Ready, entry: ReadableEntry): Promise<void> {
    let position = 0
    for await (const piece of await entry.open()) {
      this.#throwIfAborted()
      const bytes = piece as Buffer
      for (let written = 0; written < bytes.length; ) {
        const rest = bytes.length - written
        written += (await writePiece(fd, bytes, written, rest, position + written)).bytesWritten
      }
      position += bytes.length
      this.#bytes += bytes.length
      this.#tell(path)
    }
  }

  /** Of the batch, which has it last. */
  async #swapDatabase(ready: Ready, entry: ReadableEntry): Promise<void> {
    this.#batch.pop()
    const { fd, folder, name, path, staged } = ready
    try {
      this.#throwIfAborted()
      const database = { name: path, path: folder.at(rawOf(name)).toString() }
      const { signal, acceptUnseen, journalModes } = this.#options
      const swap = (mode: FileMode | null) => {
        giveMode(fd, mode ?? journalModes.get(path) ?? null, entry)
        fsyncSync(fd)
        renameSync(staged.folder.at(staged.name), folder.at(rawOf(name)))
        folder.sync()
      }
      // What a link leads to is another database, which stays.
      if (lookOrNull(folder, name)?.isSymbolicLink()) swap(null)
      else await replaceDatabase(database, { signal, acceptUnseen, swap })
      this.#done(path)
    } finally {
      closeSync(fd)
      folder.release()
    }
  }

  #isFull(): boolean {
    const bytes = this.#batch.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    return this.#batch.length >= batchFiles || bytes >= batchBytes
  }

  /** All are on the disk before the first takes its name. */
  async #flush(): Promise<void> {
    await Promise.all(this.#batch.map(({ fd }) => syncFile(fd)))
    this.#throwIfAborted()
    const folders = new Set<OpenFolder>()
    try {
      for (let ready = this.#batch[0]; ready !== undefined; ready = this.#batch[0]) {
        this.#swap(ready)
        this.#batch.shift()
        if (folders.has(ready.folder)) ready.folder.release()
        else folders.add(ready.folder)
      }
      for (const folder of folders) folder.sync()
    } finally {
      for (const folder of folders) folder.release()
    }
  }

  #swap({ path, name, folder, staged, fd }: Ready): void {
    renameSync(staged.folder.at(staged.name), folder.at(rawOf(name)))
    closeSync(fd)
    this.#done(path)
  }

  #dress(path: string, { mode, modifiedAt }: ReadableEntry): void {
    const time = new Date(modifiedAt)
    const at = this.#tree.folder(path).at('.')
    chmodSync(at, mode & folderBits)
    lutimesSync(at, time, time)
  }

  /** The root's own file system has one staging folder, any other that is mounted below it has its own. */
  #stagingNear(folder: OpenFolder, path: string): [OpenFolder, string] {
    const { root } = this.#tree
    if (folder.stats.dev === root.stats.dev) return [root, '']
    return [folder, path.slice(0, Math.max(0, path.lastIndexOf('/')))]
  }

  #done(path: string): void {
    this.#files++
    this.#tell(path)
  }

  #tell(item: string): void {
    this.#options.onProgress({ files: this.#files, bytes: this.#bytes, item })
  }

  #throwIfAborted(): void {
    if (this.#options.signal.aborted) throw reasonOf(this.#options.signal)
  }
}

interface Placing {
  readonly path: string
  readonly folder: OpenFolder
  readonly name: string
  readonly entry: ReadableEntry
  readonly owner: Pick<Stats, 'uid' | 'gid'>
}

function dress(fd: number, { mode, modifiedAt }: ReadableEntry, { uid, gid }: Placing['owner']): void {
  const time = new Date(modifiedAt)
  if (process.getuid?.() === 0) fchownSync(fd, uid, gid)
  fchmodSync(fd, mode & fileBits)
  futimesSync(fd, time, time)
}

/** In an archive a database is one plain file; an application that had it in WAL mode finds it so again. */
function giveMode(fd: number, mode: FileMode | null, { modifiedAt }: ReadableEntry): void {
  if (mode !== 'wal') return
  const first = Buffer.alloc(20)
  setMode(first, mode)
  writeSync(fd, first, 18, 2, 18)
  const time = new Date(modifiedAt)
  futimesSync(fd, time, time)
}
