import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { until } from './processes.ts'

/** As it was built: what is published, and what starts three times as fast as the sources. */
export const main = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** English, unless a test says otherwise. */
const english = { LC_ALL: 'C.UTF-8' }

export function start(
  args: readonly string[],
  options: {
    readonly nodeOptions?: readonly string[]
    readonly env?: Readonly<Record<string, string>>
    readonly cwd?: string
  } = {},
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, [...(options.nodeOptions ?? []), main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...english, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
  return { child, ended }
}

export const run = (...args: string[]) => start(args).ended

/** Why no terminal can be had here; null where one can. */
export function missingForTerminal(): string | null {
  const found = spawnSync('script', ['--version'], { encoding: 'utf8' })
  return /util-linux/.test(found.stdout ?? '') ? null : 'NOT RUN: script of util-linux is missing'
}

/** The command line on a terminal of its own, with somebody who types. */
export class Typist {
  readonly #child: ChildProcess
  readonly #ended: Promise<number | null>
  #seen = ''
  #read = 0

  constructor(
    args: readonly string[],
    { cwd, env = {} }: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
  ) {
    const command = [process.execPath, main, ...args]
      .map((word) => `'${word.replaceAll("'", "'\\''")}'`)
      .join(' ')
    this.#child = spawn('script', ['-qefc', `stty cols 100 rows 30; exec ${command}`, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, ...english, TERM: 'xterm', ...env },
      ...(cwd === undefined ? {} : { cwd }),
    })
    onTestFinished(() => void this.#child.kill('SIGKILL'))
    this.#child.stdout!.setEncoding('utf8').on('data', (text) => {
      this.#seen += text
    })
    this.#ended = new Promise((resolve) => void this.#child.on('close', resolve))
  }

  /** Everything that was written to the terminal so far, without what moves the cursor. */
  get screen(): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a terminal is told with
    return this.#seen.replaceAll(/\x1b\[[\d;?]*[A-Za-z]/g, '').replaceAll('\r', '')
  }

  /** Waits for a text that was not waited for before, then types. */
  async after(text: string, keys: string): Promise<void> {
    await this.sees(text)
    this.#child.stdin!.write(keys)
  }

  async sees(text: string): Promise<void> {
    const find = () => this.screen.indexOf(text, this.#read)
    try {
      await until(() => find() >= 0, 20_000)
    } catch {
      throw new Error(`"${text}" did not appear. There was:\n${this.screen}`)
    }
    this.#read = find() + text.length
  }

  /** The exit code. */
  async end(): Promise<number | null> {
    return this.#ended
  }
}

export const keys = { up: '\x1b[A', down: '\x1b[B', enter: '\r', interrupt: '\x03', erase: '\x15' } as const
