import { parentPort } from 'node:worker_threads'
import { codeOf } from '../failure.ts'
import type { IntegrityAnswer, IntegrityTask } from './findings.ts'
import { checkIntegrity } from './integrity.ts'

parentPort?.on('message', (task: IntegrityTask) => parentPort?.postMessage(answer(task)))

function answer(task: IntegrityTask): IntegrityAnswer {
  try {
    return { findings: checkIntegrity(task) }
  } catch (error) {
    return { code: codeOf(error), message: error instanceof Error ? error.message : 'unknown' }
  }
}
