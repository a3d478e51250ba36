import { json } from './answer.ts'
import { type Body, readBody } from './body.ts'
import { previewModel } from './page.ts'
import { answerDone, type Route, type RouteParts } from './route.ts'
import { settingsFromForm, typedValues } from './settings-form.ts'

export function settingsRoutes(parts: RouteParts): readonly Route[] {
  const { settings, overviews, pages } = parts
  return [
    {
      method: 'POST',
      path: '/settings',
      permission: 'backup.write',
      answer: async (exchange) => {
        const body = await readBody(exchange)
        const saving = settings.save(exchange.tenant, changeIn(body), exchange.caller.user)
        const saved = await keepingTyped(body, saving)
        return answerDone(parts, exchange, 'saved', () => json({ settings: saved }))
      },
    },
    {
      method: 'POST',
      path: '/settings/preview',
      permission: 'backup.write',
      answer: async (exchange) => {
        const body = await readBody(exchange)
        const preview = await keepingTyped(body, overviews.preview(exchange.tenant, changeIn(body)))
        if (!exchange.wantsHtml) return json({ preview: previewModel(preview) })
        return pages.overview(exchange, { form: { values: typedIn(body), preview } })
      },
    },
  ]
}

/** A form that was refused, with what was typed, so that it can be shown again beside what is wrong with it. */
export class RefusedForm extends Error {
  readonly values: Readonly<Record<string, string>>

  constructor(cause: unknown, values: Readonly<Record<string, string>>) {
    super('The form was refused', { cause })
    this.values = values
  }
}

export async function keepingTyped<T>(body: Body, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw new RefusedForm(error, typedIn(body))
  }
}

function changeIn(body: Body): unknown {
  return body.kind === 'form' ? settingsFromForm(body.fields) : body.value
}

function typedIn(body: Body): Record<string, string> {
  return body.kind === 'form' ? typedValues(body.fields) : {}
}
