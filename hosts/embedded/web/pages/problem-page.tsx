import { type Language, textIn } from '../text/index.ts'
import type { Visitor } from '../visitor.ts'
import { page } from './frame.tsx'
import { headerOf } from './header-of.ts'

export interface ProblemPageModel {
  readonly language: Language
  readonly visitor: Visitor | null
  readonly title: string
  readonly detail: string | null
  readonly hint: string
}

export function problemPage({ language, visitor, title, detail, hint }: ProblemPageModel): string {
  const text = textIn(language)
  const header = visitor === null ? null : headerOf(visitor, false, '/')
  return page(
    { language, title, header },
    <section class="host-card host-problem">
      {detail && <p class="host-strong">{detail}</p>}
      <p>{hint}</p>
      <p>
        <a href="/">{text.problem.back}</a>
      </p>
    </section>,
  )
}
