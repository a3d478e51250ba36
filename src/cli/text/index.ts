import type { BackupError } from '../../engine/errors.ts'
import type { Language } from '../../views/model.ts'
import { german } from './de.ts'
import { english, type Words } from './en.ts'

export type { Words } from './en.ts'

export const words: Readonly<Record<Language, Words>> = { en: english, de: german }

/** As the C library does it: `LC_ALL`, then `LC_MESSAGES`, then `LANG`; the first that is not empty counts. */
export function languageFrom(environment: Readonly<Record<string, string | undefined>>): Language {
  const { LC_ALL, LC_MESSAGES, LANG } = environment
  return /^de([_.@-]|$)/i.test(LC_ALL || LC_MESSAGES || LANG || '') ? 'de' : 'en'
}

/** What is said of an error: its message, its hint, and where the language lost the exact words, these. */
export async function errorLines(
  language: Language,
  { code, message, hint, details }: BackupError,
): Promise<readonly string[]> {
  // `said`: in this language already.
  if (language === 'en' || details.said === 1) return [message, hint]
  const { errorText } = await import('../../views/text/index.ts')
  // They are about databases.
  const own =
    details.about === undefined ? (german.errors as Readonly<Record<string, string>>)[code] : undefined
  const said = errorText(language, code, details, { message, hint })
  return [said.message, own ?? said.hint, words[language].original(message) ?? ''].filter(Boolean)
}
