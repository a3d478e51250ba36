/** A warm process that takes snapshots, by our way or with better-sqlite3's `backup()` as it comes. */
import { closeSync, fsyncSync, openSync, readFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { createSqliteSource } from '../src/engine/sources/sqlite/sqlite-source.ts'

interface Order {
  readonly way: 'ours' | 'backup()'
  readonly source: string
  readonly target: string
}

process.on('message', async ({ way, source, target }: Order) => {
  const began = performance.now()
  try {
    if (way === 'ours') await ours(source, target)
    else await byBackup(source, target)
    process.send?.({ ms: performance.now() - began, peakMiB: peakMiB() })
  } catch (error) {
    process.send?.({ error: String(error) })
  }
})
process.on('disconnect', () => process.exit())

async function ours(source: string, target: string): Promise<void> {
  const options = { signal: new AbortController().signal, onProgress() {} }
  await createSqliteSource({ timeoutMs: 10_000 }).snapshot({ name: 'main', path: source }, target, options)
}

async function byBackup(source: string, target: string): Promise<void> {
  const database = new Database(source)
  await database.backup(target)
  database.close()
  const file = openSync(target, 'r+')
  fsyncSync(file)
  closeSync(file)
}

function peakMiB(): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) / 1024
}
