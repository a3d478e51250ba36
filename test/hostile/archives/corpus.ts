/** Archives that were made to do harm, by name. */
import { crc32, deflateRawSync } from 'node:zlib'
import { descriptor, extraField, type Part, rawZip, unixFile, wide, zip64End } from './raw-zip.ts'

/** `open`: refused as a whole. `read`: its entry is refused when it is read. `fine`: unusual, and no harm in it. */
export type Verdict = 'open' | 'read' | 'fine'

export interface HostileArchive {
  readonly name: string
  readonly verdict: Verdict
  readonly bytes: () => Buffer
}

const mebibyte = 1024 * 1024
const good: Part = { name: 'app/good.txt' }
const text = Buffer.from('content\n')
const packedText = deflateRawSync(text)
const attributes = (mode: number) => (mode << 16) >>> 0
const dos = 0
/** What stands in the end for "see the ZIP64 end". */
const saturated = { entries: 0xffff, entriesHere: 0xffff, bytes: 0xffffffff, position: 0xffffffff }

const named = (name: string, bad: string | Buffer, more: Part = {}): HostileArchive => ({
  name: `a path that ${name}`,
  verdict: 'open',
  bytes: () => rawZip([good, { ...more, name: bad }]),
})

const one = (name: string, part: Part, verdict: Verdict = 'open'): HostileArchive => ({
  name,
  verdict,
  bytes: () => rawZip([good, { name: 'app/bad.txt', ...part }, { name: 'app/last.txt' }]),
})

const ended = (
  name: string,
  end: Parameters<typeof rawZip>[1],
  verdict: Verdict = 'open',
): HostileArchive => ({
  name,
  verdict,
  bytes: () => rawZip([good, { name: 'app/other.txt' }], end),
})

const whole = (name: string, bytes: () => Buffer, verdict: Verdict = 'open'): HostileArchive => ({
  name,
  verdict,
  bytes,
})

const paths = [
  named('is absolute', '/etc/passwd'),
  named('climbs', '../outside.txt'),
  named('climbs from within', 'app/../../outside.txt'),
  named('climbs at its end', 'app/..'),
  named('climbs with backslashes', '..\\outside.txt'),
  named('has a backslash', 'app\\file.txt'),
  named('names a drive', 'C:/outside.txt'),
  named('names a drive without a slash', 'c:outside.txt'),
  named('is a share', '//server/share/file'),
  named('has a null byte', 'app/file.txt\0.png'),
  named('is empty', ''),
  named('is a slash', '/'),
  named('is a dot', '.'),
  named('has an empty part', 'app//file.txt'),
  named('has a dot for a part', 'app/./file.txt'),
  named('is longer than any system takes', `app/${'d/'.repeat(2100)}f`),
  named('is no UTF-8 and says so', Buffer.from([0x61, 0xff, 0xfe, 0x2f, 0x62]), { flags: 0x0800 }),
  named('is no UTF-8', Buffer.from([0x61, 0xff, 0xfe, 0x2f, 0x62]), { flags: 0 }),
  named('has letters and does not say which', Buffer.from('app/ü.txt'), { flags: 0 }),
  named('is overlong UTF-8 for dots', Buffer.from([0xc0, 0xae, 0xc0, 0xae, 0x2f, 0x78]), { flags: 0x0800 }),
  named('is half a pair', Buffer.from([0x61, 0xed, 0xa0, 0x80]), { flags: 0x0800 }),
  named('has another one in its extra field', 'app/bad.txt', {
    central: {
      extra: extraField(0x7075, Buffer.concat([Buffer.from([1]), crcOf('app/bad.txt'), Buffer.from('../x')])),
    },
  }),
]

