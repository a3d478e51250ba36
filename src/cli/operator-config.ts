import { readFileSync } from 'node:fs'
import { BackupError } from '../engine/errors.ts'
import { codeOf } from '../engine/failure.ts'
import { InvalidSettings } from '../settings/field-problem.ts'
import { defaultOperatorSettings, type OperatorSettings } from '../settings/operator-settings.ts'

/** The settings that the operator has chosen for the whole installation; the defaults when no file is given. */
export async function readConfig(file: string | undefined): Promise<OperatorSettings> {
  if (file === undefined) return defaultOperatorSettings
  try {
    const { readOperatorSettings } = await import('../settings/read-settings.ts')
    return readOperatorSettings(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    throw new BackupError('operator-settings-broken', `${file} can’t be used: ${why(error)}`, {
      hint: 'It has the operator’s settings as JSON; see the operator’s handbook.',
      details: { file },
      cause: error,
    })
  }
}

function why(error: unknown): string {
  if (error instanceof SyntaxError) return 'it is no JSON'
  if (error instanceof InvalidSettings) return error.message
  return codeOf(error) || 'unknown'
}
