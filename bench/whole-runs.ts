import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { CreateRequest } from '../src/engine/engine.ts'
import { createEngine } from '../src/engine/worker-engine.ts'
import { makeDatabase } from './databases.ts'
import { figure, table } from './figures.ts'
import type { BenchOptions } from './options.ts'
import { timed } from './processes.ts'

/** Everything that a backup is: lock, checks, snapshot, proof, publication. And what the host notices of it. */
export async function benchWholeRuns(options: BenchOptions): Promise<string> {
  const [size = 50] = options.sizes
  return [await large(size, options), await many(options)].join('\n\n')
}

async function large(size: number, options: BenchOptions): Promise<string> {
  const root = resolve(options.folder, 'large')
  mkdirSync(root, { recursive: true })
  const path = join(root, 'main.sqlite')
  makeDatabase(path, size)
  const engine = createEngine()
  const idle = await eventLoopDuring(() => new Promise((done) => setTimeout(done, 2000)))
  const stages = new Map<string, number>()
  let stage = ''
  let since = performance.now()
  let peak = 0
  const watch = setInterval(() => {
    peak = Math.max(peak, ...childrenMiB())
  }, 50)
  const during = await eventLoopDuring(async () => {
    await engine.create(requestFor(root, path, 'large'), {
      signal: new AbortController().signal,
      onProgress(now) {
        if (now.stage === stage) return
        stages.set(stage, performance.now() - since)
        stage = now.stage
        since = performance.now()
      },
    })
  })
  clearInterval(watch)
  await engine.close()
  const check = await timed('sqlite3', [path, 'pragma integrity_check'], 600_000)
  const hash = await timed('sha256sum', [path], 600_000)
  rmSync(root, { recursive: true, force: true })
  const proof = stages.get('proof') ?? Number.NaN
  return `### One whole run, ${size} MiB\n\n${table(
    ['', ''],
    [
      ['snapshot', `${figure(stages.get('snapshot') ?? Number.NaN)} ms`],
      ['proof: full check and SHA-256 side by side', `${figure(proof)} ms`],
      ['`sqlite3 FILE "pragma integrity_check"` alone', `${figure(check ?? Number.NaN)} ms`],
      ['`sha256sum` alone', `${figure(hash ?? Number.NaN)} ms`],
      ["host's event loop, idle", `p99 ${figure(idle.p99)} ms, worst ${figure(idle.max)} ms`],
      ["host's event loop, during the run", `p99 ${figure(during.p99)} ms, worst ${figure(during.max)} ms`],
      ['peak memory of the worker process', `${figure(peak)} MiB`],
    ],
  )}`
}

async function many({ tenants, folder }: BenchOptions): Promise<string> {
  const root = resolve(folder, 'many')
  mkdirSync(root, { recursive: true })
  const first = join(root, 'main.sqlite')
  makeDatabase(first, 1)
  const roots = Array.from({ length: tenants }, (_, index) => join(root, `tenant-${index}`))
  for (const one of roots) {
    mkdirSync(one)
    await timed('cp', [first, join(one, 'main.sqlite')], 10_000)
  }
  const engine = createEngine()
  const each: number[] = []
  const began = performance.now()
  await Promise.all(
    roots.map(async (one, index) => {
      await engine.create(requestFor(one, join(one, 'main.sqlite'), `run-${index}`), {
        signal: new AbortController().signal,
        onProgress() {},
      })
      each.push(performance.now() - began)
    }),
  )
  const total = performance.now() - began
  await engine.close()
  rmSync(root, { recursive: true, force: true })
  return `### ${tenants} tenants of 1 MiB\n\nAll proven and listed after ${figure(total / 1000)} s: **${figure(total / tenants)} ms each**.`
}

function requestFor(root: string, path: string, runId: string): CreateRequest {
  const none = { maxAgeDays: null, keepDaily: null, keepWeekly: null, keepMonthly: null, keepYearly: null }
  return {
    vault: { root, folder: join(root, 'backups'), databases: [{ name: 'main', path }] },
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

async function eventLoopDuring(work: () => Promise<unknown>): Promise<{ p99: number; max: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await work()
  delay.disable()
  return { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 }
}

/** Peak memory of each child process of this one. */
function childrenMiB(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        const status = readFileSync(`/proc/${pid}/status`, 'utf8')
        const ours = Number(/PPid:\s+(\d+)/.exec(status)?.[1]) === process.pid
        return ours ? Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024 : 0
      } catch {
        return 0
      }
    })
}
