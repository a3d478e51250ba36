export interface CommandOptions {
  /** Aborts when the user or the system asks the program to end. */
  readonly signal: AbortSignal
  /** Writes to standard output: results only. */
  print(text: string): void
  /** Writes a line to standard error: whatever isn't a result. */
  warn(line: string): void
}

export interface Command {
  /** Name and arguments as they are typed. */
  readonly synopsis: string
  /** Lines of the help, without indentation. */
  readonly help: readonly string[]
  /** Rejects `UsageError` before anything is done, otherwise `BackupError`. */
  run(args: readonly string[], options: CommandOptions): Promise<void>
}

/** What was typed can't be understood. */
export class UsageError extends Error {}
