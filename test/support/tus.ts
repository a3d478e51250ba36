import { base, type Session } from './app.ts'

export const tus = { 'tus-resumable': '1.0.0', 'sec-fetch-site': 'same-origin' }

interface Metadata {
  readonly filename?: string
  readonly database?: string
  readonly tenant?: string
  readonly profile?: string
}

/** A client for tus that does what it is told, wrong things too. */
export class TusClient {
  readonly #who: Session
  readonly #origin: string
  readonly #at: string

  /** `at` is where uploads begin. */
  constructor(app: { readonly origin: string }, who: Session, at = `${base}/upload`) {
    this.#who = who
    this.#origin = app.origin
    this.#at = at
  }

  create(
    length: number | string,
    metadata: Metadata = { filename: 'main.sqlite' },
    headers = {},
  ): Promise<Response> {
    const pairs = Object.entries(metadata).map(
      ([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`,
    )
    return this.send('POST', this.#at, {
      'upload-length': String(length),
      'upload-metadata': pairs.join(','),
      ...headers,
    })
  }

  /** The path of a new upload. */
  async begin(length: number, metadata?: Metadata): Promise<string> {
    const answer = await this.create(length, metadata)
    if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`)
    return answer.headers.get('location') ?? ''
  }

  async offset(path: string): Promise<number> {
    return Number((await this.send('HEAD', path)).headers.get('upload-offset') ?? Number.NaN)
  }

  patch(path: string, offset: number, body: Buffer | string, headers = {}): Promise<Response> {
    const type = { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset) }
    return this.send('PATCH', path, { ...type, ...headers }, body)
  }

  /** One part of which only the caller knows how it goes on. */
  stream(path: string, offset: number, body: AsyncIterable<Uint8Array>, length: number): Promise<Response> {
    return this.send(
      'PATCH',
      path,
      {
        'content-type': 'application/offset+octet-stream',
        'upload-offset': String(offset),
        'content-length': String(length - offset),
      },
      body,
    )
  }

  send(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: Buffer | string | AsyncIterable<Uint8Array>,
  ): Promise<Response> {
    return fetch(`${this.#origin}${path}`, {
      method,
      headers: { accept: 'application/json', cookie: this.#who.cookie, ...tus, ...headers },
      redirect: 'manual',
      ...(body === undefined ? {} : { body, duplex: 'half' }),
    } as RequestInit)
  }
}

/** A form with a file, as browsers send it. */
export function uploadForm(
  bytes: Buffer,
  fields: Record<string, string> = {},
  fileName = 'main.sqlite',
): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  form.set('file', new Blob([new Uint8Array(bytes)]), fileName)
  return form
}
