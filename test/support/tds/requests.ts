/** What a client asks: [MS-TDS] 2.2.6. */

export interface Login {
  readonly user: string
  readonly password: string
  readonly database: string
  readonly application: string
}

export interface Request {
  readonly text: string
  readonly parameters: Readonly<Record<string, string>>
  readonly how: 'batch' | 'rpc'
}

/** Encryption as a PRELOGIN says it: 0 off, 1 on, 2 not supported, 3 required. */
export function readEncryption(data: Buffer): number {
  for (let at = 0; data[at] !== 0xff && at + 5 <= data.length; at += 5)
    if (data[at] === 1) return data[data.readUInt16BE(at + 1)]!
  throw new Error('A PRELOGIN without a word on encryption')
}

export function readLogin(data: Buffer): Login {
  const text = (at: number) => bytesAt(data, at).toString('utf16le')
  return {
    user: text(40),
    password: unscramble(bytesAt(data, 44)),
    application: text(48),
    database: text(68),
  }
}

function bytesAt(data: Buffer, at: number): Buffer {
  const from = data.readUInt16LE(at)
  return data.subarray(from, from + data.readUInt16LE(at + 2) * 2)
}

function unscramble(bytes: Buffer): string {
  const plain = bytes.map((byte) => {
    const turned = byte ^ 0xa5
    return ((turned & 0x0f) << 4) | (turned >> 4)
  })
  return Buffer.from(plain).toString('utf16le')
}

export function readBatch(data: Buffer): Request {
  return { text: afterHeaders(data).toString('utf16le'), parameters: {}, how: 'batch' }
}

const afterHeaders = (data: Buffer) => data.subarray(data.readUInt32LE(0))

const executeSql = 10

/** `sp_executesql`, the only procedure that there is: statement, declarations, values by name. */
export function readRpc(data: Buffer): Request {
  const reader = new ParameterReader(afterHeaders(data))
  const procedure = reader.procedure()
  if (procedure !== executeSql && procedure !== 'sp_executesql')
    throw new Error(`The procedure ${procedure} is not there`)
  const [statement, , ...values] = reader.parameters()
  const parameters = values.map(({ name, value }) => [name.replace('@', ''), String(value)])
  return { text: String(statement?.value), parameters: Object.fromEntries(parameters), how: 'rpc' }
}

interface Parameter {
  readonly name: string
  readonly value: string | number | null
}

class ParameterReader {
  #at = 0
  readonly #data: Buffer

  constructor(data: Buffer) {
    this.#data = data
  }

  procedure(): string | number {
    const length = this.#u16()
    const name = length === 0xffff ? this.#u16() : this.#take(length * 2).toString('utf16le')
    this.#u16()
    return name
  }

  parameters(): readonly Parameter[] {
    const found: Parameter[] = []
    while (this.#at < this.#data.length) {
      const name = this.#take(this.#u8() * 2).toString('utf16le')
      this.#u8()
      found.push({ name, value: this.#value() })
    }
    return found
  }

  #value(): string | number | null {
    const type = this.#u8()
    if (type === 0x26) {
      this.#u8()
      const bytes = this.#take(this.#u8())
      return bytes.length === 0 ? null : bytes.readIntLE(0, Math.min(bytes.length, 6))
    }
    if (type === 0x63) {
      this.#take(4 + 5)
      return this.#take(this.#u32()).toString('utf16le')
    }
    if (type === 0xe7) {
      const max = this.#u16()
      this.#take(5)
      return max === 0xffff ? this.#chunks() : this.#short()
    }
    throw new Error(`A parameter of type 0x${type.toString(16)}`)
  }

  #short(): string | null {
    const length = this.#u16()
    return length === 0xffff ? null : this.#take(length).toString('utf16le')
  }

  /** `nvarchar(max)`: a length that may be unknown, then pieces up to an empty one. */
  #chunks(): string {
    this.#take(8)
    const parts: Buffer[] = []
    for (let length = this.#u32(); length > 0; length = this.#u32()) parts.push(this.#take(length))
    return Buffer.concat(parts).toString('utf16le')
  }

  #take(length: number): Buffer {
    this.#at += length
    return this.#data.subarray(this.#at - length, this.#at)
  }
  #u8 = () => this.#take(1).readUInt8()
  #u16 = () => this.#take(2).readUInt16LE()
  #u32 = () => this.#take(4).readUInt32LE()
}
