import type { Profile } from '../../settings/profiles.ts'
import { settingsFromForm, typedValues } from '../settings-form.ts'

const excluded = 'exclude.'

/**
 * A profile's form as the change that it means. Sources come from the profile; a form only says what is left out of
 * its folders. A field that the form lacks stays as it is.
 */
export function profileChangeFromForm(fields: URLSearchParams, { sources }: Profile): object {
  const own = ['content', 'name', 'folder', 'profile', ...sources.map(({ id }) => `${excluded}${id}`)]
  const rest = new URLSearchParams([...fields].filter(([name]) => !own.includes(name)))
  const { drill: _, ...settings } = settingsFromForm(rest) as Record<string, unknown>
  const plain = ['content', 'name'].flatMap((name) => (fields.has(name) ? [[name, fields.get(name)]] : []))
  const folder = fields.get('folder')?.trim()
  const changes = sources.some(({ id }) => fields.has(`${excluded}${id}`))
  return {
    ...settings,
    ...Object.fromEntries(plain),
    ...(folder !== undefined && { folder: folder === '' ? null : folder }),
    ...(changes && {
      sources: sources.map((source) => {
        const lines = source.kind === 'directory' ? fields.get(`${excluded}${source.id}`) : null
        return lines === null ? source : { ...source, exclude: linesOf(lines) }
      }),
    }),
  }
}

/** What the form for a new profile means: one source of each kind, those that were filled in. */
export function newProfileFromForm(fields: URLSearchParams): object {
  const text = (name: string) => fields.get(name)?.trim() ?? ''
  const given = (name: string) => (text(name) === '' ? {} : { [name]: text(name) })
  const server = ['connection', 'database', 'serverFolder', 'localFolder']
  const sources = [
    ...(text('directory.path') === ''
      ? []
      : [
          {
            kind: 'directory',
            path: text('directory.path'),
            exclude: linesOf(fields.get('directory.exclude') ?? ''),
          },
        ]),
    ...(text('sqlite.path') === '' ? [] : [{ kind: 'sqlite', path: text('sqlite.path') }]),
    ...(server.every((name) => text(`mssql.${name}`) === '')
      ? []
      : [
          {
            kind: 'mssql',
            ...Object.fromEntries(server.map((name) => [name, text(`mssql.${name}`)])),
          },
        ]),
  ]
  return { id: text('id'), ...given('name'), ...given('folder'), sources }
}

/** The same fields as texts, to be shown again when they were refused. */
export function typedInProfile(fields: URLSearchParams): Record<string, string> {
  return typedValues(fields)
}

function linesOf(text: string): readonly string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
}
