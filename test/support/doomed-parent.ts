/**
 * A process that starts a backup and tells its stages, for tests that kill it in the middle of one. Its argument is
 * the request as JSON.
 */
import './hand-compiled.ts'
import { createEngine } from '../../src/engine/worker-engine.ts'

const engine = createEngine()
const request = JSON.parse(process.argv[2] ?? '')
const signal = new AbortController().signal
await engine.create(request, { signal, onProgress: ({ stage }) => void process.send?.(stage) })
await engine.close()
process.disconnect?.()
