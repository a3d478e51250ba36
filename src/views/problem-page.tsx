import { Crumbs, renderDocument } from './frame.tsx'
import { Icon } from './icons.tsx'
import type { ProblemModel } from './model.ts'
import { viewOf } from './view.ts'

/** Says what went wrong and what to do, and leads back. */
export function renderProblem(model: ProblemModel): string {
  const { text, base } = viewOf(model)
  return renderDocument(
    model,
    <>
      <div class="head">
        <Crumbs model={model} />
      </div>
      <section class="card narrow problem" role="alert" aria-labelledby="problem-heading">
        <Icon name="warning" />
        <div>
          <h1 id="problem-heading">
            <bdi>{model.title}</bdi>
          </h1>
          <p>
            <bdi>{model.message}</bdi>
          </p>
          <p>
            <bdi>{model.hint}</bdi>
          </p>
          <p class="soft">{text.problem.status(model.status)}</p>
          <p>
            <a class="button" href={base}>
              {text.page.toOverview}
            </a>
          </p>
        </div>
      </section>
    </>,
  )
}
