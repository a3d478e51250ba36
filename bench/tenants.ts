import { mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createEngine } from '../src/engine/worker-engine.ts'
import { makeDatabase } from './databases.ts'
import { figure, table } from './figures.ts'
import type { BenchOptions } from './options.ts'
import { Peer, timed } from './processes.ts'
import { requestFor } from './ways.ts'

const processes = 2

/** Many small tenants, each with a database of 1 MiB. */
export async function benchTenants(options: BenchOptions, say: (part: string) => void): Promise<void> {
  const root = resolve(options.folder, 'many')
  const roots = await makeTenants(root, options.tenants)
  try {
    const cells = (ms: number) => [`${figure(ms / 1000)} s`, `${figure(ms / roots.length)} ms`]
    const rows = [
      [`snapshots only, in ${processes} processes`, ...cells(await snapshots(roots))],
      ['this plugin: locked, copied, proven, published, listed', ...cells(await runs(roots))],
      ['`sqlite3 .backup` + fsync, one process after the other', ...cells(await backups(roots))],
    ]
    say(`### ${roots.length} tenants of 1 MiB\n\n${table(['', 'all', 'each'], rows)}`)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

async function makeTenants(root: string, count: number): Promise<readonly string[]> {
  mkdirSync(root, { recursive: true })
  const first = join(root, 'main.sqlite')
  makeDatabase(first, 1)
  const roots = Array.from({ length: count }, (_, index) => join(root, `tenant-${index}`))
  for (const one of roots) {
    mkdirSync(one)
    await timed('cp', [first, join(one, 'main.sqlite')])
  }
  await timed('sync', [])
  return roots
}

async function snapshots(roots: readonly string[]): Promise<number> {
  const copiers = Array.from({ length: processes }, () => new Peer('copier'))
  const left = [...roots]
  await Promise.all(copiers.map((copier) => copier.ask({ roots: [] })))
  const began = performance.now()
  await Promise.all(
    copiers.map(async (copier) => {
      for (let some = left.splice(0, 10); some.length > 0; some = left.splice(0, 10)) {
        await copier.ask({ roots: some })
      }
    }),
  )
  const ms = performance.now() - began
  await Promise.all(copiers.map((copier) => copier.end()))
  return ms
}

async function runs(roots: readonly string[]): Promise<number> {
  const engine = createEngine()
  const began = performance.now()
  await Promise.all(
    roots.map((root, index) =>
      engine.create(requestFor(root, join(root, 'main.sqlite'), `run-${index}`), {
        signal: new AbortController().signal,
        onProgress() {},
      }),
    ),
  )
  const ms = performance.now() - began
  await engine.close()
  return ms
}

async function backups(roots: readonly string[]): Promise<number> {
  const began = performance.now()
  for (const root of roots) {
    const target = join(root, 'peer.sqlite')
    await timed('sqlite3', [join(root, 'main.sqlite'), `.backup '${target}'`])
    await timed('sync', [target])
  }
  return performance.now() - began
}