const kinds = [
  one('a device', { attributes: attributes(0o060660) }),
  one('a character device', { attributes: attributes(0o020666) }),
  one('a pipe', { attributes: attributes(0o010644) }),
  one('a socket', { attributes: attributes(0o140755) }),
  one('a device that says it was made on DOS', { attributes: attributes(0o060660), versionMadeBy: dos }),
  one('a type that nobody knows', { attributes: attributes(0o170644) }),
  one('a folder by its mode and a file by its name', { attributes: attributes(0o040755) }),
  one('a folder by its name and a file by its mode', { name: 'app/bad/', content: Buffer.alloc(0) }),
  one('a folder of DOS that is a file by its name', { attributes: 0x10, versionMadeBy: dos }),
  one('a folder with content', { name: 'app/bad/', attributes: attributes(0o040755) }),
  one('a link that leads nowhere', { attributes: attributes(0o120777), content: Buffer.alloc(0), method: 0 }),
  one('a link with a target of a mebibyte', {
    attributes: attributes(0o120777),
    content: Buffer.alloc(mebibyte, 'a'),
  }),
  whole('a link and a file beneath it', () =>
    rawZip([
      { name: 'app/link', attributes: attributes(0o120777), content: Buffer.from('/etc') },
      { name: 'app/link/passwd' },
    ]),
  ),
  whole('a file beneath what becomes a link later', () =>
    rawZip([
      { name: 'app/link/passwd' },
      { name: 'app/link', attributes: attributes(0o120777), content: Buffer.from('/etc') },
    ]),
  ),
  whole('a file beneath a file', () => rawZip([good, { name: 'app/good.txt/more' }])),
  one(
    'a link that climbs, which is told as a link',
    {
      ...{ name: 'app/link', attributes: attributes(0o120777), content: Buffer.from('../../etc/passwd') },
    },
    'fine',
  ),
]

const doubles = [
  whole('one path twice', () => rawZip([good, { ...good, content: Buffer.from('other') }])),
  whole('one path as a file and as a folder', () =>
    rawZip([
      good,
      { name: 'app/good.txt/', attributes: attributes(0o040755), content: Buffer.alloc(0), method: 0 },
    ]),
  ),
  whole('one local entry twice in the directory', () =>
    rawZip([good, { name: 'app/second.txt', onlyCentral: true, central: { position: 0 } }]),
  ),
  whole('two entries that overlap', () => {
    const inner = rawZip([{ name: 'app/inner.txt' }])
    const at = 30 + 'app/outer.bin'.length
    return rawZip([
      { name: 'app/outer.bin', method: 0, content: inner },
      { name: 'app/inner.txt', onlyCentral: true, central: { position: at } },
    ])
  }),
  whole('entries that share one bomb', () => {
    const bomb = { content: Buffer.alloc(mebibyte) }
    return rawZip([
      { name: 'app/0', ...bomb },
      ...Array.from({ length: 200 }, (_, index) => ({
        ...{ name: `app/${index + 1}`, ...bomb, onlyCentral: true, central: { position: 0 } },
      })),
    ])
  }),
  whole(
    'names that differ in their Unicode form only',
    () => rawZip([{ name: 'app/\u00e9' }, { name: 'app/e\u0301' }]),
    'fine',
  ),
]

const sizes = [
  one(
    'a bomb that states a small size',
    { content: Buffer.alloc(20 * mebibyte), ...both({ sizeBytes: 1000 }) },
    'read',
  ),
  one(
    'a large bomb that states one byte less',
    {
      content: Buffer.alloc(20 * mebibyte),
      ...both({ sizeBytes: 20 * mebibyte - 1 }),
    },
    'read',
  ),
  one('a size beyond what its bytes can become', both({ sizeBytes: 4_000_000 })),
  one('more bytes stated than there are', both({ sizeBytes: text.length + 1 }), 'read'),
  one('fewer bytes stated than there are', both({ sizeBytes: text.length - 1 }), 'read'),
  one('a size of nothing', both({ sizeBytes: 0 }), 'read'),
  one('stored, with two sizes', { method: 0, ...both({ sizeBytes: 7 }) }),
  one('stored, with a size up to the end of the file', {
    method: 0,
    central: { compressedBytes: 1e9, sizeBytes: 1e9 },
  }),
  one('sizes beyond the limit', {
    ...both({ compressedBytes: 0xfffffffe, sizeBytes: 0xfffffffe }),
  }),
  one('a size that a number of JavaScript can’t hold', {
    central: { sizeBytes: 0xffffffff, extra: extraField(1, wide(2n ** 63n)) },
  }),
  one('a ZIP64 size that is missing', { central: { sizeBytes: 0xffffffff } }),
  one('a ZIP64 field that is cut off', {
    central: { sizeBytes: 0xffffffff, extra: extraField(1, Buffer.alloc(4)) },
  }),
  one('a ZIP64 field twice', {
    central: {
      ...{ sizeBytes: 0xffffffff },
      extra: Buffer.concat([extraField(1, wide(text.length)), extraField(1, wide(999))]),
    },
  }),
  one('an extra field longer than its room', { central: { extra: Buffer.from([1, 0, 255, 0, 0]) } }),
]

