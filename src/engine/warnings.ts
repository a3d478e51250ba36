/** What a run that succeeded has to say all the same. */
export const warningCodes = [
  'clock-behind',
  'clock-ahead',
  'not-removed',
  'rolled-back',
  'opened-meanwhile',
  'written-meanwhile',
  'not-compared',
  'not-tidied',
] as const

export type WarningCode = (typeof warningCodes)[number]

export interface Warning {
  readonly code: WarningCode
  /** In English, for logs. */
  readonly message: string
  /** What the message names. */
  readonly details: Readonly<Record<string, string>>
}

const messages: Readonly<Record<WarningCode, (details: Warning['details']) => string>> = {
  'clock-behind': () =>
    'The clock stands before the newest backup: rules of age and calendar removed nothing.',
  'clock-ahead': () =>
    'The clock has jumped implausibly far ahead: rules of age and calendar removed nothing.',
  'not-removed': ({ name, why }) => `The old backup ${name} could not be removed: ${why}`,
  'rolled-back': ({ database }) =>
    `A program that wrote to "${database}" was killed in mid-transaction; its journal was rolled back before copying.`,
  'opened-meanwhile': ({ process }) =>
    `The process ${process} had opened the old database just before it was replaced: end it, or what it writes is lost.`,
  'written-meanwhile': () => 'An application has opened the restored database already and writes to it.',
  'not-compared': () =>
    'The worker process ended after the backup was put in place; it was not compared once more.',
  'not-tidied': () =>
    'The worker process ended after the backup was published; old backups are removed by the next run.',
}

export function warning(code: WarningCode, details: Warning['details'] = {}): Warning {
  return { code, message: messages[code](details), details }
}
