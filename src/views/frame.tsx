import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import { IconSprite } from './icons.tsx'
import type { FrameModel } from './model.ts'
import { viewOf } from './view.ts'

interface FrameProps {
  readonly model: FrameModel
  readonly children: Child
}

function Head({ model }: { readonly model: FrameModel }) {
  const { text } = viewOf(model)
  return (
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>{[text.page.title, model.tenantName].filter(Boolean).join(' · ')}</title>
      <link rel="stylesheet" href={`${model.base}/assets/page.css`} />
      <script src={`${model.base}/assets/page.js`} defer></script>
    </head>
  )
}

function Document({ model, children }: FrameProps) {
  const { text } = viewOf(model)
  return (
    <html lang={model.language}>
      <Head model={model} />
      <body>
        <a class="skip" href="#content">
          {text.page.skip}
        </a>
        {raw(model.header)}
        <IconSprite />
        <main id="content" tabindex={-1}>
          {children}
        </main>
      </body>
    </html>
  )
}

/** A whole HTML document. The model's `header` is trusted; everything else is escaped. */
export const renderDocument = (model: FrameModel, children: Child): string =>
  `<!doctype html>${(<Document model={model}>{children}</Document>).toString()}`

export function Crumbs({ model }: { readonly model: FrameModel }) {
  const { text } = viewOf(model)
  return (
    <nav class="crumbs" aria-label={text.page.crumbs}>
      <a href={model.home}>{text.page.home}</a>
    </nav>
  )
}
