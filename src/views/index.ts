export { renderBrowse } from './browse-page.tsx'
export { renderBrowseTable } from './browse-table-page.tsx'
export { script } from './browser/script.ts'
export { renderDatabaseChoice } from './database-choice-page.tsx'
export { renderDelete } from './delete-page.tsx'
export type * from './model.ts'
export { renderOverview } from './overview.tsx'
export { renderProblem } from './problem-page.tsx'
export { protectionOf } from './protection.ts'
export type { Reader } from './reader.ts'
export { renderRestore } from './restore-page.tsx'
export { stylesheet } from './styles/stylesheet.ts'
export { renderArchiveRestore } from './system/archive-restore-page.tsx'
export type * from './system/model.ts'
export { renderMeasure, renderNewProfile, renderRemoveProfile } from './system/profile-pages.tsx'
export { renderSystem } from './system/system-page.tsx'
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
  systemTitle,
} from './text/index.ts'
export { renderUpload } from './upload-page.tsx'
