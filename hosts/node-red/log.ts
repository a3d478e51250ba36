import type { Logger } from 'automate-plugin-backup/host'
import type { RedLog } from './red.ts'

/** Node-RED's log: one line an entry, whatever is in it. */
export function redLogger(log: RedLog): Logger {
  return {
    info: (message, fields) => log.info(line(message, fields)),
    warn: (message, fields) => log.warn(line(message, fields)),
    error: (message, fields) => log.error(line(message, fields)),
  }
}

function line(message: string, fields?: Readonly<Record<string, unknown>>): string {
  const more = fields === undefined ? '' : ` ${JSON.stringify(fields)}`
  return `[backup] ${message.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\uFFFD')}${more}`
}
