import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

/** Process ids of the workers that a process has started, as `/proc` shows them. */
export function workersOf(parent: number = process.pid): number[] {
  return childrenOf(parent).filter((pid) => commandOf(pid).includes('/worker/main.'))
}

function childrenOf(parent: number): number[] {
  return readdirSync(`/proc/${parent}/task`).flatMap((thread) => {
    const text = readOrEmpty(`/proc/${parent}/task/${thread}/children`)
    return text.split(' ').filter(Boolean).map(Number)
  })
}

export function isAlive(pid: number): boolean {
  const state = readOrEmpty(`/proc/${pid}/stat`).replace(/^.*\) /, '')[0]
  return state !== undefined && state !== 'Z'
}

/** Whether a process has that file open. */
export function hasOpen(pid: number, path: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`) === path)
  } catch {
    return false
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

const commandOf = (pid: number) => readOrEmpty(`/proc/${pid}/cmdline`)

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Polls until something holds; rejects after the deadline. */
export async function until(holds: () => boolean | Promise<boolean>, deadlineMs = 5_000): Promise<void> {
  const end = Date.now() + deadlineMs
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`It did not happen within ${deadlineMs} ms: ${holds}`)
    await wait(10)
  }
}

/**
 * A stopwatch that leaves out what this process was kept from running, so that a crowded machine doesn't count as a
 * slow program. Milliseconds.
 */
export function startWatch(): () => number {
  const everyMs = 5
  const started = performance.now()
  let last = started
  let starved = 0
  const timer = setInterval(() => {
    const now = performance.now()
    starved += Math.max(0, now - last - 2 * everyMs)
    last = now
  }, everyMs)
  return () => {
    clearInterval(timer)
    return performance.now() - started - starved
  }
}
