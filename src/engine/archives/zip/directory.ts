const blockBytes = 64 * 1024

/** The headers that go to the end of an archive, close together: there may be a million of them. */
export class Directory {
  readonly #blocks: Buffer[] = []
  #used = 0
  entries = 0
  bytes = 0

  add(header: Buffer): void {
    const last = this.#blocks.at(-1)
    if (last === undefined || this.#used + header.length > last.length) this.#begin(header)
    else this.#used += header.copy(last, this.#used)
    this.entries++
    this.bytes += header.length
  }

  *blocks(): Iterable<Buffer> {
    const last = this.#blocks.length - 1
    for (const [index, block] of this.#blocks.entries())
      yield index === last ? block.subarray(0, this.#used) : block
  }

  #begin(header: Buffer): void {
    const last = this.#blocks.at(-1)
    if (last !== undefined) this.#blocks[this.#blocks.length - 1] = last.subarray(0, this.#used)
    const block = Buffer.allocUnsafeSlow(Math.max(blockBytes, header.length))
    this.#used = header.copy(block)
    this.#blocks.push(block)
  }
}
