/** A process that hashes files as the proof does, and says how long each took. */
import { closeSync, openSync } from 'node:fs'
import { hashFile } from '../src/engine/proof/hash.ts'

const calm = { signal: new AbortController().signal, onProgress() {} }

process.on('message', ({ path }: { readonly path: string }) => {
  hash(path).then(
    (ms) => process.send?.({ ms }),
    (error) => process.send?.({ error: String(error) }),
  )
})
process.on('disconnect', () => process.exit())

async function hash(path: string): Promise<number> {
  const began = performance.now()
  const file = openSync(path, 'r')
  try {
    await hashFile(file, calm)
    return performance.now() - began
  } finally {
    closeSync(file)
  }
}
