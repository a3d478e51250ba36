import { basename } from 'node:path'
import type { LiveDatabase } from '../engine.ts'
import { BackupError } from '../errors.ts'
import type { Usage } from '../restoring.ts'

/** More processes than these are only counted. */
const namedProcesses = 5

export function inUse({ name }: LiveDatabase, usage: Usage | null): BackupError {
  const processes = describeProcesses(usage)
  const by = processes === '' ? 'another process, which can’t be seen from here' : processes
  return new BackupError('database-in-use', `The database "${name}" is in use by ${by}`, {
    hint: 'Stop the application, then try again. Nothing was changed.',
    details: { database: name, processes },
  })
}

function describeProcesses(usage: Usage | null): string {
  const all = usage?.processes ?? []
  const named = all.slice(0, namedProcesses).map(({ pid, command }) => `${pid} (${command})`)
  const more = all.length > named.length ? ` +${all.length - named.length}` : ''
  return named.join(', ') + more
}

export function useUnknown({ name }: LiveDatabase, { seen, unseen }: Usage): BackupError {
  const what =
    seen === 'none'
      ? 'This system does not show which processes have a file open'
      : unseen > 0
        ? `${unseen} processes of other users can’t be looked into`
        : 'Processes outside this container, or of other users, can’t be seen'
  return new BackupError('use-unknown', `${what}: one of them might have the database "${name}" open`, {
    hint: 'Make sure that the application has ended and say so, or do this as root on the machine itself.',
    details: { database: name, unseen },
  })
}

/** The look at a backup from elsewhere was ended: hostile files and very large ones look alike from outside. */
export function summaryStopped(limit: 'time' | 'memory' | 'crash'): BackupError {
  const what = {
    time: 'took too long',
    memory: 'took more memory than it may',
    crash: 'ended unexpectedly',
  }
  return new BackupError('look-stopped', `Looking into the backup ${what[limit]}`, {
    hint: 'The backup may be damaged, or made to do harm. Verify it, or take another one.',
    details: { limit },
  })
}

export function targetUnsafe({ name, path }: LiveDatabase, why: string): BackupError {
  return new BackupError('source-unsafe', `The database "${name}" at ${path} ${why}`, {
    hint: 'It must be a plain file at the path that the application names, outside the backups folder.',
    details: { database: name },
  })
}

export function folderMissing({ name, path }: LiveDatabase): BackupError {
  return new BackupError('source-missing', `The folder of ${path} does not exist`, {
    hint: 'Check the path, and whether its disk is mounted.',
    details: { database: name },
  })
}

export function fileMissing(path: string): BackupError {
  return new BackupError('source-missing', `${path} does not exist`, {
    hint: 'Check the path, and whether its disk is mounted.',
    details: { database: basename(path) },
  })
}

export function fileUnsafe(path: string, why: string, hint: string): BackupError {
  return new BackupError('source-unsafe', `${path} ${why}`, { hint, details: { database: basename(path) } })
}

export function backupDamaged(name: string, why: string): BackupError {
  return new BackupError('proof-failed', `The backup ${name} failed its check: ${why}`, {
    hint: 'Don’t restore from it. Take another backup; the database was not touched.',
    details: { name },
  })
}
