import { parentPort, workerData } from 'node:worker_threads'
import type { IntegrityTask } from './findings.ts'
import { checkIntegrity } from './integrity.ts'

parentPort?.postMessage(checkIntegrity(workerData as IntegrityTask))
