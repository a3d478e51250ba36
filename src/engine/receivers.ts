import type { Vault } from './engine.ts'
import { BackupError } from './errors.ts'
import { receive } from './receiver/receive.ts'
import type { LocatedUpload, Received, ReceiveOptions } from './uploading.ts'

/** Receiving processes at once, some 45 MiB each; who comes later tries again. */
const mostAtOnce = 8

export interface ReceiversOptions {
  readonly idleMs: number
  locate(vault: Vault, id: string): Promise<LocatedUpload>
}

/** Uploads that somebody is writing to now. */
export class Receivers {
  readonly #options: ReceiversOptions
  readonly #held = new Set<string>()
  readonly #receiving = new Set<Promise<unknown>>()
  readonly #closing = new AbortController()

  constructor(options: ReceiversOptions) {
    this.#options = options
  }

  /** See `BackupEngine.receive`. */
  receive(vault: Vault, id: string, { offset, bytes, signal }: ReceiveOptions): Promise<Received> {
    return this.alone(vault, id, async () => {
      const { path, identity, mostBytes, spareBytes, upload } = await this.#options.locate(vault, id)
      if (upload.offset !== offset) throw wrongOffset(upload.offset)
      if (this.#receiving.size >= mostAtOnce) throw tooManyAtOnce()
      const receiving = receive(
        { path, identity, offset, mostBytes, spareBytes },
        {
          bytes,
          signal: AbortSignal.any([signal, this.#closing.signal]),
          idleMs: this.#options.idleMs,
        },
      )
      this.#receiving.add(receiving)
      try {
        return await receiving
      } finally {
        this.#receiving.delete(receiving)
      }
    })
  }

  /** Does something with an upload that nobody else may be doing anything with. Throws `upload-locked`. */
  async alone<T>(vault: Vault, id: string, work: () => Promise<T>): Promise<T> {
    const key = `${vault.folder}\0${id}`
    if (this.#held.has(key)) throw locked()
    this.#held.add(key)
    try {
      return await work()
    } finally {
      this.#held.delete(key)
    }
  }

  /** What has arrived is written and synced. */
  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.allSettled([...this.#receiving])
  }
}

function wrongOffset(offset: number): BackupError {
  return new BackupError('wrong-offset', `The upload has ${offset} bytes`, {
    hint: 'Go on from there.',
    details: { offset },
  })
}

function locked(): BackupError {
  return new BackupError('upload-locked', 'Something else writes to this upload right now', {
    hint: 'Wait a moment, ask how far it is, and go on from there.',
  })
}

function tooManyAtOnce(): BackupError {
  return new BackupError('too-many-uploads', `${mostAtOnce} uploads arrive at once already`, {
    hint: 'Go on with it in a moment.',
    details: { count: mostAtOnce },
  })
}
