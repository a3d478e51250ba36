import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { deferred } from '../deferred.ts'
import type { Findings, IntegrityAnswer, IntegrityTask } from './findings.ts'

/** One thread that checks files, kept for the next: starting one costs more than a small check. */
let idle: Worker | null = null

/** A check on another thread. It can't be stopped: who gives up on it must end the process. */
export async function checkOnThread(task: IntegrityTask): Promise<Findings> {
  const thread = idle ?? startThread()
  idle = null
  const answer = await ask(thread, task)
  idle = thread
  if ('findings' in answer) return answer.findings
  throw Object.assign(new Error(answer.message), { code: answer.code })
}

function startThread(): Worker {
  const entry = new URL(`./integrity-thread${extname(import.meta.url)}`, import.meta.url)
  const thread = new Worker(entry, { execArgv: [] })
  thread.unref()
  return thread
}

function ask(thread: Worker, task: IntegrityTask): Promise<IntegrityAnswer> {
  const { promise, resolve, reject } = deferred<IntegrityAnswer>()
  const onExit = () => reject(new Error('The integrity check ended without an answer'))
  thread.once('message', resolve)
  thread.once('error', reject)
  thread.once('exit', onExit)
  thread.postMessage(task)
  return promise.finally(() => {
    thread.off('message', resolve)
    thread.off('error', reject)
    thread.off('exit', onExit)
  })
}
