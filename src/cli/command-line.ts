import { BackupError } from '../engine/errors.ts'
import { codeOf, failureFrom, reasonOf } from '../engine/failure.ts'
import type { Reader } from '../views/reader.ts'
import { type Command, type CommandName, type CommandOptions, UsageError } from './command.ts'
import { done, exitCodeOf, failed, wrongUsage } from './exit-codes.ts'
import { commandHelp, overview } from './help.ts'
import { openTerminal } from './terminal/terminal.ts'
import { errorLines, languageFrom, words as wordsOf } from './text/index.ts'
import { visible } from './visible.ts'

/** Loaded when it is asked for: each brings libraries that the others don't need. */
const commands: Readonly<Record<CommandName, () => Promise<Command>>> = {
  list: async () => (await import('./list.ts')).list,
  status: async () => (await import('./status.ts')).status,
  verify: async () => (await import('./verify.ts')).verify,
  create: async () => (await import('./create.ts')).create,
  restore: async () => (await import('./restore.ts')).restore,
  prune: async () => (await import('./prune.ts')).prune,
}

const isCommand = (name: string | undefined): name is CommandName =>
  name !== undefined && Object.hasOwn(commands, name)

type Environment = Readonly<Record<string, string | undefined>>

/** Does what was typed and returns the exit code. The program may be told to end by SIGINT, SIGTERM or SIGHUP. */
export async function runCommandLine(argv: readonly string[], environment: Environment): Promise<number> {
  outliveClosedPipe()
  const language = languageFrom(environment)
  const words = wordsOf[language]
  const [name, ...args] = argv
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(`${isCommand(name) ? commandHelp(words, name) : overview(words)}\n`)
    return done
  }
  if (!isCommand(name)) {
    warn(name === undefined ? words.usage.noCommand : words.usage.unknownCommand(name))
    console.error(`\n${overview(words)}`)
    return wrongUsage
  }
  return runCommand(await commands[name](), args, language)
}

async function runCommand(
  command: Command,
  args: readonly string[],
  language: CommandOptions['language'],
): Promise<number> {
  const ended = endedBySignal()
  try {
    return await command.run(args, optionsFor(language, ended.signal))
  } catch (error) {
    if (error instanceof UsageError) return refuse(command.name, error.message, language)
    // What an interruption broke on its way is no failure of its own.
    return await report(ended.signal.aborted ? reasonOf(ended.signal) : error, language)
  } finally {
    ended.release()
  }
}

function optionsFor(language: CommandOptions['language'], signal: AbortSignal): CommandOptions {
  const isTerminal = process.stdin.isTTY === true && process.stderr.isTTY === true
  return {
    signal,
    language,
    words: wordsOf[language],
    reader: readerFor(language),
    terminal: isTerminal ? openTerminal(process.stdin, process.stderr, signal) : null,
    drawsBars: process.stderr.isTTY === true,
    print: (text) => void process.stdout.write(text),
    warn,
  }
}

function readerFor(language: CommandOptions['language']): Reader {
  return { language, timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone, now: Date.now() }
}

async function report(error: unknown, language: CommandOptions['language']): Promise<number> {
  const known = error instanceof BackupError ? error : failureFrom(error, 'automate-backup')
  for (const line of await errorLines(language, known)) if (line !== '') warn(line)
  if (known.code === 'internal' && error instanceof Error) for (const line of stackOf(error)) warn(line)
  return exitCodeOf[known.code]
}

/** There is no log that could have the details of a defect. */
function stackOf(error: Error): string[] {
  return (error.stack ?? error.message).split('\n')
}

function refuse(name: CommandName, problem: string, language: CommandOptions['language']): number {
  warn(problem)
  console.error(`\n${commandHelp(wordsOf[language], name)}`)
  return wrongUsage
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
