/** Messages of the Tabular Data Stream, [MS-TDS] 2.2.3: packets with a header of eight bytes. */
export const packetType = {
  batch: 0x01,
  rpc: 0x03,
  response: 0x04,
  attention: 0x06,
  login: 0x10,
  prelogin: 0x12,
} as const

export interface Message {
  readonly type: number
  readonly data: Buffer
}

const headerBytes = 8
const lastOfMessage = 0x01
/** What a server and a client begin with; neither asks for another. */
export const packetBytes = 4096

/** Puts messages together from what arrives. */
export class MessageReader {
  #bytes: Buffer = Buffer.alloc(0)
  #parts: Buffer[] = []

  /** Whether a packet is complete so far. */
  get atBoundary(): boolean {
    return this.#bytes.length === 0
  }

  push(chunk: Buffer): readonly Message[] {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    const messages: Message[] = []
    while (this.#bytes.length >= headerBytes) {
      const length = this.#bytes.readUInt16BE(2)
      if (length < headerBytes) throw new Error(`A packet of ${length} bytes`)
      if (this.#bytes.length < length) break
      const [type, status] = [this.#bytes[0]!, this.#bytes[1]!]
      this.#parts.push(this.#bytes.subarray(headerBytes, length))
      this.#bytes = this.#bytes.subarray(length)
      if ((status & lastOfMessage) === 0) continue
      messages.push({ type, data: Buffer.concat(this.#parts) })
      this.#parts = []
    }
    return messages
  }
}

/** The packets of a message, or of a part of one when it goes on. */
export function packets(type: number, data: Buffer, { last }: { readonly last: boolean }): Buffer {
  const room = packetBytes - headerBytes
  const count = Math.max(1, Math.ceil(data.length / room))
  return Buffer.concat(
    Array.from({ length: count }, (_, index) => {
      const part = data.subarray(index * room, (index + 1) * room)
      const header = Buffer.alloc(headerBytes)
      header[0] = type
      header[1] = last && index === count - 1 ? lastOfMessage : 0
      header.writeUInt16BE(part.length + headerBytes, 2)
      header[6] = (index + 1) & 0xff
      return Buffer.concat([header, part])
    }),
  )
}
