/**
 * A process that makes one backup and says how that ended, for tests that look at it from outside. Its first argument
 * is the request, its second the environment of its worker processes, both as JSON; the third is when to begin.
 */
import type { CreateRequest } from '../../src/engine/engine.ts'
import { createEngine } from '../../src/engine/worker-engine.ts'

const engine = createEngine({ environment: JSON.parse(process.argv[3] ?? '{}') })
const request = JSON.parse(process.argv[2] ?? '') as CreateRequest
const options = { signal: new AbortController().signal, onProgress() {} }
const beginAt = Number(process.argv[4] ?? 0)
while (Date.now() < beginAt) {
  // Spins, so that several processes begin at the same millisecond.
}
try {
  await engine.create(request, options)
  say({ code: 'completed', message: '' })
} catch (error) {
  const { code = 'none', message } = error as Error & { code?: string }
  say({ code, message })
}
await engine.close()

function say(ending: { readonly code: string; readonly message: string }): void {
  process.stdout.write(JSON.stringify(ending))
}
