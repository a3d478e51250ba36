import { Caution } from '../caution.tsx'
import { formatBytes } from '../format/numbers.ts'
import { Crumbs, renderDocument } from '../frame.tsx'
import type { FrameModel } from '../model.ts'
import { PostForm } from '../post-form.tsx'
import { ErrorSummary } from '../settings-form.tsx'
import { type View, viewOf } from '../view.ts'
import type { MeasureModel, NewProfileModel, RemoveProfileModel } from './model.ts'
import { TextField } from './text-field.tsx'

export function renderNewProfile(model: NewProfileModel): string {
  const view = viewOf(model)
  const { adding: words, settings } = view.text.system
  const { form } = model
  return renderDocument(
    model,
    <>
      <Title model={model} title={words.title} />
      <section class="card" aria-label={words.title}>
        <PostForm view={view} class="settings" action={`${view.base}/profiles`} novalidate>
          <ErrorSummary view={view} form={form} />
          <fieldset>
            <legend>{settings.what}</legend>
            <TextField form={form} name="id" label={words.id} hint={words.idDetail} />
            <TextField form={form} name="name" label={settings.name} hint={settings.nameDetail} />
            <TextField form={form} name="folder" label={settings.folder} hint={settings.folderDetail} />
          </fieldset>
          <fieldset>
            <legend>{settings.sources}</legend>
            <TextField
              form={form}
              name="directory.path"
              label={words.directory}
              hint={words.directoryDetail}
            />
            <TextField
              form={form}
              name="directory.exclude"
              label={settings.exclude(words.directory)}
              hint={settings.excludeDetail}
              rows={4}
            />
            <TextField form={form} name="sqlite.path" label={words.sqlite} hint={words.directoryDetail} />
          </fieldset>
          <ServerFields view={view} form={form} />
          <p class="soft wide">{words.more}</p>
          <div class="buttons">
            <button class="button primary" type="submit">
              {words.submit}
            </button>
            <a class="button" href={view.base}>
              {words.cancel}
            </a>
          </div>
        </PostForm>
      </section>
    </>,
  )
}

function ServerFields({ view, form }: { readonly view: View } & Pick<NewProfileModel, 'form'>) {
  const { adding: words } = view.text.system
  const field = (name: string, label: string, hint?: string) => (
    <TextField form={form} name={`mssql.${name}`} label={label} {...(hint && { hint })} />
  )
  return (
    <fieldset>
      <legend>{words.mssql}</legend>
      {field('connection', words.connection, words.connectionDetail)}
      {field('database', words.database)}
      {field('serverFolder', words.serverFolder)}
      {field('localFolder', words.localFolder)}
    </fieldset>
  )
}

export function renderRemoveProfile(model: RemoveProfileModel): string {
  const view = viewOf(model)
  const words = view.text.system.remove
  const title = words.title(model.profile)
  return renderDocument(
    model,
    <>
      <Title model={model} title={title} />
      <section class="card narrow" aria-label={title}>
        <Caution strong={words.detail} rest={words.kept(model.folder)} />
        <PostForm view={view} class="buttons" action={`${view.base}/profiles/remove`}>
          <button class="button danger" type="submit">
            {words.confirm}
          </button>
          <a class="button" href={view.home}>
            {words.cancel}
          </a>
        </PostForm>
      </section>
    </>,
  )
}

/** "WorkDir: 41 GB: leave it out?" */
export function renderMeasure(model: MeasureModel): string {
  const view = viewOf(model)
  const words = view.text.system.measure
  return renderDocument(
    model,
    <>
      <Title model={model} title={words.title} />
      <p>{words.intro}</p>
      {model.sources.map((source) => (
        <Measured view={view} source={source} />
      ))}
      <p>
        <a class="button" href={view.home}>
          {words.back}
        </a>
      </p>
    </>,
  )
}

function Measured({
  view,
  source,
}: {
  readonly view: View
  readonly source: MeasureModel['sources'][number]
}) {
  const words = view.text.system.measure
  const size = (bytes: number) => formatBytes(bytes, view.language)
  const heading = `measured-${source.id}`
  const mayExclude = source.kind === 'directory'
  return (
    <section class="card" aria-labelledby={heading}>
      <h2 id={heading}>
        <bdi>{source.id}</bdi>
      </h2>
      <p class="soft">{words.source(size(source.bytes), source.files)}</p>
      {source.largest.length === 0 || !mayExclude ? (
        <p>{words.none}</p>
      ) : (
        <table aria-labelledby={heading}>
          <thead>
            <tr>
              <th scope="col">{words.path}</th>
              <th scope="col">{words.size}</th>
              <th scope="col">
                <span class="hidden">{words.leaveOut}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {source.largest.map(({ path, bytes }) => (
              <tr>
                <th scope="row">
                  <bdi>{path}</bdi>
                </th>
                <td class="number">{size(bytes)}</td>
                <td class="doing">
                  <PostForm view={view} action={`${view.base}/exclude`}>
                    <input type="hidden" name="source" value={source.id} />
                    <input type="hidden" name="path" value={path} />
                    <button class="button small" type="submit" aria-label={words.leaveOutOf(path)}>
                      {words.leaveOut}
                    </button>
                  </PostForm>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

function Title({ model, title }: { readonly model: FrameModel; readonly title: string }) {
  return (
    <div class="head">
      <div>
        <Crumbs model={model} />
        <h1>
          <bdi>{title}</bdi>
        </h1>
      </div>
    </div>
  )
}
