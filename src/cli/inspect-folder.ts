import type { BackupEngine, Inspection, Vault } from '../engine/engine.ts'
import { BackupError } from '../engine/errors.ts'
import type { CommandOptions } from './command.ts'
import { orCancelled } from './with-engine.ts'

/** The name under which an inspection says that the folder itself may not be read. */
const theFolder = '.'

/** What lies in a folder, without changing anything there. Rejects when it is missing or may not be read. */
export async function inspectFolder(
  engine: BackupEngine,
  vault: Vault,
  { signal, words }: Pick<CommandOptions, 'signal' | 'words'>,
): Promise<Inspection> {
  const inspection = await orCancelled(signal, engine.inspect(vault))
  const { exists, ignored } = inspection.folder
  if (!exists) throw refused('not-found', words.noFolder(vault.folder))
  if (ignored.some(({ name }) => name === theFolder)) {
    throw refused('folder-not-writable', words.unreadableFolder(vault.folder))
  }
  return inspection
}

function refused(
  code: 'not-found' | 'folder-not-writable',
  { message, hint }: { readonly message: string; readonly hint: string },
): BackupError {
  return new BackupError(code, message, { hint, details: { said: 1 } })
}
