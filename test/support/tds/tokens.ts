/** What a server answers: [MS-TDS] 2.2.7, tokens one after the other. */

const u8 = (value: number) => Buffer.from([value])
const u16 = (value: number) => bytes(2, (buffer) => buffer.writeUInt16LE(value))
const u32 = (value: number) => bytes(4, (buffer) => buffer.writeUInt32LE(value))
const i32 = (value: number) => bytes(4, (buffer) => buffer.writeInt32LE(value))
const u64 = (value: number) => bytes(8, (buffer) => buffer.writeBigUInt64LE(BigInt(value)))
const wide = (text: string) => Buffer.from(text, 'utf16le')
/** With its number of characters in one byte, or in two. */
const short = (text: string) => Buffer.concat([u8(text.length), wide(text)])
const long = (text: string) => Buffer.concat([u16(text.length), wide(text)])

function bytes(length: number, write: (buffer: Buffer) => unknown): Buffer {
  const buffer = Buffer.alloc(length)
  write(buffer)
  return buffer
}

function counted(token: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([u8(token), u16(content.length), content])
}

/** SQL_Latin1_General_CP1_CI_AS. */
const collation = Buffer.from([0x09, 0x04, 0xd0, 0x00, 0x34])

export interface ServerMessage {
  readonly number: number
  readonly message: string
  /** Up to 10 it is information, above an error. */
  readonly severity: number
  readonly state?: number
}

export function messageToken({ number, message, severity, state = 1 }: ServerMessage): Buffer {
  const token = severity > 10 ? 0xaa : 0xab
  return counted(
    token,
    i32(number),
    u8(state),
    u8(severity),
    long(message),
    short('TDS-TEST'),
    short(''),
    u32(1),
  )
}

export function loginTokens(database: string, packetBytes: number): Buffer {
  const change = (type: number, now: string, before: string) =>
    counted(0xe3, u8(type), short(now), short(before))
  const program = 'Microsoft SQL Server'
  return Buffer.concat([
    change(1, database, 'master'),
    counted(0xe3, u8(7), u8(collation.length), collation, u8(0)),
    change(2, 'us_english', ''),
    counted(0xad, u8(1), Buffer.from([0x74, 0, 0, 4]), short(program), Buffer.from([16, 0, 0x10, 0x55])),
    change(4, String(packetBytes), String(packetBytes)),
    done(),
  ])
}

const doneToken = { batch: 0xfd, procedure: 0xfe, inProcedure: 0xff } as const

export interface DoneOptions {
  readonly of?: keyof typeof doneToken
  readonly more?: boolean
  readonly failed?: boolean
  readonly attention?: boolean
  readonly rows?: number
}

export function done({ of = 'batch', more, failed, attention, rows }: DoneOptions = {}): Buffer {
  const status =
    (more ? 0x01 : 0) | (failed ? 0x02 : 0) | (rows === undefined ? 0 : 0x10) | (attention ? 0x20 : 0)
  return Buffer.concat([u8(doneToken[of]), u16(status), u16(0xc1), u64(rows ?? 0)])
}

export const returnStatus = (value: number): Buffer => Buffer.concat([u8(0x79), i32(value)])

/** As the server sends them: `numeric(25,0)` for sizes, `bit`, `datetime`, `int`, `bigint`, `nvarchar`. */
export type ColumnType = 'text' | 'int' | 'bigint' | 'bit' | 'datetime' | 'numeric'
export type Value = string | number | boolean | Date | null

export interface Table {
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[]
  readonly rows: readonly (readonly Value[])[]
}

const typeInfo: Readonly<Record<ColumnType, Buffer>> = {
  text: Buffer.concat([u8(0xe7), u16(8000), collation]),
  int: Buffer.from([0x26, 4]),
  bigint: Buffer.from([0x26, 8]),
  bit: Buffer.from([0x68, 1]),
  datetime: Buffer.from([0x6f, 8]),
  numeric: Buffer.from([0x6c, 13, 25, 0]),
}

export function tableTokens({ columns, rows }: Table): Buffer {
  const nullable = u16(1)
  const head = columns.map(({ name, type }) => Buffer.concat([u32(0), nullable, typeInfo[type], short(name)]))
  return Buffer.concat([
    u8(0x81),
    u16(columns.length),
    ...head,
    ...rows.flatMap((row) => [u8(0xd1), ...row.map((value, index) => cell(columns[index]!.type, value))]),
  ])
}

function cell(type: ColumnType, value: Value): Buffer {
  if (value === null) return type === 'text' ? u16(0xffff) : u8(0)
  if (type === 'text') return Buffer.concat([u16(String(value).length * 2), wide(String(value))])
  if (type === 'datetime') return Buffer.concat([u8(8), dateTime(value as Date)])
  if (type === 'bit') return Buffer.from([1, value ? 1 : 0])
  if (type === 'int') return Buffer.concat([u8(4), i32(Number(value))])
  if (type === 'bigint') return Buffer.concat([u8(8), u64(Number(value))])
  return Buffer.concat([u8(13), u8(1), u64(Number(value)), u32(0)])
}

/** Days since 1900 and three-hundredths of a second. */
function dateTime(value: Date): Buffer {
  const since = value.getTime() - Date.UTC(1900, 0, 1)
  const days = Math.floor(since / 86_400_000)
  return Buffer.concat([i32(days), u32(Math.round(((since - days * 86_400_000) * 3) / 10))])
}
