import { BackupError } from '../engine/errors.ts'
import type { Upload } from '../engine/uploading.ts'
import { asBackupError, problem } from './answer.ts'
import { refused } from './body.ts'
import type { Exchange } from './exchange.ts'
import { LeftUnread } from './request-bytes.ts'

const version = '1.0.0'
const extensions = 'creation,termination,expiration'

/** What the server speaks. */
export function capabilities(maxBytes: number | null): Response {
  return new Response(null, {
    status: 204,
    headers: {
      ...common,
      'tus-version': version,
      'tus-extension': extensions,
      ...(maxBytes === null ? {} : { 'tus-max-size': String(maxBytes) }),
    },
  })
}

const common = { 'tus-resumable': version, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

/** An answer with what tus says of an upload. */
export function tusAnswer(
  status: number,
  upload: Upload | null,
  more: Record<string, string> = {},
): Response {
  return new Response(null, { status, headers: { ...common, ...(upload && stateOf(upload)), ...more } })
}

function stateOf({ offset, sizeBytes, expiresAt, metadata }: Upload): Record<string, string> {
  return {
    'upload-offset': String(offset),
    ...(sizeBytes === null ? {} : { 'upload-length': String(sizeBytes) }),
    ...(metadata === null ? {} : { 'upload-metadata': metadata }),
    'upload-expires': new Date(expiresAt).toUTCString(),
  }
}

/** Answers as tus does, also when it fails: a program reads it, whatever the browser accepts. */
export async function speakingTus(exchange: Exchange, work: () => Promise<Response>): Promise<Response> {
  try {
    expectVersion(exchange.request)
    return await work()
  } catch (thrown) {
    const cause = thrown instanceof LeftUnread ? thrown.cause : thrown
    const error = asBackupError(cause)
    if (error.code === 'internal') throw cause
    const response = problem(error, exchange.language)
    response.headers.set('tus-resumable', version)
    if (thrown instanceof LeftUnread) response.headers.set('connection', 'close')
    if (error.code === 'wrong-tus-version') response.headers.set('tus-version', version)
    if (error.code === 'wrong-offset') response.headers.set('upload-offset', String(error.details.offset))
    return response
  }
}

function expectVersion({ headers }: Request): void {
  const asked = headers.get('tus-resumable')
  if (asked === version) return
  throw new BackupError('wrong-tus-version', `This needs "Tus-Resumable: ${version}".`, {
    hint: 'Use a client for tus 1.0, or the form on the page.',
    details: { version },
  })
}

/** A whole number of bytes. Throws `invalid-request`. */
export function countIn({ headers }: Request, name: string): number {
  const text = headers.get(name) ?? ''
  const count = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(count))
    throw refused(`The header ${name} must be a whole number.`, { field: name })
  return count
}

/** `key base64,key base64`. What isn't that is left out. */
export function metadataOf({ headers }: Request): ReadonlyMap<string, string> {
  const pairs = (headers.get('upload-metadata') ?? '').split(',').map((pair) => pair.trim().split(' '))
  return new Map(pairs.map(([key = '', value = '']) => [key, Buffer.from(value, 'base64').toString()]))
}

export function expectOffsetStream({ headers }: Request): void {
  const type = (headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  if (type === 'application/offset+octet-stream') return
  throw new BackupError('unsupported-type', 'The body must be application/offset+octet-stream.', {
    hint: 'Nothing was written.',
  })
}
