import { Readable } from 'node:stream'
import { Busboy, type BusboyHeaders } from '@fastify/busboy'
import { deferred } from '../engine/deferred.ts'
import { refused } from './body.ts'

export interface UploadForm {
  /** Those that came before the file. */
  readonly fields: ReadonlyMap<string, string>
  /** As the browser calls it, without folders. */
  readonly fileName: string
  /** Throws when the form breaks off. Never cancels the request: its answer goes back that way. */
  readonly bytes: AsyncIterable<Uint8Array>
}

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
  let file: Readable | null = null
  const fail = (error: Error) => {
    found.reject(refused('The form could not be read.', { field: 'file' }))
    file?.destroy(error)
  }
  parser.on('field', (name: string, value: string) => void fields.set(name, value))
  parser.on('file', (_name: string, stream: Readable, fileName: string | undefined) => {
    if (!fileName) {
      stream.resume()
      return
    }
    file = stream
    // Who reads it hears of it, and nobody has to.
    stream.on('error', () => {})
    const bytes: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => stream.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>,
    }
    found.resolve({ fields, fileName: fileName.split(/[\\/]/).at(-1) ?? '', bytes })
  })
  parser.on('error', (error: unknown) => fail(error as Error))
  parser.on('finish', () => found.reject(noFile()))
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
