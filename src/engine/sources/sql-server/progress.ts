import type { SourceProgress } from '../../archive.ts'
import { numbers, type Said } from './server-error.ts'

/** What the server says with STATS = 1: "42 percent processed." in the language of the login. */
export function percentOf({ number, message }: Said): number | null {
  if (number !== numbers.percent) return null
  const percent = Number(/\d+/.exec(message)?.[0] ?? Number.NaN)
  return percent >= 0 && percent <= 100 ? percent : null
}

export interface Teller {
  /** A part of the work that counts: `bytes` are what the server has gone through. */
  counting(verb: string): (message: Said) => void
  /** A part that shows where it is, and counts no bytes a second time. */
  watching(verb: string): (message: Said) => void
  done(): void
}

/** Turns the server's percents into progress that never goes backwards. */
export function tellProgress(
  database: string,
  totalBytes: number,
  { signal, onProgress }: { readonly signal: AbortSignal; onProgress(progress: SourceProgress): void },
): Teller {
  let bytes = 0
  const tell = (files: number, item: string) => {
    if (!signal.aborted) onProgress({ files, bytes, item })
  }
  const onPercent = (verb: string, count: (percent: number) => void) => (message: Said) => {
    const percent = percentOf(message)
    if (percent === null) return
    count(percent)
    tell(0, `${database}: ${verb} ${percent} %`)
  }
  tell(0, database)
  return {
    counting: (verb) =>
      onPercent(verb, (percent) => {
        bytes = Math.max(bytes, Math.floor((totalBytes * percent) / 100))
      }),
    watching: (verb) => onPercent(verb, () => {}),
    done() {
      bytes = totalBytes
      tell(1, database)
    },
  }
}
