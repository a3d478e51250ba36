import { Readable } from 'node:stream'
import { Busboy, type BusboyHeaders } from '@fastify/busboy'
import { deferred } from '../engine/deferred.ts'
import { refused } from './body.ts'

export interface UploadForm {
  /** Those that came before the file. */
  readonly fields: ReadonlyMap<string, string>
  /** As the browser calls it, without folders. */
  readonly fileName: string
  /**
   * Throws when the form breaks off, or goes on after the file with what must come before it. Never cancels the request:
   * its answer goes back that way.
   */
  readonly bytes: AsyncIterable<Uint8Array>
}

/** Fields that must be known before the first byte is taken. */
const saysWhere: ReadonlySet<string> = new Set(['tenant', 'database', 'profile'])

type Parser = InstanceType<typeof Busboy>

const limits = { fields: 10, fieldNameSize: 100, fieldSize: 64 * 1024, files: 1, parts: 12, headerPairs: 20 }

/**
 * Reads a form up to its file, whose bytes are read by who uses them: nothing is ever held in memory whole. Throws
 * `invalid-request` for what is no such form, or holds no file.
 */
export async function readUploadForm(request: Request, body: AsyncIterable<Uint8Array>): Promise<UploadForm> {
  const parser = startParser(request)
  const fields = new Map<string, string>()
  const found = deferred<UploadForm>()
  const whole = deferred<void>()
  // Nobody reads to the end of a form that is refused before.
  whole.promise.catch(() => {})
  let late: string | null = null
  let file: Readable | null = null
  const fail = (error: Error) => {
    whole.reject(error)
    found.reject(refused('The form could not be read.', { field: 'file' }))
    file?.destroy(error)
  }
  parser.on('field', (name: string, value: string) => {
    if (file === null) fields.set(name, value)
    else if (saysWhere.has(name) && value !== '') late ??= name
  })
  parser.on('filesLimit', () => {
    late ??= 'file'
  })
  parser.on('file', (_name: string, stream: Readable, fileName: string | undefined) => {
    if (!fileName) {
      stream.resume()
      return
    }
    file = stream
    // Who reads it hears of it, and nobody has to.
    stream.on('error', () => {})
    const bytes = (async function* () {
      yield* stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>
      await whole.promise
      if (late !== null) throw tooLate(late)
    })()
    found.resolve({ fields, fileName: fileName.split(/[\\/]/).at(-1) ?? '', bytes })
  })
  parser.on('error', (error: unknown) => fail(error as Error))
  parser.on('finish', () => {
    found.reject(noFile())
    whole.resolve()
  })
  const source = Readable.from(body, { objectMode: false, highWaterMark: 64 * 1024 })
  source.on('error', fail)
  source.pipe(parser)
  return found.promise
}

function startParser({ headers }: Request): Parser {
  try {
    const given = { 'content-type': headers.get('content-type') ?? '' } as BusboyHeaders
    return new Busboy({ headers: given, limits })
  } catch {
    throw refused('The form could not be read.', { field: 'file' })
  }
}

const noFile = () => refused('No file was chosen.', { field: 'file' })

/** Nothing that changes where the file goes is left out unsaid. */
const tooLate = (field: string) =>
  refused('One file, and all fields before it: that is how this form has to be sent.', { field, late: 1 })
