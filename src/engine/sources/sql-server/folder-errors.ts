import { BackupError, type ErrorDetails } from '../../errors.ts'
import { codeOf } from '../../failure.ts'
import { causeOf, type Named } from './errors.ts'
import { numbers, type ServerError } from './server-error.ts'

/** The server's account can't use the folder, or it isn't there. `account` is null when the server does not tell it. */
export function folderRefused(error: ServerError, named: Named, account: string | null): BackupError {
  const os = operatingSystemError(error, named)
  const who =
    account === null ? 'The account that the SQL Server runs as' : `The SQL Server’s account ${account}`
  const details = folderDetails(named, {
    account: account ?? '',
    ...(os === null ? {} : { systemError: os.number }),
  })
  const system = os === null ? causeOf(error).message : `operating system error ${os.number}: ${os.text}`
  if (os?.number === 5 || os?.number === 1) {
    return new BackupError('server-folder', `${who} may not write to ${named.serverFolder} (${system})`, {
      hint: 'Give that account the right to read and write in this folder. On a share that means the rights of the share and of the folder.',
      details: { ...details, why: 'denied' },
    })
  }
  if (os?.number === numbers.diskFull) {
    return new BackupError(
      'disk-full',
      `The SQL Server’s disk with ${named.serverFolder} is full (${system})`,
      {
        hint: 'Free some space there, or choose a folder on a bigger disk.',
        details: { folder: named.serverFolder },
      },
    )
  }
  return new BackupError('server-folder', `The SQL Server can’t use ${named.serverFolder} (${system})`, {
    hint: 'serverFolder is the folder as the server sees it: it must exist there, and the server’s account must be able to read and write in it.',
    details: { ...details, why: 'unusable' },
  })
}

/** Both names must lead to one folder. */
export function foldersDiffer(named: Named): BackupError {
  return new BackupError(
    'server-folder',
    `${named.serverFolder} on the SQL Server and ${named.localFolder} here are not the same folder: one does not see the files of the other`,
    {
      hint: 'Mount the server’s folder here, or name it as it is called on each side: serverFolder there, localFolder here.',
      details: folderDetails(named, { why: 'differ' }),
    },
  )
}

/** This program's side of the folder. */
export function localFolderUnusable(named: Named, error: unknown): BackupError {
  const code = codeOf(error) || 'not a folder'
  return new BackupError('server-folder', `${named.localFolder} can’t be used by this program (${code})`, {
    hint: 'localFolder must be a folder that exists here, in which the user that this program runs as may read, write and delete what the SQL Server’s account writes: put both into one group.',
    details: folderDetails(named, { why: 'local', errno: code }),
  })
}

const folderDetails = ({ database, serverFolder, localFolder }: Named, more: ErrorDetails): ErrorDetails => ({
  database,
  serverFolder,
  localFolder,
  ...more,
})

/** A device could not be opened, written, read, or failed in between. */
const deviceNumbers: ReadonlySet<number> = new Set([numbers.cannotOpenDevice, 3202, 3203, 3271])

export const isAboutDevice = ({ said }: ServerError): boolean =>
  said.some(({ number }) => deviceNumbers.has(number))

/** The "5(Access is denied.)" in what the server said; the path may hold digits and brackets itself. */
export function operatingSystemError(
  { said }: ServerError,
  { serverFolder }: Named,
): { readonly number: number; readonly text: string } | null {
  const text = said.find(({ number }) => deviceNumbers.has(number))?.message ?? ''
  const after = text.slice(Math.max(0, text.lastIndexOf(serverFolder) + serverFolder.length))
  const found = /\D(\d{1,5})\(([^()]*)\)/.exec(after)
  return found === null ? null : { number: Number(found[1]), text: found[2]!.trim() }
}