const contents = [
  one('a checksum of something else', both({ crc: 0x12345678 }), 'read'),
  one('bytes that are no DEFLATE', { packed: Buffer.from('this is not packed at all') }, 'read'),
  one('DEFLATE that ends too early', { packed: packedText.subarray(0, 5) }, 'read'),
  one(
    'something behind the end of DEFLATE',
    { packed: Buffer.concat([packedText, Buffer.from('hidden')]) },
    'read',
  ),
  one('encrypted', { flags: 1 }),
  one('strongly encrypted', { flags: 0x41 }),
  one('a directory that is encrypted', { flags: 0x2000 }),
  one('a patch', { flags: 0x20 }),
  one('packed with Deflate64', { method: 9, packed: packedText }),
  one('packed with LZMA', { method: 14, packed: packedText }),
  one('packed in a way that nobody knows', { method: 1234, packed: packedText }),
]

const disagreements = [
  one('another name where it lies', { local: { name: Buffer.from('app/eve.txt') } }),
  one('a climbing name where it lies', { local: { name: Buffer.from('../ad.txt.x') } }),
  one('another method where it lies', { local: { method: 0 } }),
  one('other flags where it lies', { local: { flags: 0x0800 } }),
  one('another size where it lies', { local: { sizeBytes: 3 } }),
  one('another packed size where it lies', { local: { compressedBytes: 3 } }),
  one('another checksum where it lies', { local: { crc: 1 } }),
  one('no local header where it should lie', { central: { position: 7 } }),
  one('a position beyond the end', { central: { position: 0x7fffffff } }),
  one('a descriptor that lies', {
    ...{ flags: 8, local: { crc: 0, compressedBytes: 0, sizeBytes: 0 }, behind: descriptor(1, 2, 3) },
  }),
  one('a descriptor that is missing', { flags: 8, local: { crc: 0, compressedBytes: 0, sizeBytes: 0 } }),
  one(
    'a descriptor without its signature, which is allowed',
    {
      ...{ flags: 8, local: { crc: 0, compressedBytes: 0, sizeBytes: 0 } },
      behind: descriptor(crc32(text), packedText.length, text.length, false),
    },
    'fine',
  ),
  one('a descriptor that was not announced', {
    behind: descriptor(crc32(text), packedText.length, text.length),
  }),
]

const hidden = [
  one('something before an entry', { before: Buffer.from('hidden') }),
  one('something behind an entry', { behind: Buffer.from('hidden') }),
  one('an entry that is not in the directory', { onlyLocal: true }),
  one('an entry that is only in the directory', { onlyCentral: true }),
  whole('a program before the archive', () => Buffer.concat([Buffer.from('#!/bin/sh\n'), rawZip([good])])),
  whole('an archive behind another one', () => Buffer.concat([rawZip([good]), rawZip([{ name: 'app/x' }])])),
  ended('something behind its end', () => ({ behind: Buffer.from('hidden') })),
  ended('something between directory and end', () => ({ before: Buffer.from('hidden') })),
]

