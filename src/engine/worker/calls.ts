import { type Deferred, deferred } from '../deferred.ts'
import { BackupError } from '../errors.ts'
import { failureFrom, reasonOf } from '../failure.ts'
import type { Findings } from '../proof/findings.ts'
import type { RunTools } from '../runs/run-in-vault.ts'
import type { SnapshotSource } from '../source.ts'
import type { FromWorker, Question, ToWorker, WorkerSettings } from './protocol.ts'

export interface CallsOptions {
  /** What each operation does that this process is asked for. */
  readonly operations: Readonly<Record<string, (input: never, tools: RunTools) => Promise<unknown>>>
  readonly source: SnapshotSource
  readonly settings: WorkerSettings
  send(message: FromWorker): void
}

/** Carries out what the parent asks for, any number of calls at once. */
export function createCalls(options: CallsOptions): { receive(message: ToWorker): void } {
  const running = new Map<number, AbortController>()
  const questions = new Map<number, Deferred<unknown>>()
  let lastQuestion = 0

  async function call({ id, name, arguments: input, waitedMs }: CallMessage): Promise<void> {
    const controller = new AbortController()
    running.set(id, controller)
    let spent = false
    const tools: RunTools = {
      signal: controller.signal,
      waitedMs,
      source: options.source,
      sourceTimeoutMs: options.settings.sourceTimeoutMs,
      lockWaitMs: options.settings.lockWaitMs,
      changeWaitMs: options.settings.changeWaitMs,
      hostileMs: options.settings.hostileMs,
      onProgress: thinned((stage, progress, current) =>
        options.send({ kind: 'progress', id, stage, progress, ...(current && { current }) }),
      ),
      onCommitted: () => options.send({ kind: 'committed', id }),
      onAbandoned() {
        spent = true
      },
      isBeingRead: (name) => ask<boolean>(id, { kind: 'being-read', name }),
      takeOver: () => unlessAborted(controller.signal, ask<null>(id, { kind: 'take-over' })),
      checkElsewhere: (task) => ask<Findings | null>(id, { kind: 'check', task }),
    }
    try {
      const answer = await (options.operations[name] as Operate)(input, tools)
      options.send({ kind: 'done', id, answer, spent })
    } catch (error) {
      options.send({
        kind: 'failed',
        id,
        error: failureFrom(error, 'The work could not be done').toJSON(),
        spent,
      })
      reportDefect(error)
    } finally {
      running.delete(id)
    }
  }

  function ask<Answer>(id: number, about: Question): Promise<Answer> {
    const question = ++lastQuestion
    const asked = deferred<Answer>()
    questions.set(question, asked as Deferred<unknown>)
    options.send({ kind: 'question', id, question, about })
    return asked.promise.finally(() => questions.delete(question))
  }

  return {
    receive(message) {
      if (message.kind === 'call') void call(message)
      if (message.kind === 'cancel') running.get(message.id)?.abort(BackupError.fromJSON(message.error))
      if (message.kind === 'answer') questions.get(message.question)?.resolve(message.answer)
      if (message.kind === 'refusal') {
        questions.get(message.question)?.reject(BackupError.fromJSON(message.error))
      }
    },
  }
}

/** An answer that may never come must not keep a cancelled run. */
async function unlessAborted(signal: AbortSignal, answer: Promise<unknown>): Promise<void> {
  const { promise: given, reject } = deferred<never>()
  const giveUp = () => reject(reasonOf(signal))
  if (signal.aborted) giveUp()
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    await Promise.race([given, answer])
  } finally {
    signal.removeEventListener('abort', giveUp)
    answer.catch(() => {})
  }
}

type CallMessage = Extract<ToWorker, { kind: 'call' }>
type Operate = (input: unknown, tools: RunTools) => Promise<unknown>

const progressEveryMs = 50

/** Every change of stage, and otherwise no more messages than somebody could see. The last one of a stage counts. */
function thinned(report: RunTools['onProgress']): RunTools['onProgress'] {
  let lastStage: string | null = null
  let lastAt = Number.NEGATIVE_INFINITY
  return (stage, progress, current) => {
    const complete = progress !== null && progress.done >= progress.total
    const at = performance.now()
    if (stage === lastStage && !complete && at - lastAt < progressEveryMs) return
    lastStage = stage
    lastAt = at
    report(stage, progress, current)
  }
}

/** The parent keeps the end of this for the cause of a crash; what is shown to people is the error itself. */
function reportDefect(error: unknown): void {
  if (!(error instanceof BackupError) || error.code === 'internal') console.error(error)
}
