import { Crumbs, renderDocument } from './frame.tsx'
import type { DatabaseChoiceModel } from './model.ts'
import { viewOf } from './view.ts'

/** Asks for what a file that came from elsewhere doesn't tell. It only asks, so it is sent by GET. */
export function renderDatabaseChoice(model: DatabaseChoiceModel): string {
  const view = viewOf(model)
  const words = view.text.restore
  return renderDocument(
    model,
    <>
      <div class="head">
        <div>
          <Crumbs model={model} />
          <h1>{words.choose}</h1>
        </div>
      </div>
      <section class="card narrow" aria-label={words.choose}>
        <p>
          <code>
            <bdi>{model.backup.name}</bdi>
          </code>{' '}
          {words.chooseDetail}
        </p>
        <form method="get" action={`${view.base}/restore`} class="confirm">
          <input type="hidden" name="name" value={model.backup.name} />
          <div class="field">
            <label for="database">{words.database}</label>
            <select id="database" name="database">
              {model.databases.map((name) => (
                <option value={name}>{name}</option>
              ))}
            </select>
          </div>
          <div class="buttons">
            <button class="button primary" type="submit">
              {words.chooseNext}
            </button>
            <a class="button" href={view.home}>
              {view.text.page.toOverview}
            </a>
          </div>
        </form>
      </section>
    </>,
  )
}