const ends = [
  ended('a second end in its comment', () => ({ comment: rawZip([]) })),
  ended('a comment that holds the signature of an end', () => ({
    comment: Buffer.from('PK\x05\x06 and more than that, so much more', 'latin1'),
  })),
  ended('a comment, which is allowed', () => ({ comment: Buffer.from('a comment') }), 'fine'),
  ended('more entries than it has', ({ entries }) => ({ entries: entries + 1, entriesHere: entries + 1 })),
  ended('fewer entries than it has', ({ entries }) => ({ entries: entries - 1, entriesHere: entries - 1 })),
  ended('no entries, and a directory', () => ({ entries: 0, entriesHere: 0 })),
  ended('65,534 entries in a directory of two', () => ({ entries: 65534, entriesHere: 65534 })),
  ended('two counts of entries', ({ entries }) => ({ entriesHere: entries - 1 })),
  ended('another disk', () => ({ disk: 1, directoryDisk: 1 })),
  ended('a directory that begins elsewhere', ({ position }) => ({ position: position - 1 })),
  ended('a directory that begins before the file', () => ({ position: 0xfffffff0 })),
  ended('a directory that is longer', ({ bytes }) => ({ bytes: bytes + 10 })),
  ended(
    'an honest ZIP64 end, which is allowed',
    (truth) => ({ before: zip64End(truth), ...saturated }),
    'fine',
  ),
  ended('a ZIP64 end that disagrees', (truth) => ({
    before: zip64End({ ...truth, entries: truth.entries - 1 }),
  })),
  ended('a ZIP64 end with more entries than atoms', (truth) => ({
    before: zip64End({ ...truth, entries: 2n ** 60n }),
    ...saturated,
  })),
  ended('a ZIP64 end that lies elsewhere', (truth) => ({
    before: zip64End({ ...truth, at: 0 }),
    ...saturated,
  })),
  ended('a ZIP64 end beyond the file', (truth) => ({
    before: zip64End({ ...truth, at: 2 ** 50 }),
    ...saturated,
  })),
  ended('a ZIP64 end of another length', (truth) => ({
    before: zip64End({ ...truth, length: 1000 }),
    ...saturated,
  })),
  ended('fields that point to a ZIP64 end that is not there', () => saturated),
  whole('nothing', () => Buffer.alloc(0)),
  whole('an end without anything before it', () => rawZip([]), 'fine'),
  whole('an end that is cut off', () => rawZip([good]).subarray(0, -1)),
  whole('no archive', () => Buffer.from('SQLite format 3\0'.repeat(1000))),
  whole('a thousand ends', () => Buffer.concat(Array.from({ length: 1000 }, () => rawZip([])))),
]

export const corpus: readonly HostileArchive[] = [
  ...[...paths, ...kinds, ...doubles, ...sizes, ...contents, ...disagreements, ...hidden, ...ends],
]

/** Archives with nothing wrong, to be changed at random. */
export const seeds: readonly (() => Buffer)[] = [
  () =>
    rawZip([good, { name: 'app/b/c.txt', content: Buffer.alloc(5000, 'ab') }, { name: 'app/ü', method: 0 }]),
  () =>
    rawZip(
      [
        { name: 'app/', attributes: attributes(0o040755), content: Buffer.alloc(0), method: 0 },
        { name: 'app/link', attributes: attributes(0o120777), content: Buffer.from('good.txt') },
        { ...good, attributes: unixFile },
        {
          ...{ name: 'app/streamed', flags: 8, local: { crc: 0, compressedBytes: 0, sizeBytes: 0 } },
          behind: descriptor(crc32(text), packedText.length, text.length),
        },
      ],
      (truth) => ({ before: zip64End(truth), ...saturated }),
    ),
  () =>
    rawZip([
      {
        name: 'app/wide',
        local: {
          sizeBytes: 0xffffffff,
          compressedBytes: 0xffffffff,
          extra: extraField(1, wide(text.length, packedText.length)),
        },
        central: { extra: extraField(0x5455, Buffer.from([1, 0, 0, 0, 0x60])) },
      },
      { name: 'app/large', content: Buffer.alloc(2 * mebibyte, 'large ') },
    ]),
]

/** The same lie in both places. */
function both(lie: {
  readonly crc?: number
  readonly sizeBytes?: number
  readonly compressedBytes?: number
}): Part {
  return { local: lie, central: lie }
}

function crcOf(name: string): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(crc32(name))
  return bytes
}
