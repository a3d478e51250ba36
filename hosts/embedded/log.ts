import type { Clock, Logger } from 'automate-plugin-backup/host'

export type WriteLine = (line: string) => void

/** One line an entry: time, level, who, message and what belongs to it. */
export function lineLogger(name: string, clock: Clock, write: WriteLine): Logger {
  const log = (level: string) => (message: string, fields?: Readonly<Record<string, unknown>>) => {
    const more = fields === undefined ? '' : ` ${JSON.stringify(fields)}`
    write(`${new Date(clock.now()).toISOString()} ${level} [${name}] ${oneLine(message)}${more}`)
  }
  return { info: log('info'), warn: log('warn'), error: log('error') }
}

/** Nothing that comes from outside may begin a line of its own. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
}
