/** A warm process that takes snapshots of one tenant after the other. */
import { join } from 'node:path'
import { createSqliteSource } from '../src/engine/sources/sqlite/sqlite-source.ts'

const source = createSqliteSource({ timeoutMs: 10_000 })

process.on('message', ({ roots }: { readonly roots: readonly string[] }) => {
  copyAll(roots).then(
    () => process.send?.({}),
    (error) => process.send?.({ error: String(error) }),
  )
})
process.on('disconnect', () => process.exit())

async function copyAll(roots: readonly string[]): Promise<void> {
  for (const root of roots) {
    const database = { name: 'main', path: join(root, 'main.sqlite') }
    await source.snapshot(database, join(root, 'snapshot.sqlite'), {
      signal: new AbortController().signal,
      onPinned() {},
      onProgress() {},
    })
  }
}
