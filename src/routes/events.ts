import type { Caller } from '../host/contract.ts'
import type { ActiveRun, LiveRun } from '../service/active-run.ts'
import type { Language } from '../views/index.ts'
import { runJson } from './answer.ts'
import type { Exchange } from './exchange.ts'

/** Progress is sent at most this often; the last state always. */
const AT_MOST_EVERY_MS = 200
/** Keeps proxies from closing a quiet connection, and looks whether the caller may still read. */
const LOOK_AGAIN_MS = 15_000

/**
 * A run as server-sent events: its state at once, then every change, the final one last, then the stream ends.
 * It also ends when the session or the permission is gone.
 */
export function runEvents(active: ActiveRun, exchange: Exchange, permission: string): Response {
  const over = new AbortController()
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      over.signal.addEventListener('abort', () => closeQuietly(controller), { once: true })
      exchange.request.signal.addEventListener('abort', () => over.abort(), { once: true })
      const send = (text: string) => {
        if (!over.signal.aborted) controller.enqueue(new TextEncoder().encode(text))
      }
      const unwatch = active.watch(
        thinnedOut((run) => {
          send(eventOf(run, exchange.language))
          if (run.endedAt) over.abort()
        }),
      )
      // Also a run that is parked ends here, without an end of its own.
      void active.ended.then(() => over.abort())
      whenOver(over.signal, unwatch)
      lookAgain(exchange.caller, permission, over, () => send(': still here\n\n'))
    },
    cancel: () => over.abort(),
  })
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    },
  })
}

/** Ends the stream when the caller's session or permission has ended; says something otherwise. */
function lookAgain(caller: Caller, permission: string, over: AbortController, say: () => void): void {
  const timer = setInterval(async () => {
    const now = await caller.refresh().catch(() => null)
    if (now?.permissions.has(permission) && now.tenant === caller.tenant) say()
    else over.abort()
  }, LOOK_AGAIN_MS).unref()
  whenOver(over.signal, () => clearInterval(timer))
}

function whenOver(signal: AbortSignal, cleanUp: () => void): void {
  if (signal.aborted) cleanUp()
  else signal.addEventListener('abort', cleanUp, { once: true })
}

function eventOf(run: LiveRun, language: Language): string {
  return `event: run\ndata: ${JSON.stringify(runJson(run, language))}\n\n`
}

/** Passes on the first state, changes of stage and the end at once; mere progress from time to time, the last one too. */
function thinnedOut(tell: (run: LiveRun) => void): (run: LiveRun) => void {
  let told: { readonly at: number; readonly run: LiveRun } | null = null
  let later: NodeJS.Timeout | undefined
  const tellNow = (run: LiveRun) => {
    clearTimeout(later)
    later = undefined
    told = { at: performance.now(), run }
    tell(run)
  }
  let newest: LiveRun
  return (run) => {
    newest = run
    const wait = told === null ? 0 : told.at + AT_MOST_EVERY_MS - performance.now()
    const same = told?.run.stage === run.stage && told.run.status === run.status
    if (!same || wait <= 0) tellNow(run)
    else later ??= setTimeout(() => tellNow(newest), wait).unref()
  }
}

function closeQuietly(controller: ReadableStreamDefaultController): void {
  try {
    controller.close()
  } catch {
    // The reader went away first; there is nothing left to close.
  }
}
