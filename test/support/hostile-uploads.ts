/** Archives that look as if they were ours: they have a manifest that fits, and one thing about them is a lie. */
import { createHash } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { type Part, rawZip } from '../hostile/archives/raw-zip.ts'

const mebibyte = 1024 * 1024
const text = Buffer.from('content\n')
const attributes = (mode: number) => (mode << 16) >>> 0

export const good: Part = { name: 'files/good.txt', content: text }

/** Bytes that hardly shrink, always the same. */
export function noise(length: number): Buffer {
  const pieces = Array.from({ length: Math.ceil(length / 32) }, (_, at) =>
    createHash('sha256').update(String(at)).digest(),
  )
  return Buffer.concat(pieces).subarray(0, length)
}

/** What the manifest says instead of the truth. */
export interface Lies {
  readonly head?: Readonly<Record<string, unknown>>
  readonly source?: Readonly<Record<string, unknown>>
  readonly sources?: readonly unknown[]
  readonly entries?: (truth: readonly ManifestLine[]) => readonly unknown[]
  /** The whole text. */
  readonly text?: Buffer
  /** Behind the manifest. */
  readonly last?: readonly Part[]
}

interface ManifestLine {
  readonly path: string
  readonly sizeBytes: number
  readonly sha256: string | null
}

/** A ZIP of these parts and their manifest. */
export function withManifest(parts: readonly Part[], lies: Lies = {}): Buffer {
  const content = lies.text ?? Buffer.from(manifestOf(parts, lies))
  return rawZip([...parts, { name: 'manifest.json', content }, ...(lies.last ?? [])])
}

function manifestOf(
  parts: readonly Part[],
  { head, source, sources, entries = (truth) => truth }: Lies,
): string {
  const about = {
    id: 'files',
    kind: 'directory',
    origin: '/srv/app',
    files: 1,
    bytes: 1,
    leftOut: [],
    details: {},
  }
  const fields = {
    formatVersion: 1,
    profileId: 'enterprise',
    createdAt: '2026-01-01T00:00:00.000Z',
    appVersion: '1.0.0',
    content: 'everything',
    sources: sources ?? [{ ...about, ...source }],
    ...head,
  }
  const lines = Object.entries(fields).map(
    ([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)},`,
  )
  const listed = entries(parts.map(lineOf)).map((line) => JSON.stringify(line))
  return `{\n${lines.join('\n')}\n"entries": [\n${listed.join(',\n')}\n]\n}\n`
}

/** As the directory has it, for that is what it is compared with first. */
function lineOf({ name = '', content = text, central }: Part): ManifestLine {
  const path = String(name).replace(/\/$/, '')
  const folder = String(name).endsWith('/')
  const sha256 = folder ? null : createHash('sha256').update(content).digest('hex')
  return { path, sizeBytes: central?.sizeBytes ?? content.length, sha256 }
}

const bad = (part: Part): readonly Part[] => [good, { name: 'files/bad.txt', ...part }]
const both = (lie: NonNullable<Part['local']>): Part => ({ local: lie, central: lie })
const other = '0'.repeat(64)

/** Every one is refused; `kind` says as what, or is the code of the error. */
export const hostileUploads: readonly {
  readonly name: string
  readonly kind: string
  readonly bytes: () => Buffer
}[] = [
  ...(
    [
      ['a path that climbs', bad({ name: 'files/../../outside.txt' })],
      ['a path that is absolute', bad({ name: '/etc/passwd' })],
      ['a device', bad({ attributes: attributes(0o060660) })],
      ['one path twice', [good, good]],
      [
        'a link and a file beneath it',
        [
          { name: 'files/link', attributes: attributes(0o120777), content: Buffer.from('/etc') },
          { name: 'files/link/passwd' },
        ],
      ],
      ['an entry that is encrypted', bad({ flags: 1 })],
      ['a size beyond what its bytes can become', bad(both({ sizeBytes: 4_000_000 }))],
      [
        'a bomb that states a small size',
        bad({ content: Buffer.alloc(20 * mebibyte), ...both({ sizeBytes: 1000 }) }),
      ],
      ['a checksum of something else', bad(both({ crc: 0x12345678 }))],
      ['something behind the end of DEFLATE', bad({ packed: Buffer.concat([deflateRawSync(text), text]) })],
      ['another name where it lies', bad({ local: { name: Buffer.from('files/eve.txt') } })],
      ['an entry that is not in the directory', bad({ onlyLocal: true })],
      ['something before an entry', bad({ before: Buffer.from('hidden') })],
    ] as const satisfies readonly (readonly [string, readonly Part[]])[]
  ).map(([name, parts]) => ({ name, kind: 'damaged-archive', bytes: () => withManifest(parts) })),
  ...(
    [
      ['a manifest with another hash', { entries: (all) => all.map((one) => ({ ...one, sha256: other })) }],
      ['a manifest without a hash', { entries: (all) => all.map((one) => ({ ...one, sha256: null })) }],
      ['a manifest with another size', { entries: (all) => all.map((one) => ({ ...one, sizeBytes: 1 })) }],
      ['a manifest that names less', { entries: () => [] }],
      [
        'a manifest that names more than there is',
        {
          entries: (all) => [
            ...all,
            ...Array.from({ length: 1000 }, (_, at) => ({ ...all[0], path: `files/${at}` })),
          ],
        },
      ],
      ['an entry of no source', { source: { id: 'others' } }],
      ['a source of no kind', { source: { kind: 'shell' } }],
      ['a source that comes from nowhere', { source: { origin: '../../etc' } }],
      ['counts that are none', { source: { leftOutMore: { excluded: -1 } } }],
      [
        'sizes that add up to more than a number can be',
        { source: { leftOutMore: { excluded: 2 ** 53 - 1, vanished: 7 } } },
      ],
      ['details longer than a page', { source: { details: { text: 'x'.repeat(3 * mebibyte) } } }],
      ['a manifest that is no JSON', { text: Buffer.from('{') }],
      ['a manifest of one endless line', { text: Buffer.alloc(80 * mebibyte, ' ') }],
      ['a date that is none', { head: { createdAt: 'yesterday' } }],
    ] as const satisfies readonly (readonly [string, Lies])[]
  ).map(([name, lies]) => ({
    name,
    kind: 'damaged-archive',
    bytes: () => withManifest([good], lies as Lies),
  })),
  {
    name: 'a manifest that is not the last',
    kind: 'no-manifest',
    bytes: () => withManifest([good], { last: [{ name: 'files/x' }] }),
  },
  {
    name: 'a manifest that is a link',
    kind: 'no-manifest',
    bytes: () => rawZip([good, { name: 'manifest.json', attributes: attributes(0o120777) }]),
  },
  { name: 'no manifest', kind: 'no-manifest', bytes: () => rawZip([good]) },
  { name: 'nothing at all', kind: 'no-manifest', bytes: () => rawZip([]) },
  {
    name: 'a manifest of a later version',
    kind: 'newer-format',
    bytes: () => withManifest([good], { head: { formatVersion: 2 } }),
  },
  { name: 'no bytes', kind: 'empty', bytes: () => Buffer.alloc(0) },
  { name: 'a database', kind: 'not-an-archive', bytes: () => Buffer.from('SQLite format 3\0'.repeat(100)) },
  {
    name: 'a program before the archive',
    kind: 'not-an-archive',
    bytes: () => Buffer.concat([Buffer.from('#!/bin/sh\n'), withManifest([good])]),
  },
  { name: 'its end cut off', kind: 'damaged-archive', bytes: () => withManifest([good]).subarray(0, -30) },
]
