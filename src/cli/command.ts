import type { Language } from '../views/model.ts'
import type { Reader } from '../views/reader.ts'
import type { Terminal } from './terminal/terminal.ts'
import type { Words } from './text/index.ts'

export interface CommandOptions {
  /** Aborts when the user or the system asks the program to end. */
  readonly signal: AbortSignal
  readonly language: Language
  readonly words: Words
  /** For whom times are written: in the zone of the machine. */
  readonly reader: Reader
  /** Where questions can be asked; null unless there is a person at both ends. */
  readonly terminal: Terminal | null
  /** Whether standard error is a terminal, so that a bar may be drawn there. */
  readonly drawsBars: boolean
  /** Writes to standard output: results only. */
  print(text: string): void
  /** Writes a line to standard error: whatever isn't a result. */
  warn(line: string): void
}

export type CommandName = 'list' | 'status' | 'verify' | 'create' | 'restore' | 'prune'

export interface Command {
  readonly name: CommandName
  /** Rejects `UsageError` before anything is done, otherwise `BackupError`. Returns the exit code. */
  run(args: readonly string[], options: CommandOptions): Promise<number>
}

/** What was typed can't be understood. */
export class UsageError extends Error {}
