import { BackupError } from '../engine/errors.ts'
import type { Upload } from '../engine/uploading.ts'
import type { UploadService, UploadsNow } from '../service/upload-service.ts'
import type { VaultSite } from '../service/vault-site.ts'
import { errorText, renderUpload, type UploadModel } from '../views/index.ts'
import { html, json, problem } from './answer.ts'
import type { Exchange } from './exchange.ts'
import { readUploadForm } from './multipart.ts'
import { LeftUnread, readingBody } from './request-bytes.ts'
import type { Route } from './route.ts'
import { statusOf } from './statuses.ts'
import { capabilities, countIn, expectOffsetStream, metadataOf, speakingTus, tusAnswer } from './tus.ts'

/** What differs between the uploads of a tenant's page and those of the operators'. */
export interface UploadDesk<S extends VaultSite> {
  readonly uploads: UploadService<S>
  readonly permission: Route['permission']
  /** Id of the tenant or the profile that the request is about. */
  placeOf(exchange: Exchange): Promise<string>
  /** Throws where what the sender says of the place is not what the request is about. */
  expectMeant(told: ReadonlyMap<string, string>, place: string): void
  /** Where an upload is gone on with. */
  addressOf(place: string, id: string): string
  /** What the page shows besides the uploads. */
  modelOf(
    exchange: Exchange,
    now: UploadsNow<S>,
  ): Promise<Omit<UploadModel, 'freeBytes' | 'uploads' | 'notice'>>
  /** Sends a browser to the overview, and anybody else the JSON. */
  answerDone(exchange: Exchange, place: string, answer: () => Response): Response
}

/** Files from elsewhere: tus 1.0 for programs and for the page's script, a plain form for everybody else. */
export function uploadDesk<S extends VaultSite>(desk: UploadDesk<S>): readonly Route[] {
  const { uploads, permission } = desk
  const shared = { permission, ownSiteOnly: true } as const
  const one = { ...shared, path: '/upload/:id' } as const
  const idOf = ({ params }: Exchange) => params.id ?? ''
  return [
    {
      method: 'GET',
      path: '/upload',
      permission,
      answer: async (exchange) => overview(desk, exchange, await desk.placeOf(exchange)),
    },
    {
      ...shared,
      method: 'OPTIONS',
      path: '/upload',
      answer: async (exchange) =>
        capabilities((await uploads.limits(await desk.placeOf(exchange))).maxUploadBytes),
    },
    {
      ...shared,
      method: 'POST',
      path: '/upload',
      answer: (exchange) =>
        isForm(exchange.request)
          ? takeForm(desk, exchange)
          : speakingTus(exchange, async () => {
              const place = await desk.placeOf(exchange)
              const upload = await begin(desk, exchange, place)
              return tusAnswer(201, upload, { location: desk.addressOf(place, upload.id) })
            }),
    },
    {
      // HEAD comes this way, too.
      ...one,
      method: 'GET',
      answer: async (exchange) => {
        const find = async () =>
          uploads.find(await desk.placeOf(exchange), idOf(exchange), exchange.caller.user)
        if (exchange.request.method !== 'HEAD') return json({ upload: uploadJson(await find()) })
        return speakingTus(exchange, async () => tusAnswer(200, await find()))
      },
    },
    {
      ...one,
      method: 'PATCH',
      answer: (exchange) =>
        speakingTus(exchange, async () => tusAnswer(204, await append(desk, exchange, idOf(exchange)))),
    },
    {
      ...one,
      method: 'DELETE',
      answer: (exchange) =>
        speakingTus(exchange, async () => {
          await uploads.cancel(await desk.placeOf(exchange), idOf(exchange), exchange.caller.user)
          return tusAnswer(204, null)
        }),
    },
  ]
}

const isForm = ({ headers }: Request) => /^multipart\/form-data\b/i.test(headers.get('content-type') ?? '')

/** Names are shown and written down, so they are made readable. */
const readable = (name: string) => [...name.replaceAll(/\p{C}/gu, '\uFFFD')].slice(0, 200).join('')

async function begin<S extends VaultSite>(
  desk: UploadDesk<S>,
  { request, caller }: Exchange,
  place: string,
): Promise<Upload> {
  const metadata = metadataOf(request)
  desk.expectMeant(metadata, place)
  const sizeBytes = countIn(request, 'upload-length')
  const fileName = readable(metadata.get('filename') ?? '')
  const database = metadata.get('database') || null
  const fingerprint = readable(metadata.get('fingerprint') ?? '') || null
  const wish = {
    fileName,
    database,
    fingerprint,
    metadata: request.headers.get('upload-metadata'),
    sizeBytes,
  }
  return desk.uploads.begin(place, wish, caller.user)
}

async function append<S extends VaultSite>(
  { uploads, placeOf }: UploadDesk<S>,
  exchange: Exchange,
  id: string,
): Promise<Upload> {
  const { request, caller } = exchange
  return readingBody(request, async (bytes) => {
    expectOffsetStream(request)
    const offset = countIn(request, 'upload-offset')
    const sizeBytes = request.headers.has('content-length') ? countIn(request, 'content-length') : null
    const part = { offset, sizeBytes, bytes: bytes.iterate(), signal: request.signal }
    return uploads.append(await placeOf(exchange), id, part, caller.user)
  })
}

async function takeForm<S extends VaultSite>(desk: UploadDesk<S>, exchange: Exchange): Promise<Response> {
  const { request, caller } = exchange
  let place: string | null = null
  try {
    const upload = await readingBody(request, async (body) => {
      const meant = await desk.placeOf(exchange)
      place = meant
      const { fields, fileName, bytes } = await readUploadForm(request, body.iterate())
      desk.expectMeant(fields, meant)
      const wish = { fileName: readable(fileName), database: fields.get('database') || null }
      return desk.uploads.takeWhole(meant, wish, { bytes, signal: request.signal }, caller.user)
    })
    return desk.answerDone(exchange, place ?? '', () => json({ upload: uploadJson(upload) }, 202))
  } catch (thrown) {
    const error = thrown instanceof LeftUnread ? thrown.cause : thrown
    if (!(error instanceof BackupError)) throw error
    const answer =
      exchange.wantsHtml && place !== null
        ? await overview(desk, exchange, place, error)
        : problem(error, exchange.language)
    if (thrown instanceof LeftUnread) answer.headers.set('connection', 'close')
    return answer
  }
}

async function overview<S extends VaultSite>(
  desk: UploadDesk<S>,
  exchange: Exchange,
  place: string,
  error?: BackupError,
): Promise<Response> {
  const now = await desk.uploads.look(place, exchange.caller.user)
  const { freeBytes } = now
  const uploads = now.open.map(uploadJson)
  const model = await desk.modelOf(exchange, now)
  const { databases, maxUploadBytes } = model
  if (!exchange.wantsHtml) return json({ uploads, databases, limits: { maxUploadBytes }, freeBytes })
  const notice = error && {
    kind: 'problem' as const,
    ...errorText(exchange.language, error.code, error.details, error),
  }
  return html(
    renderUpload({ ...model, freeBytes, uploads, notice: notice ?? null }),
    error ? statusOf[error.code] : 200,
  )
}

/** The public shape of an upload. */
function uploadJson({
  id,
  fileName,
  database,
  fingerprint,
  sizeBytes,
  offset,
  createdAt,
  expiresAt,
}: Upload) {
  return { id, fileName, database, fingerprint, sizeBytes, offset, createdAt, expiresAt }
}
