import { deferred } from '../deferred.ts'
import { cancelled } from '../failure.ts'
import type { RowsTaken, TakenRows } from '../rescuing.ts'
import type { Frame } from './frames.ts'
import type { TakeEnd, TakeTick } from './job.ts'
import { read } from './look.ts'

/** Milliseconds for which a reader may take nothing: a process must not wait for one that is gone. */
const readerMs = 120_000

/** Rows on their way out. Resolves when there is something to read, so that what fails before can still be said. */
export async function takenFrom(
  frames: AsyncGenerator<Frame>,
  { onReady, stop }: { onReady(frame: Frame): void; stop(): void },
): Promise<Omit<TakenRows, 'backup'>> {
  const ended = deferred<RowsTaken>()
  ended.promise.catch(() => {})
  let rows = 0
  let timer: NodeJS.Timeout | undefined

  /** What comes next; null at the end. */
  async function next(): Promise<Buffer | null> {
    for (;;) {
      const { done, value } = await frames.next()
      if (done) return null
      if (value.kind === 'ready') onReady(value)
      if (value.kind === 'tick') rows = read<TakeTick>(value).rows
      if (value.kind === 'data') return value.content
      if (value.kind === 'end') {
        const end = read<TakeEnd>(value)
        rows = end.rows
        ended.resolve(end)
        return null
      }
    }
  }

  async function giveUp(error: unknown): Promise<void> {
    clearTimeout(timer)
    ended.reject(error as Error)
    // First the process, which may be silent for long; then what listens to it.
    stop()
    await frames.return(undefined)
  }

  let first: Buffer | null
  try {
    first = await next()
  } catch (error) {
    await giveUp(error)
    throw error
  }
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        clearTimeout(timer)
        try {
          const piece = first ?? (await next())
          first = null
          if (piece === null) {
            controller.close()
            await frames.return(undefined)
            return
          }
          controller.enqueue(piece)
          timer = setTimeout(() => {
            controller.error(cancelled())
            void giveUp(cancelled())
          }, readerMs)
        } catch (error) {
          await giveUp(error)
          throw error
        }
      },
      cancel: () => giveUp(cancelled()),
    },
    { highWaterMark: 0 },
  )
  return { stream, ended: ended.promise, rows: () => rows }
}
