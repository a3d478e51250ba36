import { mkdir, open, readFile, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Audit, AuditEntry } from 'automate-plugin-backup/host'
import type { RedLog } from '../red.ts'

/** About twenty thousand entries; the file before it is kept, too. */
const MAX_BYTES = 8 * 1024 * 1024

/**
 * Hands every entry to Node-RED's audit log and keeps it in a file of its own: the log is a stream that may lead
 * nowhere, and only the file can tell which entries have been there before.
 */
export class AuditFile implements Audit {
  readonly #file: string
  readonly #log: RedLog
  #ids: Set<string> | null = null
  #last: Promise<void> = Promise.resolve()

  constructor(file: string, log: RedLog) {
    this.#file = file
    this.#log = log
  }

  record(entry: AuditEntry): Promise<void> {
    const done = this.#last.then(() => this.#record(entry))
    this.#last = done.catch(() => {})
    return done
  }

  async #record(entry: AuditEntry): Promise<void> {
    this.#ids ??= await this.#idsOnDisk()
    if (this.#ids.has(entry.id)) return
    await this.#append(`${JSON.stringify(entry)}\n`)
    this.#ids.add(entry.id)
    const { id, action, actor, scope, target, outcome, details } = entry
    const tenant = 'tenant' in scope ? { tenant: scope.tenant } : {}
    this.#log.audit({ event: action, id, ...tenant, user: actor, target, outcome, details })
  }

  /** Durable when it resolves. A line that a kill cut off stays a line of its own. */
  async #append(line: string): Promise<void> {
    await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 })
    if ((await sizeOf(this.#file)) > MAX_BYTES) await rename(this.#file, `${this.#file}.1`)
    const handle = await open(this.#file, 'a+', 0o600)
    try {
      await handle.write((await endsOpen(handle)) ? `\n${line}` : line)
      await handle.sync()
    } finally {
      await handle.close()
    }
  }

  async #idsOnDisk(): Promise<Set<string>> {
    const texts = await Promise.all([`${this.#file}.1`, this.#file].map(readOrNothing))
    return new Set(texts.flatMap((text) => text.split('\n').flatMap(idOf)))
  }
}

async function endsOpen(handle: Awaited<ReturnType<typeof open>>): Promise<boolean> {
  const { size } = await handle.stat()
  if (size === 0) return false
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer.toString() !== '\n'
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch {
    // Not there yet; whatever else is wrong with it shows when it is opened.
    return 0
  }
}

async function readOrNothing(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

function idOf(line: string): string[] {
  try {
    const { id } = JSON.parse(line) as Partial<AuditEntry>
    return typeof id === 'string' ? [id] : []
  } catch {
    // The end of the file, or what a kill left of a line.
    return []
  }
}
