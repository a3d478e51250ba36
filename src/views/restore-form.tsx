import { proofOf } from './backup-badges.tsx'
import { Caution } from './caution.tsx'
import type { RestoreModel, RestoreWayModel } from './model.ts'
import { PostForm } from './post-form.tsx'
import type { View } from './view.ts'

interface Part {
  readonly view: View
  readonly model: RestoreModel
}

/** The last step: what happens, and the name that has to be typed; or what the operator types instead. */
export function RestoreForm({ view, model }: Part) {
  if (isImpossible(model)) return <Back view={view} />
  const { way, allowed, waiting } = model
  const words = view.text.restore
  if (way === null || !allowed) return <ByOperator view={view} model={model} />
  if (waiting)
    return (
      <section class="card asking">
        <Caution strong={words.waiting} rest={words.waitingDetail} />
        <p>
          <a class="button" href={view.home}>
            {view.text.page.toOverview}
          </a>
        </p>
      </section>
    )
  return <Asking view={view} model={model} way={way} />
}

const isImpossible = ({ backup, version, space }: RestoreModel) =>
  proofOf(backup) === 'damaged' || version.relation === 'newer' || space.neededBytes > space.freeBytes

function Back({ view }: Pick<Part, 'view'>) {
  return (
    <p>
      <a class="button" href={view.home}>
        {view.text.page.toOverview}
      </a>
    </p>
  )
}

function Asking({ view, model, way }: Part & { readonly way: RestoreWayModel }) {
  const words = view.text.restore
  const { typed, backup, database, isRollback, tenantName } = model
  const described = ['confirm-hint', typed.error && 'confirm-error'].filter(Boolean).join(' ')
  return (
    <section class="card asking" aria-labelledby="steps-heading">
      <div>
        <h2 id="steps-heading">{words.steps}</h2>
        <ol class="happens">
          {(way === 'now' ? words.stepsNow : words.stepsNextStart).map((step) => (
            <li>{step}</li>
          ))}
        </ol>
      </div>
      <PostForm view={view} class="confirm" action={`${view.base}/restore`}>
        <input type="hidden" name="name" value={backup.name} />
        <input type="hidden" name="database" value={database} />
        <div class="field">
          <label for="confirm">{words.confirm}</label>
          <input
            type="text"
            id="confirm"
            name="confirm"
            value={typed.value}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            required
            aria-describedby={described}
            aria-invalid={typed.error ? 'true' : undefined}
            autofocus={typed.error !== null}
          />
          <small id="confirm-hint">
            <bdi>{words.confirmDetail(tenantName)}</bdi>
          </small>
          {typed.error && (
            <p class="error" id="confirm-error">
              <bdi>{typed.error}</bdi>
            </p>
          )}
        </div>
        <div class="buttons">
          <button class="button danger" type="submit">
            {(isRollback ? words.submitBack : words.submit)[way]}
          </button>
          <a class="button" href={view.home}>
            {words.cancel}
          </a>
        </div>
      </PostForm>
    </section>
  )
}

function ByOperator({ view, model: { way, allowed, command } }: Part) {
  const words = view.text.restore
  const why = way === null ? words.unavailable : allowed ? '' : words.notAllowed
  return (
    <section class="card asking">
      <p>
        <strong>{why}</strong> {words.byOperator}
      </p>
      <pre class="command" tabindex={0}>
        <code>{command.text}</code>
      </pre>
      {command.folder !== null && (
        <p class="soft">
          <bdi>{words.inFolder(command.folder)}</bdi>
        </p>
      )}
      <Back view={view} />
    </section>
  )
}
