import { Caution } from '../caution.tsx'
import { formatBytes } from '../format/numbers.ts'
import { PostForm } from '../post-form.tsx'
import type { View } from '../view.ts'
import type { ArchiveRestoreModel, ArchiveSourceModel } from './model.ts'

interface Part {
  readonly view: View
  readonly model: ArchiveRestoreModel
}

const isImported = ({ backup }: ArchiveRestoreModel) => backup.trigger === 'imported'

/** Left out things of a source that are named at once. */
const SHOWN_LEFT_OUT = 20

/** Which sources, where to, and the name that has to be typed. */
export function ArchiveRestoreForm({ view, model }: Part) {
  const words = view.text.system.restore
  return (
    <section class="card asking" aria-label={words.title}>
      <div>
        <h2>{words.happens}</h2>
        <ol class="happens">
          {words.steps.map((step) => (
            <li>{step}</li>
          ))}
        </ol>
      </div>
      <NotKept view={view} model={model} />
      <PostForm view={view} class="asking" action={`${view.base}/restore`}>
        <input type="hidden" name="name" value={model.backup.name} />
        {model.sources.map((source) => (
          <Source view={view} model={model} source={source} />
        ))}
        <Tick model={model} name="mirror" label={words.mirror} hint={words.mirrorDetail} />
        {model.version.differs && <Tick model={model} name="anyVersion" label={words.anyVersion} />}
        {model.sources.some(({ kind }) => kind === 'mssql') && (
          <Tick model={model} name="replaceDatabases" label={words.replaceDatabases} />
        )}
        {model.sources.some(({ kind }) => kind !== 'mssql') && (
          <Tick
            model={model}
            name="acceptUnseen"
            label={words.acceptUnseen}
            hint={words.acceptUnseenDetail}
          />
        )}
        {isImported(model) && <Tick model={model} name="acceptImported" label={words.acceptImported} />}
        <Confirm view={view} model={model} />
        <div class="buttons">
          <button class="button danger" type="submit">
            {words.submit}
          </button>
          <a class="button" href={view.home}>
            {words.cancel}
          </a>
        </div>
      </PostForm>
    </section>
  )
}

/** Databases of a server are not counted: they are confirmed apart from files. */
function NotKept({ view, model: { sources } }: Part) {
  const words = view.text.system.restore
  const laid = sources.filter(({ kind }) => kind !== 'mssql')
  if (laid.length === 0) return null
  const files = laid.reduce((sum, source) => sum + source.files, 0)
  const bytes = laid.reduce((sum, source) => sum + source.bytes, 0)
  return (
    <Caution strong={words.notKept(files, formatBytes(bytes, view.language))} rest={words.notKeptDetail} />
  )
}

function Source({ view, model, source }: Part & { readonly source: ArchiveSourceModel }) {
  const { restore: words, settings, files } = view.text.system
  const { id, kind, origin } = source
  const { chosen, values } = model.typed
  return (
    <fieldset class="source">
      <legend>
        <bdi>{id}</bdi>
      </legend>
      <label class="tick">
        <input type="checkbox" name="source" value={id} checked={chosen === null || chosen.includes(id)} />
        <span>
          {words.restoreThis}
          {': '}
          {settings.kind[kind]}{' '}
          <code>
            <bdi>{origin}</bdi>
          </code>
          {`, ${files(source.files)}, ${formatBytes(source.bytes, view.language)}`}
          {!source.known && <small>{isImported(model) ? words.unknownImported : words.unknownSource}</small>}
        </span>
      </label>
      <label class="to">
        <span>{words.toOf(id)}</span>
        <input
          type="text"
          name={`to.${id}`}
          value={values[`to.${id}`] ?? ''}
          placeholder={words.toPlaceholder}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
        />
      </label>
      <LeftOut view={view} source={source} />
    </fieldset>
  )
}

function LeftOut({ view, source }: { readonly view: View; readonly source: ArchiveSourceModel }) {
  const words = view.text.system.restore
  const all = source.leftOut.length + source.leftOutMore
  if (all === 0) return null
  const shown = source.leftOut.slice(0, SHOWN_LEFT_OUT)
  return (
    <details class="left-out">
      <summary>{words.leftOut(all)}</summary>
      <ul>
        {shown.map(({ path, reason }) => (
          <li>
            <bdi>{path}</bdi>
            {': '}
            {words.reason[reason]}
          </li>
        ))}
        {shown.length < all && <li>{words.andMore(all - shown.length)}</li>}
      </ul>
    </details>
  )
}

interface TickProps {
  readonly model: ArchiveRestoreModel
  readonly name: string
  readonly label: string
  readonly hint?: string
}

/** The hidden field says `false` where the unchecked box would say nothing. */
function Tick({ model, name, label, hint }: TickProps) {
  return (
    <div class="check">
      <input type="hidden" name={name} value="false" />
      <input
        type="checkbox"
        id={`tick-${name}`}
        name={name}
        value="true"
        checked={model.typed.values[name] === 'true'}
        aria-describedby={hint && `tick-${name}-hint`}
      />
      <label for={`tick-${name}`}>{label}</label>
      {hint && <small id={`tick-${name}-hint`}>{hint}</small>}
    </div>
  )
}

function Confirm({ view, model: { profile, typed } }: Part) {
  const words = view.text.system.restore
  const described = ['confirm-hint', typed.error && 'confirm-error'].filter(Boolean).join(' ')
  return (
    <div class="field confirm">
      <label for="confirm">{words.confirm}</label>
      <input
        type="text"
        id="confirm"
        name="confirm"
        value={typed.values.confirm ?? ''}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        required
        aria-describedby={described}
        aria-invalid={typed.error ? 'true' : undefined}
        autofocus={typed.error !== null}
      />
      <small id="confirm-hint">
        <bdi>{words.confirmDetail(profile)}</bdi>
      </small>
      {typed.error && (
        <p class="error" id="confirm-error">
          <bdi>{typed.error}</bdi>
        </p>
      )}
    </div>
  )
}
