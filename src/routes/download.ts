import type { OpenBackup } from '../engine/engine.ts'
import { BackupError } from '../engine/errors.ts'
import type { OpenedBackup } from '../service/catalog-service.ts'

/**
 * The bytes of an opened backup, one range of them, or word that the caller has them already; only bytes are written
 * down as a download. Takes over closing. Throws `range-not-satisfiable`.
 */
export async function bytesOf(opened: OpenedBackup, { headers, method }: Request): Promise<Response> {
  const { backup, sizeBytes } = opened
  const etag = `"${backup.sha256 ?? `${sizeBytes}-${Date.parse(backup.createdAt)}`}"`
  const fixed = {
    etag,
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    'x-content-type-options': 'nosniff',
    'content-type': backup.name.endsWith('.zip') ? 'application/zip' : 'application/vnd.sqlite3',
    'content-disposition': disposition(backup.name),
    'content-security-policy': "default-src 'none'; sandbox",
  }
  if (matches(headers.get('if-none-match'), etag)) return without(opened, 304, fixed)
  const range = rangeOf(headers, etag, sizeBytes)
  if (range === 'none-of-it') {
    await opened.close()
    throw new UnsatisfiableRange(sizeBytes)
  }
  const { start, end } = range ?? { start: 0, end: sizeBytes - 1 }
  const sized = {
    ...fixed,
    'content-length': String(end - start + 1),
    ...(range ? { 'content-range': `bytes ${start}-${end}/${sizeBytes}` } : {}),
  }
  const status = range ? 206 : 200
  if (method === 'HEAD') return without(opened, status, sized)
  await opened.deliver({ start, end, sizeBytes })
  return new Response(closedAtTheEnd(opened, { start, end }), { status, headers: sized })
}

/** Its answer says how long the backup is. */
export class UnsatisfiableRange extends BackupError {
  readonly sizeBytes: number

  constructor(sizeBytes: number) {
    super('range-not-satisfiable', `The backup has ${sizeBytes} bytes only.`, {
      hint: 'Begin the download anew.',
      details: { sizeBytes },
    })
    this.sizeBytes = sizeBytes
  }
}

/** Closes the file when everything was read, when the client goes away, and when reading fails. */
function closedAtTheEnd(opened: OpenBackup, range: Range): ReadableStream<Uint8Array> {
  const reader = opened.stream(range).getReader()
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (!done) return controller.enqueue(value)
          controller.close()
          await opened.close()
        } catch (error) {
          await opened.close()
          throw error
        }
      },
      cancel: () => opened.close(),
    },
    { highWaterMark: 0 },
  )
}

async function without(
  opened: OpenBackup,
  status: number,
  headers: Record<string, string>,
): Promise<Response> {
  await opened.close()
  return new Response(null, { status, headers })
}

/** A weak validator is good enough to say that nothing changed; the bytes are immutable. */
function matches(header: string | null, etag: string): boolean {
  return (header ?? '').split(',').some((one) => [etag, `W/${etag}`, '*'].includes(one.trim()))
}

type Range = { readonly start: number; readonly end: number }

/** One range; several, malformed ones, and one for another version mean the whole file, as RFC 9110 allows. */
function rangeOf(headers: Headers, etag: string, size: number): Range | 'none-of-it' | null {
  const expected = headers.get('if-range')
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(headers.get('range')?.trim() ?? '') ?? []
  if (from === undefined || to === undefined || (from === '' && to === '')) return null
  if (expected !== null && expected !== etag) return null
  if (from === '')
    return Number(to) === 0 ? 'none-of-it' : { start: Math.max(0, size - Number(to)), end: size - 1 }
  const start = Number(from)
  const end = to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (to !== '' && Number(to) < start) return null
  return start >= size ? 'none-of-it' : { start, end }
}

/** A plain name for old clients, the true one for all others; neither can break out of the header. */
export function disposition(name: string): string {
  const plain = name.replaceAll(/[^\w.-]/g, '_')
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`
}
