import type { Tenant } from 'automate-plugin-backup/host'
import type { Child } from 'hono/jsx'
import { ownPath } from './mounts.ts'
import { type ProblemCode, textIn } from './text.ts'

export interface Frame {
  /** What precedes every path. */
  readonly base: string
  readonly language: string
}

export interface HeaderModel extends Frame {
  readonly userName: string
  /** Nobody has to sign in. */
  readonly isOpen: boolean
  /** Null when there is no other one to choose. */
  readonly chooseAt: string | null
}

/** Stands above the plugin's pages, whose policy allows no styles but those of a file. */
export function Header({ model }: { readonly model: HeaderModel }) {
  const { base, language, isOpen, userName, chooseAt } = model
  const text = textIn(language)
  return (
    <>
      <link rel="stylesheet" href={`${base}${ownPath}/page.css`} />
      <header class="nr-header">
        <div class="nr-row">
          <nav aria-label={text.navigation}>
            <a href={`${base}/`}>
              <span aria-hidden="true">←</span> {text.editor}
            </a>
            {chooseAt !== null && <a href={chooseAt}>{text.otherTenant}</a>}
          </nav>
          {!isOpen && <bdi class="nr-user">{userName}</bdi>}
        </div>
        {isOpen && <p class="nr-open">{text.open}</p>}
      </header>
    </>
  )
}

/** The tenants, each a button. */
export function choosePage(frame: Frame, tenants: readonly Tenant[], next: string): string {
  const text = textIn(frame.language)
  return document(
    frame,
    text.chooseTitle,
    <>
      <p>{text.chooseDetail}</p>
      <form method="post" action={`${frame.base}${ownPath}/tenant`}>
        <input type="hidden" name="next" value={next} />
        {tenants.map(({ id, displayName }) => (
          <button type="submit" name="tenant" value={id}>
            <bdi>{displayName}</bdi>
          </button>
        ))}
      </form>
    </>,
  )
}

export function problemPage(frame: Frame, code: ProblemCode): string {
  const text = textIn(frame.language)
  const [title, hint] = text.problems[code]
  return document(
    frame,
    title,
    <>
      <p>{hint}</p>
      <p>
        <a href={`${frame.base}/`}>{text.editor}</a>
      </p>
    </>,
  )
}

function document({ base, language }: Frame, title: string, children: Child): string {
  const page = (
    <html lang={/^de(-|$)/i.test(language) ? 'de' : 'en'}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{title}</title>
        <link rel="stylesheet" href={`${base}${ownPath}/page.css`} />
      </head>
      <body class="nr-page">
        <main>
          <h1>{title}</h1>
          {children}
        </main>
      </body>
    </html>
  )
  return `<!doctype html>${page.toString()}`
}
