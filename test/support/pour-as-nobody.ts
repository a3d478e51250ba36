/**
 * A process of its own that takes a folder as a user without rights, and says what it took and what it left out. For
 * tests that run as root, who may read everything.
 */

import { createDirectorySource } from '../../src/engine/sources/directory/directory-source.ts'
import { createSqliteSource } from '../../src/engine/sources/sqlite/sqlite-source.ts'

const nobody = 65_534
const path = process.argv[2] ?? ''
const source = createDirectorySource(
  { kind: 'directory', id: 'files', path, exclude: [], alwaysExclude: [] },
  { databases: createSqliteSource({ timeoutMs: 100 }) },
)
const { signal } = new AbortController()
const paths: string[] = []
process.setgroups?.([])
process.setegid?.(nobody)
process.seteuid?.(nobody)
try {
  await source.measure({ signal })
  const sink = {
    async add(entry: { readonly path: string }) {
      paths.push(entry.path)
      return { sizeBytes: 0, sha256: null }
    },
  }
  const { leftOut } = await source.pour(sink, { signal, scratch: '/nonexistent', onProgress() {} })
  process.stdout.write(JSON.stringify({ paths, leftOut }))
} catch (error) {
  process.stdout.write(JSON.stringify({ error }))
}
