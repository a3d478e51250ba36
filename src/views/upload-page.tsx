import { formatBytes } from './format/numbers.ts'
import { Crumbs, renderDocument } from './frame.tsx'
import type { UploadModel } from './model.ts'
import { Moment } from './moment.tsx'
import { Notice } from './notice.tsx'
import { type View, viewOf } from './view.ts'

interface Part {
  readonly view: View
  readonly model: UploadModel
}

/** Where a file from elsewhere is handed in. A plain form; the script sends it in parts that can be gone on with. */
export function renderUpload(model: UploadModel): string {
  const view = viewOf(model)
  const words = kindOf(view)
  return renderDocument(
    model,
    <>
      <div class="head">
        <div>
          <Crumbs model={model} />
          <h1>{words.title}</h1>
          <p class="soft">
            <bdi>{view.profile ?? model.tenantName}</bdi>
          </p>
        </div>
      </div>
      <Notice notice={model.notice} />
      <section class="card narrow" aria-label={words.title}>
        <p>{words.intro}</p>
        <p class="soft">{words.trust}</p>
        <UploadForm view={view} model={model} />
      </section>
      <OpenUploads view={view} model={model} />
    </>,
  )
}

/** On the operators' page it is about archives. */
const kindOf = ({ text, profile }: View) => (profile === null ? text.upload : text.system.upload)

const endings = {
  databases: '.sqlite,.sqlite3,.db,application/vnd.sqlite3',
  archives: '.zip,application/zip',
} as const

/** What stands behind an address that is about the profile. */
const queryOf = ({ and }: View) => and.replace('&', '?')

/** The tenant comes before the file, so that it is known before the first byte is written. */
function UploadForm({ view, model }: Part) {
  const words = view.text.upload
  return (
    <form
      method="post"
      action={`${view.base}/upload${queryOf(view)}`}
      enctype="multipart/form-data"
      class="confirm"
      data-upload=""
      data-sending={words.sending}
      data-waiting={words.waiting}
      data-stopped={words.stopped}
      data-cancelled={words.cancelled}
      data-none={words.none}
      data-done={`${view.base}?done=uploaded${view.and}`}
    >
      {view.profile === null && <input type="hidden" name="tenant" value={view.tenantId} />}
      {model.databases.length > 1 && <DatabaseField view={view} model={model} />}
      <FileField view={view} model={model} />
      <progress data-upload-bar="" max="1" value="0" aria-label={words.progress} hidden></progress>
      <p role="status" data-upload-status=""></p>
      <div class="buttons">
        <button class="button primary" type="submit">
          {words.submit}
        </button>
        <button class="button" type="button" data-upload-cancel="" hidden>
          {words.cancel}
        </button>
        <a class="button" href={view.base}>
          {view.text.page.toOverview}
        </a>
      </div>
    </form>
  )
}

function DatabaseField({ view, model }: Part) {
  const words = view.text.upload
  return (
    <div class="field">
      <label for="upload-database">{words.database}</label>
      <select id="upload-database" name="database" aria-describedby="upload-database-hint">
        <option value="">{words.byName}</option>
        {model.databases.map((name) => (
          <option value={name}>{name}</option>
        ))}
      </select>
      <small id="upload-database-hint">{words.databaseDetail}</small>
    </div>
  )
}

function FileField({ view, model: { maxUploadBytes, freeBytes } }: Part) {
  const words = view.text.upload
  const size = (bytes: number) => formatBytes(bytes, view.language)
  return (
    <div class="field">
      <label for="upload-file">{words.file}</label>
      <input
        type="file"
        id="upload-file"
        name="file"
        accept={endings[view.profile === null ? 'databases' : 'archives']}
        aria-describedby="upload-file-hint"
        required
      />
      <small id="upload-file-hint">
        {maxUploadBytes === null ? words.noLimit : words.limit(size(maxUploadBytes))}{' '}
        {words.free(size(freeBytes))}
      </small>
    </div>
  )
}

/** Only the script can go on with them, so it shows them. */
function OpenUploads({ view, model: { uploads } }: Part) {
  const words = view.text.upload
  if (uploads.length === 0) return null
  const size = (bytes: number) => formatBytes(bytes, view.language)
  return (
    <section class="card narrow" aria-labelledby="open-uploads" data-open-uploads="" hidden>
      <h2 id="open-uploads">{words.open}</h2>
      <p class="soft">{words.openDetail}</p>
      <ul class="uploads">
        {uploads.map(({ id, fileName, fingerprint, sizeBytes, offset, expiresAt }) => (
          <li
            data-href={`${view.base}/upload/${id}${queryOf(view)}`}
            data-name={fileName}
            data-size={sizeBytes ?? ''}
            data-fingerprint={fingerprint ?? ''}
          >
            <span>
              <code>
                <bdi>{fileName}</bdi>
              </code>
              <small>
                {words.openAmount(size(offset), size(sizeBytes ?? offset))}, {words.until}{' '}
                <Moment view={view} at={expiresAt} />
              </small>
            </span>
            <button class="button small" type="button" data-upload-remove="">
              {words.remove(fileName)}
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
