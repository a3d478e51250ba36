import { existsSync, readFileSync } from 'node:fs'
import { type Kind, kinds } from './shim.ts'

/** One operation as the shim wrote it down. */
export interface Recorded {
  /** As the shim counted. */
  readonly number: number
  readonly kind: Kind
  readonly path: string
  /** The new name of a rename or link. */
  readonly target: string
  readonly inode: number
  /** Of a write, or the new size. */
  readonly offset: number
  readonly data: Buffer
}

const names = Object.fromEntries(Object.entries(kinds).map(([name, number]) => [number, name as Kind]))
const headBytes = 40

export function readLog(file: string): readonly Recorded[] {
  if (!existsSync(file)) return []
  const bytes = readFileSync(file)
  const recorded: Recorded[] = []
  for (let at = 0; at < bytes.length; ) {
    const [kind, number, first, second, third] = [0, 1, 2, 3, 4].map((index) =>
      bytes.readUInt32LE(at + 4 * index),
    )
    const text = (from: number, length: number) => bytes.toString('utf8', from, from + length)
    const paths = at + headBytes
    const data = paths + first! + second!
    recorded.push({
      number: number!,
      kind: names[kind!]!,
      path: text(paths, first!),
      target: text(paths + first!, second!),
      inode: Number(bytes.readBigUInt64LE(at + 24)),
      offset: Number(bytes.readBigUInt64LE(at + 32)),
      data: bytes.subarray(data, data + third!),
    })
    at = data + third!
  }
  return recorded
}
