import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Vault } from '../../src/engine/engine.ts'
import type { ImportRequest, UploadOrder } from '../../src/engine/uploading.ts'
import { admin, createRequest } from './tenant.ts'

export const unlimited = { maxUploadBytes: null, maxBytes: null, maxCount: null }

/** The bytes of a sound database with that many rows of about 1 KiB. */
export async function databaseBytes(rows = 200, more = ''): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'backup-made-'))
  const path = join(folder, 'made.sqlite')
  const database = new Database(path)
  database.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)')
  const insert = database.prepare('INSERT INTO notes (text) VALUES (?)')
  for (let row = 0; row < rows; row++) insert.run(randomBytes(512).toString('hex'))
  if (more) database.exec(more)
  database.close()
  const bytes = readFileSync(path)
  rmSync(folder, { recursive: true })
  return bytes
}

export function uploadOrder(
  bytes: { readonly length: number } | null,
  more: Partial<UploadOrder> = {},
): UploadOrder {
  return {
    id: randomUUID(),
    owner: { id: admin!.id, name: admin!.name },
    fileName: 'main.sqlite',
    database: null,
    fingerprint: null,
    metadata: null,
    sizeBytes: bytes?.length ?? null,
    now: new Date().toISOString(),
    limits: unlimited,
    ...more,
  }
}

export function importRequest(vault: Vault, id: string, more: Partial<ImportRequest> = {}): ImportRequest {
  const { startedAt, actor } = createRequest(vault)
  return { vault, runId: id, startedAt, trigger: 'imported', actor, limits: unlimited, ...more }
}

export async function* pieces(bytes: Buffer, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
