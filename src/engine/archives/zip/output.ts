import type { Transform } from 'node:stream'
import type { ArchiveFile } from './archive-file.ts'

/** The way into the file, through archiver's stream. One at a time may use it. */
export class Output {
  readonly #archive: Transform
  readonly #file: ArchiveFile
  #position = 0

  constructor(archive: Transform, file: ArchiveFile) {
    this.#archive = archive
    this.#file = file
  }

  /** Where what is written next will lie. */
  get position(): number {
    return this.#position
  }

  /** Resolves when there is room for more. */
  async write(bytes: Buffer): Promise<void> {
    if (this.#file.destroyed) throw closed()
    this.#position += bytes.length
    if (!this.#archive.write(bytes)) await this.#room()
  }

  async overwrite(bytes: Buffer, position: number): Promise<void> {
    await this.#file.arrived(position + bytes.length)
    await this.#file.overwrite(bytes, position)
  }

  /** Removes everything from `position` on. */
  async takeBack(position: number): Promise<void> {
    if (position === this.#position) return
    await this.#file.arrived(this.#position)
    await this.#file.takeBack(position)
    this.#position = position
  }

  end(): void {
    this.#archive.end()
  }

  #room(): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => () => {
        this.#archive.off('drain', onDrain)
        this.#file.off('close', onClose)
        act()
      }
      const onDrain = settle(resolve)
      const onClose = settle(() => reject(closed()))
      this.#archive.on('drain', onDrain)
      this.#file.on('close', onClose)
    })
  }
}

const closed = () => new Error('The archive was closed')
