export { script } from './browser/script.ts'
export { renderDelete } from './delete-page.tsx'
export type * from './model.ts'
export { renderOverview } from './overview.tsx'
export { renderProblem } from './problem-page.tsx'
export type { Reader } from './reader.ts'
export { stylesheet } from './styles/stylesheet.ts'
export { type Done, doneText } from './text/done.ts'
export {
  type ErrorCode,
  type ErrorDetails,
  type Explanation,
  errorText,
  type FieldProblem,
  fieldErrorText,
  type HealthCode,
  type HealthDetails,
  type HealthReader,
  healthText,
  languageOf,
} from './text/index.ts'
