import { BackupError } from '../../errors.ts'

/** Of a name that is shown to people. */
const maxShown = 200

/** Says why an archive, or the entry of that path, is not believed. `why` completes "…: it …". */
export function broken(why: string, path?: string): BackupError {
  const what = path === undefined ? 'The archive' : `The archive's entry “${printable(path)}”`
  return new BackupError('proof-failed', `${what} can't be believed: ${why}`, {
    hint: 'It is damaged, or somebody made it so. Nothing of it was used; take another backup.',
    details: path === undefined ? { why } : { why, path: printable(path) },
  })
}

/** Without what a terminal or a page could take for something else. */
function printable(path: string): string {
  const shown = path.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\ufffd')
  return shown.length > maxShown ? `${shown.slice(0, maxShown)}…` : shown
}
