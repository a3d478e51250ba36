import { linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import type { Recorded } from './shim/log.ts'

/** What a disk without power may do with one thing that was written and not synced. Numbers from 0 to 1. */
export type Dice = () => number

interface File {
  /** What a sync has put on the disk. */
  durable: Buffer
  pending: Change[]
}

type Change = { readonly at: number; readonly data: Buffer } | { readonly size: number }

interface Folder {
  readonly durable: Map<string, Thing>
  pending: Naming[]
}

type Thing = File | Folder

/** Names that appear and vanish at once, in one or two folders. */
interface Naming {
  readonly steps: readonly { readonly folder: Folder; readonly name: string; readonly thing: Thing | null }[]
}

const isFolder = (thing: Thing): thing is Folder => 'durable' in thing && thing.durable instanceof Map

/** Memory that SQLite shares; it is worth nothing after a power cut. */
const isShared = (path: string) => path.endsWith('-shm')

/**
 * A disk that keeps apart what is on it for certain and what is only on its way. A file's data is certain when the
 * file was synced, a name when its folder was. A rename is one step also between two folders.
 */
export class Disk {
  readonly #root: string
  readonly #top: Folder
  /** As running programs see it. */
  readonly #things = new Map<number, Thing>()
  readonly #now = new Map<string, Thing>()

  constructor(root: string) {
    this.#root = root
    this.#top = this.#load(root) as Folder
  }

  #load(path: string): Thing {
    const stats = lstatSync(path)
    const thing: Thing = stats.isDirectory()
      ? { durable: new Map(), pending: [] }
      : { durable: readFileSync(path), pending: [] }
    this.#things.set(stats.ino, thing)
    this.#now.set(path, thing)
    if (!isFolder(thing)) return thing
    for (const name of readdirSync(path)) {
      if (!isShared(name)) thing.durable.set(name, this.#load(join(path, name)))
    }
    return thing
  }

  apply(done: Recorded): void {
    if (isShared(done.path)) return
    const { kind, path, target } = done
    if (kind === 'create') this.#make(done, { durable: Buffer.alloc(0), pending: [] })
    else if (kind === 'mkdir') this.#make(done, { durable: new Map(), pending: [] })
    else if (kind === 'unlink' || kind === 'rmdir') this.#name([[path, null]])
    else if (kind === 'link') this.#name([[target, this.#at(path)]])
    else if (kind === 'rename')
      this.#name([
        [path, null],
        [target, this.#at(path)],
      ])
    else if (kind === 'sync') this.#sync(done)
    else if (kind === 'write') this.#change(done, { at: done.offset, data: Buffer.from(done.data) })
    else if (kind === 'truncate') this.#change(done, { size: done.offset })
    else if (kind !== 'mode') throw new Error(`${kind} can't be replayed`)
  }

  /**
   * Puts one of the states that a power cut may leave now into an empty folder. `luck` is the share of what was not
   * synced that is kept: at 0 nothing, at 1 everything.
   */
  crash(folder: string, dice: Dice, luck: number): void {
    const kept = new Set<Naming>()
    const seen = new Set<Naming>()
    for (const thing of new Set(this.#things.values())) {
      if (!isFolder(thing)) continue
      for (const naming of thing.pending) {
        if (seen.has(naming)) continue
        seen.add(naming)
        if (dice() < luck) kept.add(naming)
      }
    }
    write(this.#top, folder, { kept, luck, dice, written: new Map() })
  }

  #make(done: Recorded, thing: Thing): void {
    this.#things.set(done.inode, thing)
    this.#name([[done.path, thing]])
  }

  #name(names: readonly (readonly [string, Thing | null])[]): void {
    const naming: Naming = {
      steps: names.map(([path, thing]) => ({ folder: this.#folderOf(path), name: basename(path), thing })),
    }
    for (const { folder } of naming.steps) if (!folder.pending.includes(naming)) folder.pending.push(naming)
    for (const [path, thing] of names) {
      if (thing === null) this.#now.delete(path)
      else this.#now.set(path, thing)
    }
  }

  #sync({ inode }: Recorded): void {
    const thing = this.#things.get(inode)
    if (thing === undefined) throw new Error(`an unknown file was synced: ${inode}`)
    if (isFolder(thing)) for (const naming of [...thing.pending]) settle(naming)
    else {
      thing.durable = thing.pending.reduce((bytes, change) => changed(bytes, change), thing.durable)
      thing.pending = []
    }
  }

  #change({ inode, path }: Recorded, change: Change): void {
    const file = this.#things.get(inode)
    if (file === undefined || isFolder(file)) throw new Error(`${path} is no known file`)
    file.pending.push(change)
  }

  #at(path: string): Thing {
    const thing = this.#now.get(path)
    if (thing === undefined) throw new Error(`${path} is not known`)
    return thing
  }

  #folderOf(path: string): Folder {
    if (relative(this.#root, path).startsWith('..')) throw new Error(`${path} is outside`)
    const thing = this.#at(dirname(path))
    if (!isFolder(thing)) throw new Error(`${path} lies in no folder`)
    return thing
  }
}

/** Makes a naming certain; what was on its way for the same names before is overtaken. */
function settle(naming: Naming): void {
  for (const { folder, name, thing } of naming.steps) {
    if (thing === null) folder.durable.delete(name)
    else folder.durable.set(name, thing)
    const end = folder.pending.indexOf(naming)
    folder.pending = folder.pending.filter(
      (other, index) => other !== naming && !(index < end && concernsOnly(other, folder, name)),
    )
  }
}

const concernsOnly = ({ steps }: Naming, folder: Folder, name: string) =>
  steps.every((step) => step.folder === folder && step.name === name)

interface Chance {
  /** Where a file lies already: a second name becomes a hard link. */
  readonly written: Map<File, string>
  readonly kept: ReadonlySet<Naming>
  readonly luck: number
  readonly dice: Dice
}

function write(folder: Folder, path: string, chance: Chance): void {
  mkdirSync(path, { recursive: true })
  const names = new Map(folder.durable)
  for (const naming of folder.pending) {
    if (!chance.kept.has(naming)) continue
    for (const step of naming.steps) {
      if (step.folder !== folder) continue
      if (step.thing === null) names.delete(step.name)
      else names.set(step.name, step.thing)
    }
  }
  for (const [name, thing] of names) {
    if (isFolder(thing)) write(thing, join(path, name), chance)
    else writeFileOrLink(thing, join(path, name), chance)
  }
}

function writeFileOrLink(file: File, path: string, chance: Chance): void {
  const other = chance.written.get(file)
  if (other === undefined) writeFileSync(path, contentAfter(file, chance))
  else linkSync(other, path)
  chance.written.set(file, path)
}

const sectorBytes = 512

/** Each write may be lost, whole, torn between two sectors, or have given the file its length without its data. */
function contentAfter(file: File, { luck, dice }: Chance): Buffer {
  let bytes = file.durable
  for (const change of file.pending) {
    if (dice() >= luck) continue
    if ('size' in change || luck === 1 || dice() < 0.6) bytes = changed(bytes, change)
    else bytes = changed(bytes, torn(change, dice))
  }
  return bytes
}

function torn({ at, data }: { readonly at: number; readonly data: Buffer }, dice: Dice): Change {
  if (dice() < 0.4) return { at, data: Buffer.alloc(data.length) }
  const sectors = Math.ceil(data.length / sectorBytes)
  const cut = sectors > 1 ? Math.floor(dice() * sectors) * sectorBytes : Math.floor(dice() * data.length)
  return dice() < 0.5 ? { at, data: data.subarray(0, cut) } : { at: at + cut, data: data.subarray(cut) }
}

function changed(bytes: Buffer, change: Change): Buffer {
  const size = 'size' in change ? change.size : Math.max(bytes.length, change.at + change.data.length)
  const result = Buffer.alloc(size)
  bytes.copy(result)
  if ('data' in change) change.data.copy(result, change.at)
  return result
}
