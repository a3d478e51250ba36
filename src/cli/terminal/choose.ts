import { clearScreenDown, emitKeypressEvents, type Key, moveCursor } from 'node:readline'
import { deferred } from '../../engine/deferred.ts'
import { cancelled } from '../../engine/failure.ts'
import type { Ends } from './terminal.ts'

interface Choice {
  readonly question: string
  /** Shown as they are: whoever calls has made them harmless. */
  readonly choices: readonly string[]
  /** One line on how to choose. */
  readonly help: string
}

/** Rows that the question, the help and the numbers typed so far take. */
const otherRows = 4
const leastRows = 3

/** A list from which one is chosen with arrow keys, or by its number. Rejects `cancelled` on Ctrl-C and Ctrl-D. */
export function choose(ends: Ends, choice: Choice): Promise<number> {
  const { input, signal } = ends
  const { promise, resolve, reject } = deferred<number>()
  let state: State = { at: 0, typed: '' }
  let drawn = draw(ends, choice, state, 0)
  const onAbort = () => reject(cancelled())
  const onKey = (_text: string | undefined, key: Key) => {
    if (key.ctrl && (key.name === 'c' || key.name === 'd')) return onAbort()
    if (key.name === 'return' || key.name === 'enter') return resolve(state.at)
    state = step(state, key, choice.choices.length)
    drawn = draw(ends, choice, state, drawn)
  }
  const wasRaw = input.isRaw
  emitKeypressEvents(input)
  input.setRawMode(true)
  input.on('keypress', onKey)
  input.on('end', onAbort)
  input.resume()
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  return promise.finally(() => {
    input.off('keypress', onKey)
    input.off('end', onAbort)
    input.setRawMode(wasRaw)
    input.pause()
    signal.removeEventListener('abort', onAbort)
    close(ends, choice, state, drawn)
  })
}

interface State {
  readonly at: number
  /** Digits so far. */
  readonly typed: string
}

/** A number goes where it says; at the ends of the list it goes round. */
function step({ at, typed }: State, key: Key, count: number): State {
  const to = (index: number): State => ({ at: ((index % count) + count) % count, typed: '' })
  if (key.name === 'up' || key.name === 'k') return to(at - 1)
  if (key.name === 'down' || key.name === 'j') return to(at + 1)
  if (key.name === 'home') return to(0)
  if (key.name === 'end') return to(count - 1)
  if (key.name === 'pageup') return to(Math.max(0, at - 10))
  if (key.name === 'pagedown') return to(Math.min(count - 1, at + 10))
  const digits =
    key.name === 'backspace'
      ? typed.slice(0, -1)
      : typed + (/^\d$/.test(key.sequence ?? '') ? key.sequence : '')
  const number = Number(digits)
  return number >= 1 && number <= count
    ? { at: number - 1, typed: digits }
    : { at, typed: number > count ? typed : digits }
}

/** Draws over the rows that were drawn before, and returns how many it has drawn now. */
function draw({ output }: Ends, { question, choices, help }: Choice, { at }: State, before: number): number {
  const room = Math.max(leastRows, (output.rows ?? 24) - otherRows)
  const first = Math.min(Math.max(0, at - Math.floor(room / 2)), Math.max(0, choices.length - room))
  const width = String(choices.length).length
  const rows = choices.slice(first, first + room).map((text, index) => {
    const number = String(first + index + 1).padStart(width)
    return shortened(`${first + index === at ? '>' : ' '} ${number}) ${text}`, output.columns ?? 80)
  })
  const lines = [question, ...rows, shortened(help, output.columns ?? 80)]
  if (before > 0) moveCursor(output, 0, -before)
  output.write('\r')
  clearScreenDown(output)
  output.write(`${lines.join('\n')}\n`)
  return lines.length
}

/** Leaves the question with its answer on the screen. */
function close({ output }: Ends, { question, choices }: Choice, { at }: State, drawn: number): void {
  moveCursor(output, 0, -drawn)
  output.write('\r')
  clearScreenDown(output)
  output.write(`${question} ${choices[at] ?? ''}\n`)
}

/** A longer row would wrap, and the next drawing would begin too low. */
const shortened = (text: string, columns: number) => {
  const letters = [...text]
  return letters.length < columns ? text : `${letters.slice(0, Math.max(1, columns - 2)).join('')}…`
}
