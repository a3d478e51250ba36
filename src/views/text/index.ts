import type { Language } from '../model.ts'
import { german } from './de.ts'
import { english } from './en.ts'
import type { ErrorCode, ErrorDetails, Explanation } from './error-words.ts'
import type { FieldProblem } from './field-problem.ts'
import type { HealthCode, HealthDetails } from './health-details.ts'
import type { HealthReader } from './health-words.ts'

export type { ErrorCode, ErrorDetails, Explanation } from './error-words.ts'
export type { FieldProblem } from './field-problem.ts'
export type { HealthCode, HealthDetails } from './health-details.ts'
export type { HealthReader } from './health-words.ts'

export type Texts = typeof english

export const texts: Readonly<Record<Language, Texts>> = { en: english, de: german }

/** Times in the sentences are those of the reader's zone. */
export function healthText<C extends HealthCode>(
  reader: HealthReader,
  code: C,
  details: HealthDetails[C],
): Explanation {
  return texts[reader.language].healthProblems[code](details, reader)
}

/**
 * `fallback` is what the error says about itself, in English. It is shown to English readers as it is; in other
 * languages only where an error of this code has nothing more general to say.
 */
export function errorText(
  language: Language,
  code: ErrorCode,
  details: ErrorDetails,
  fallback: Explanation,
): Explanation & { readonly title: string } {
  const words = texts[language].errors[code]
  return { title: words.title, ...words.explain(details, fallback) }
}

export function fieldErrorText(language: Language, problem: FieldProblem): string {
  // The table has one function per problem, which the compiler can't follow through the index.
  const say = texts[language].fieldProblems[problem.problem] as (problem: FieldProblem) => string
  return say(problem)
}

/** What the pages for operators are called. */
export const systemTitle = (language: Language): string => texts[language].system.title

/** A BCP 47 tag as the closest language that the pages speak. */
export function languageOf(tag: string): Language {
  return /^de(-|$)/i.test(tag) ? 'de' : 'en'
}
