import { BackupError } from '../engine/errors.ts'
import { codeOf, failureFrom, reasonOf } from '../engine/failure.ts'
import { type Command, type CommandOptions, UsageError } from './command.ts'
import { done, exitCodeOf, failed, wrongUsage } from './exit-codes.ts'
import { list } from './list.ts'
import { visible } from './visible.ts'

const commands: ReadonlyMap<string, Command> = new Map([['list', list]])

/** Does what was typed and returns the exit code. The program may be told to end by SIGINT, SIGTERM or SIGHUP. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  outliveClosedPipe()
  const [name, ...args] = argv
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(`${usage()}\n`)
    return done
  }
  const command = commands.get(name ?? '')
  if (name === undefined || command === undefined) {
    return refuse(name === undefined ? 'A command is missing' : `There is no command "${name}"`)
  }
  return runCommand(command, args)
}

async function runCommand(command: Command, args: readonly string[]): Promise<number> {
  const ended = endedBySignal()
  const options: CommandOptions = {
    signal: ended.signal,
    print: (text) => void process.stdout.write(text),
    warn,
  }
  try {
    await command.run(args, options)
    return done
  } catch (error) {
    if (error instanceof UsageError) return refuse(error.message)
    // What an interruption broke on its way is no failure of its own.
    return report(ended.signal.aborted ? reasonOf(ended.signal) : error)
  } finally {
    ended.release()
  }
}

function report(error: unknown): number {
  const { code, message, hint } = error instanceof BackupError ? error : failureFrom(error, 'automate-backup')
  warn(message)
  warn(hint)
  if (code === 'internal' && error instanceof Error) for (const line of stackOf(error)) warn(line)
  return exitCodeOf[code]
}

/** There is no log that could have the details of a defect. */
function stackOf(error: Error): string[] {
  return (error.stack ?? error.message).split('\n')
}

function refuse(problem: string): number {
  warn(problem)
  console.error(`\n${usage()}`)
  return wrongUsage
}

function usage(): string {
  const described = [...commands.values()].map(({ synopsis, help }) =>
    [`  ${synopsis}`, ...help.map((line) => `      ${line}`)].join('\n'),
  )
  return [
    'Usage: automate-backup COMMAND',
    '',
    ...described,
    '',
    'Exit codes: 0 done, 1 failed, 2 wrong usage, 130 cancelled.',
  ].join('\n')
}

function warn(line: string): void {
  console.error(visible(line))
}

/** Only the first signal asks; a second one ends the program at once. */
function endedBySignal() {
  const controller = new AbortController()
  const onSignal = () => controller.abort()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const release = () => {
    for (const name of signals) process.off(name, onSignal)
  }
  for (const name of signals) process.on(name, onSignal)
  controller.signal.addEventListener('abort', release, { once: true })
  return { signal: controller.signal, release }
}

/** A reader that has seen enough, such as `head`, is no failure. */
function outliveClosedPipe(): void {
  process.stdout.on('error', (error) => {
    if (codeOf(error) === 'EPIPE') return
    console.error(visible(`The output could not be written: ${error.message}`))
    process.exitCode = failed
  })
}
