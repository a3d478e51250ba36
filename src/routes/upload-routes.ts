import { BackupError } from '../engine/errors.ts'
import type { Upload } from '../engine/uploading.ts'
import { errorText, renderUpload } from '../views/index.ts'
import { html, json, problem } from './answer.ts'
import { tenantChanged } from './body.ts'
import type { Exchange } from './exchange.ts'
import { readUploadForm } from './multipart.ts'
import { LeftUnread, readingBody } from './request-bytes.ts'
import { answerDone, type Route, type RouteParts } from './route.ts'
import { statusOf } from './statuses.ts'
import { capabilities, countIn, expectOffsetStream, metadataOf, speakingTus, tusAnswer } from './tus.ts'

/** Files from elsewhere: tus 1.0 for programs and for the page's script, a plain form for everybody else. */
export function uploadRoutes(parts: RouteParts): readonly Route[] {
  const { uploads, tenancy, base } = parts
  const shared = { permission: 'backup.write', ownSiteOnly: true } as const
  const one = { ...shared, path: '/upload/:id' } as const
  const idOf = ({ params }: Exchange) => params.id ?? ''
  return [
    {
      method: 'GET',
      path: '/upload',
      permission: 'backup.write',
      answer: (exchange) => overview(parts, exchange),
    },
    {
      ...shared,
      method: 'OPTIONS',
      path: '/upload',
      answer: async ({ tenant }) => capabilities((await tenancy.site(tenant)).maxUploadBytes),
    },
    {
      ...shared,
      method: 'POST',
      path: '/upload',
      answer: (exchange) =>
        isForm(exchange.request)
          ? takeForm(parts, exchange)
          : speakingTus(exchange, async () => {
              const upload = await begin(parts, exchange)
              return tusAnswer(201, upload, { location: `${base}/upload/${upload.id}` })
            }),
    },
    {
      // HEAD comes this way, too.
      ...one,
      method: 'GET',
      answer: async (exchange) => {
        const find = () => uploads.find(exchange.tenant, idOf(exchange), exchange.caller.user)
        if (exchange.request.method !== 'HEAD') return json({ upload: uploadJson(await find()) })
        return speakingTus(exchange, async () => tusAnswer(200, await find()))
      },
    },
    {
      ...one,
      method: 'PATCH',
      answer: (exchange) =>
        speakingTus(exchange, async () => tusAnswer(204, await append(parts, exchange, idOf(exchange)))),
    },
    {
      ...one,
      method: 'DELETE',
      answer: (exchange) =>
        speakingTus(exchange, async () => {
          await uploads.cancel(exchange.tenant, idOf(exchange), exchange.caller.user)
          return tusAnswer(204, null)
        }),
    },
  ]
}

const isForm = ({ headers }: Request) => /^multipart\/form-data\b/i.test(headers.get('content-type') ?? '')

/** Names are shown and written down, so they are made readable. */
const readable = (name: string) => [...name.replaceAll(/\p{C}/gu, '\uFFFD')].slice(0, 200).join('')

async function begin({ uploads }: RouteParts, { request, tenant, caller }: Exchange): Promise<Upload> {
  const metadata = metadataOf(request)
  expectTenant(metadata.get('tenant'), tenant)
  const sizeBytes = countIn(request, 'upload-length')
  const fileName = readable(metadata.get('filename') ?? '')
  const database = metadata.get('database') || null
  const fingerprint = readable(metadata.get('fingerprint') ?? '') || null
  return uploads.begin(tenant, { fileName, database, fingerprint, sizeBytes }, caller.user)
}

async function append({ uploads }: RouteParts, exchange: Exchange, id: string): Promise<Upload> {
  const { request, tenant, caller } = exchange
  return readingBody(request, async (bytes) => {
    expectOffsetStream(request)
    const offset = countIn(request, 'upload-offset')
    const sizeBytes = request.headers.has('content-length') ? countIn(request, 'content-length') : null
    const part = { offset, sizeBytes, bytes: bytes.iterate(), signal: request.signal }
    return uploads.append(tenant, id, part, caller.user)
  })
}

async function takeForm(parts: RouteParts, exchange: Exchange): Promise<Response> {
  const { request, tenant, caller } = exchange
  try {
    const upload = await readingBody(request, async (body) => {
      const { fields, fileName, bytes } = await readUploadForm(request, body.iterate())
      expectTenant(fields.get('tenant'), tenant)
      const wish = { fileName: readable(fileName), database: fields.get('database') || null }
      return parts.uploads.takeWhole(tenant, wish, { bytes, signal: request.signal }, caller.user)
    })
    return answerDone(parts, exchange, 'uploaded', () => json({ upload: uploadJson(upload) }, 202))
  } catch (thrown) {
    const error = thrown instanceof LeftUnread ? thrown.cause : thrown
    if (!(error instanceof BackupError)) throw error
    const answer = exchange.wantsHtml
      ? await overview(parts, exchange, error)
      : problem(error, exchange.language)
    if (thrown instanceof LeftUnread) answer.headers.set('connection', 'close')
    return answer
  }
}

function expectTenant(meant: string | undefined, tenant: string): void {
  if (meant !== undefined && meant !== tenant) throw tenantChanged()
}

async function overview(parts: RouteParts, exchange: Exchange, error?: BackupError): Promise<Response> {
  const { site, open, freeBytes } = await parts.uploads.look(exchange.tenant, exchange.caller.user)
  const uploads = open.map(uploadJson)
  const databases = site.tenant.databases.map(({ name }) => name)
  const { maxUploadBytes } = site
  if (!exchange.wantsHtml) return json({ uploads, databases, limits: { maxUploadBytes }, freeBytes })
  const frame = await parts.pages.frame(exchange, site.tenant)
  const notice = error && {
    kind: 'problem' as const,
    ...errorText(exchange.language, error.code, error.details, error),
  }
  const model = { ...frame, databases, maxUploadBytes, freeBytes, uploads, notice: notice ?? null }
  return html(renderUpload(model), error ? statusOf[error.code] : 200)
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
