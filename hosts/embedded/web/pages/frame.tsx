import type { Child, FC, PropsWithChildren } from 'hono/jsx'
import { type Language, textIn } from '../text/index.ts'
import { Header, type HeaderModel } from './header.tsx'

export interface FrameModel {
  readonly language: Language
  readonly title: string
  /** Null before signing in. */
  readonly header: HeaderModel | null
  /** Pages above this one. */
  readonly crumbs?: readonly { readonly label: string; readonly path: string }[]
  /** Stands right of the title. */
  readonly action?: Child
  /** Says what the last action did. */
  readonly notice?: string | null
  /** The part with the id `live` is kept up to date by the script while something runs. */
  readonly live?: boolean
}

export function page(model: FrameModel, content: Child): string {
  return `<!doctype html>${(<Document model={model}>{content}</Document>).toString()}`
}

const Document: FC<PropsWithChildren<{ model: FrameModel }>> = ({ model, children }) => {
  const text = textIn(model.language)
  return (
    <html lang={model.language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${model.title} · Automate`}</title>
        <link rel="stylesheet" href="/host.css" />
        {model.live && <script src="/host.js" defer />}
        <link rel="icon" href="/host-icon.svg" type="image/svg+xml" />
      </head>
      <body class="host-body">
        <a class="host-skip" href="#content">
          {text.nav.skip}
        </a>
        {model.header ? <Header model={model.header} /> : <header class="host-sign">Automate</header>}
        <main id="content" class="host-main" tabindex={-1}>
          <div class="host-head">
            <div>
              {model.crumbs && model.crumbs.length > 0 && (
                <nav class="host-crumbs" aria-label={text.nav.crumbs}>
                  {model.crumbs.map((crumb) => (
                    <a href={crumb.path}>{crumb.label}</a>
                  ))}
                </nav>
              )}
              <h1>{model.title}</h1>
            </div>
            {model.action}
          </div>
          {model.notice && (
            <p class="host-notice" role="status">
              {model.notice}
            </p>
          )}
          {children}
        </main>
      </body>
    </html>
  )
}

/** An instant in the zone of whom it concerns; hovering shows it to the second in UTC. */
export const Time: FC<{ iso: string; label: string }> = ({ iso, label }) => (
  <time datetime={iso} title={iso}>
    {label}
  </time>
)

export const Pager: FC<{
  language: Language
  page: number
  pages: number
  link: (page: number) => string
}> = ({ language, page: current, pages, link }) => {
  const text = textIn(language).automate
  if (pages <= 1) return null
  return (
    <nav class="host-pager" aria-label={text.page(current, pages)}>
      {current > 1 ? <a href={link(current - 1)}>{text.previous}</a> : <span />}
      <span>{text.page(current, pages)}</span>
      {current < pages ? <a href={link(current + 1)}>{text.next}</a> : <span />}
    </nav>
  )
}
