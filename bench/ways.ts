import { closeSync, fsyncSync, openSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import type { CreateRequest } from '../src/engine/engine.ts'
import { createEngine } from '../src/engine/worker-engine.ts'
import { timed } from './processes.ts'

export interface Way {
  /** It works in the host's own process, where nothing can stop it but that process's end. */
  readonly inHost?: boolean
  /** What happens before the clock runs. */
  prepare?(folder: string): Promise<void>
  /** Ends when the copy is on the disk. */
  copy(source: string, target: string, patienceMs: number): Promise<Taken>
}

/** Milliseconds; null when it was not done in time. */
export interface Taken {
  readonly snapshotMs: number | null
  readonly proofMs?: number
}

export const nothing = 'nothing'
const idleMs = 2_000

/** The contenders, as a host process would use them. */
export const ways: Readonly<Record<string, Way>> = {
  [nothing]: {
    async copy() {
      await new Promise((resolve) => setTimeout(resolve, idleMs))
      return { snapshotMs: idleMs }
    },
  },
  'this plugin': thisPlugin(),
  'cp + fsync': commands((source, target) => [
    ['cp', source, target],
    ['sync', target],
  ]),
  'sqlite3 .backup': commands((source, target) => [
    ['sqlite3', source, `.backup '${target}'`],
    ['sync', target],
  ]),
  'sqlite3 VACUUM INTO': commands((source, target) => [
    ['sqlite3', source, `VACUUM INTO '${target}'`],
    ['sync', target],
  ]),
  'better-sqlite3 backup()': { inHost: true, copy: byBackup },
}

/** A whole run, of which the snapshot is timed: from the beginning of that stage to that of the proof. */
function thisPlugin(): Way {
  const engine = createEngine()
  return {
    async prepare(folder) {
      await engine.inspect({ root: folder, folder: join(folder, 'backups'), databases: [] })
    },
    async copy(source, _target, patienceMs) {
      const began = new Map<string, number>()
      const controller = new AbortController()
      const timer = setTimeout(() => controller.abort(), patienceMs)
      const run = engine.create(requestFor(dirname(source), source, 'bench'), {
        signal: controller.signal,
        onProgress({ stage }) {
          if (!began.has(stage)) began.set(stage, performance.now())
          if (stage === 'proof') clearTimeout(timer)
        },
      })
      if (!(await ended(run, controller.signal))) return { snapshotMs: null }
      const [snapshot = 0, proof = 0, publish = 0] = ['snapshot', 'proof', 'publish'].map((stage) =>
        began.get(stage),
      )
      return { snapshotMs: proof - snapshot, proofMs: publish - proof }
    },
  }
}

/** False when it was stopped. */
async function ended(run: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  try {
    await run
    return true
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}

function commands(of: (source: string, target: string) => readonly (readonly [string, ...string[]])[]): Way {
  return {
    async copy(source, target, patienceMs) {
      let snapshotMs = 0
      for (const [command, ...args] of of(source, target)) {
        const ms = await timed(command, args, patienceMs)
        if (ms === null) return { snapshotMs: null }
        snapshotMs += ms
      }
      return { snapshotMs }
    },
  }
}

async function byBackup(source: string, target: string): Promise<Taken> {
  const began = performance.now()
  const database = new Database(source)
  await database.backup(target)
  database.close()
  const file = openSync(target, 'r+')
  fsyncSync(file)
  closeSync(file)
  return { snapshotMs: performance.now() - began }
}

export function requestFor(root: string, path: string, runId: string): CreateRequest {
  const none = { maxAgeDays: null, keepDaily: null, keepWeekly: null, keepMonthly: null, keepYearly: null }
  return {
    vault: { root, folder: join(root, 'backups'), databases: [{ name: basename(path, '.sqlite'), path }] },
    runId,
    startedAt: new Date().toISOString(),
    trigger: 'scheduled',
    actor: null,
    note: null,
    patient: false,
    appVersion: '1.0.0',
    retention: { maxCount: 7, ...none },
    timeZone: 'UTC',
    maxBytes: null,
  }
}
