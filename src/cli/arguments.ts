import { parseArgs } from 'node:util'
import { codeOf } from '../engine/failure.ts'
import { UsageError } from './command.ts'
import type { Words } from './text/index.ts'

type Options = Readonly<Record<string, { readonly type: 'string' | 'boolean'; readonly multiple?: true }>>
type Values<O extends Options> = {
  readonly [Name in keyof O]?: O[Name]['type'] extends 'string'
    ? O[Name] extends { readonly multiple: true }
      ? readonly string[]
      : string
    : boolean
}

export interface Given<O extends Options> {
  readonly values: Values<O & typeof everywhere>
  readonly positionals: readonly string[]
}

/** What every command takes. */
const everywhere = { json: { type: 'boolean' }, config: { type: 'string' } } as const satisfies Options

/** Throws `UsageError`. */
export function readArguments<const O extends Options>(
  args: readonly string[],
  options: O,
  words: Words,
): Given<O> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...everywhere, ...options },
      allowPositionals: true,
    })
    return { values: values as Values<O & typeof everywhere>, positionals }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new UsageError(words.usage.misread(codeOf(error), /'([^']*)'/.exec(message)?.[1] ?? '', message))
  }
}

/** A whole number from 1 on; undefined when it was not given. */
export function readCount(name: string, text: string | undefined, words: Words): number | undefined {
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new UsageError(words.usage.notACount(name))
}
