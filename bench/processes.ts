import { type ChildProcess, fork, spawn } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A file beside this one, as source or as built. */
const script = (name: string) => fileURLToPath(new URL(`${name}${extname(import.meta.url)}`, import.meta.url))

/** Milliseconds until the command ended, or null when it was killed; throws when it failed. */
export function timed(
  command: string,
  args: readonly string[],
  killAfterMs = 600_000,
): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    let errors = ''
    child.stderr.on('data', (text) => {
      errors += text
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs)
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timer)
      if (code === 0) resolve(performance.now() - began)
      else if (code === null) resolve(null)
      else reject(new Error(`${command} ended with ${code}: ${errors}`))
    })
  })
}

interface PeerOptions {
  readonly nodeOptions?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

/** A process that answers every message with one. */
export class Peer {
  readonly #process: ChildProcess

  constructor(name: string, args: readonly string[] = [], options: PeerOptions = {}) {
    const { nodeOptions = [], environment = {} } = options
    this.#process = fork(script(name), args, {
      execArgv: [...nodeOptions],
      env: { ...process.env, ...environment },
    })
  }

  /** Null when there is no answer in time; the process is of no use then. */
  ask<Answer>(question: object, patienceMs = 600_000): Promise<Answer | null> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => resolve(null), patienceMs)
      this.#process.once('message', (answer: Answer & { readonly error?: string }) => {
        clearTimeout(timer)
        if (answer.error === undefined) resolve(answer)
        else reject(new Error(answer.error))
      })
      this.#process.send(question)
    })
  }

  /** Its own children end with it: those of ours see that it is gone, the others are killed by their time limit. */
  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.kill('SIGKILL')
    await ended
  }
}
