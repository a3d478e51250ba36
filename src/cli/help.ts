import type { CommandName } from './command.ts'
import type { Words } from './text/index.ts'

/** Fits a terminal of 80 columns and 24 rows, as every help here does. */
export function overview({ usage }: Words): string {
  const described = Object.values(usage.help).flatMap(({ synopsis, summary }) => [
    `  ${synopsis}`,
    `      ${summary}`,
  ])
  return [
    usage.heading,
    '',
    ...described,
    '',
    ...aligned(usage.common),
    '',
    usage.more,
    usage.exitCodes,
  ].join('\n')
}

export function commandHelp({ usage }: Words, name: CommandName): string {
  const { synopsis, summary, details, options } = usage.help[name]
  const sentence = `${summary[0]?.toUpperCase()}${summary.slice(1)}.`
  const all = aligned([...options, ...usage.common])
  return [usage.of(synopsis), '', sentence, ...details, '', ...all, '', usage.exitCodes].join('\n')
}

function aligned(options: Words['usage']['common']): readonly string[] {
  const width = Math.max(...options.map(([option]) => option.length))
  return options.map(([option, meaning]) => `  ${option.padEnd(width)}  ${meaning}`)
}
