import { constants } from 'node:fs'
import { type FileHandle, lstat, open } from 'node:fs/promises'
import type { Backup } from './backup.ts'
import type { OpenBackup, Vault } from './engine.ts'
import { BackupError } from './errors.ts'
import { failureFrom, isMissing } from './failure.ts'

interface Located {
  readonly backup: Backup
  readonly path: string
  readonly identity: string
}

/** Bytes that are read at once and held in memory per stream. */
const pieceBytes = 256 * 1024

/** Backups that are being read in this process, the only files of a tenant that it opens. */
export class BackupReaders {
  readonly #counts = new Map<string, number>()

  isReading(vault: Vault, name: string): boolean {
    return this.#counts.has(keyOf(vault, name))
  }

  /** Counts as being read already while it is looked up, so that retention can't take it away in between. */
  async open(vault: Vault, name: string, locate: () => Promise<Located>): Promise<OpenBackup> {
    const release = this.hold(vault, name)
    try {
      const located = await locate()
      const file = await openSame(located)
      return await describe(located.backup, file, release)
    } catch (error) {
      release()
      throw isMissing(error) ? notFound() : failureFrom(error, 'The backup could not be opened')
    }
  }

  /** Counts it as being read until the returned function is called. */
  hold(vault: Vault, name: string): () => void {
    const key = keyOf(vault, name)
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
    let held = true
    return () => {
      if (!held) return
      held = false
      const left = (this.#counts.get(key) ?? 1) - 1
      if (left === 0) this.#counts.delete(key)
      else this.#counts.set(key, left)
    }
  }
}

const keyOf = (vault: Vault, name: string) => `${vault.folder}\0${name}`

/**
 * Opens the very file that the worker looked at. It has one name and is no live database, so closing it can't drop a
 * lock that this process holds; that is why it is compared before it is opened, and again after.
 */
async function openSame({ path, identity }: Located): Promise<FileHandle> {
  if (identityOf(await lstat(path)) !== identity) throw notFound()
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
  const file = await open(path, flags)
  if (identityOf(await file.stat()) === identity) return file
  await file.close()
  throw notFound()
}

const identityOf = ({ dev, ino }: { readonly dev: number; readonly ino: number }) => `${dev}:${ino}`

async function describe(backup: Backup, file: FileHandle, release: () => void): Promise<OpenBackup> {
  const { size } = await file.stat()
  return {
    backup,
    sizeBytes: size,
    stream: (range) => streamOf(file, range?.start ?? 0, range?.end ?? size - 1),
    async close() {
      await file.close()
      release()
    },
  }
}

/** Reads only what is asked for, so a slow client costs one piece of memory. */
function streamOf(file: FileHandle, start: number, end: number): ReadableStream<Uint8Array> {
  let position = start
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const wanted = Math.min(pieceBytes, end + 1 - position)
        if (wanted <= 0) return controller.close()
        const { buffer, bytesRead } = await file.read(new Uint8Array(wanted), 0, wanted, position)
        if (bytesRead === 0) throw truncated()
        position += bytesRead
        controller.enqueue(buffer.subarray(0, bytesRead))
      },
    },
    { highWaterMark: 0 },
  )
}

function truncated(): BackupError {
  return new BackupError('io-failed', 'The backup became shorter while it was read', {
    hint: 'Verify it, and check the disk.',
  })
}

function notFound(): BackupError {
  return new BackupError('not-found', 'There is no backup of that name', {
    hint: 'Look at the list again: it may have been removed meanwhile.',
  })
}
