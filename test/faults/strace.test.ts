import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Vault } from '../../src/engine/engine.ts'
import { openBench } from './bench.ts'
import { part } from './extent.ts'
import { judge, rememberAll } from './judge.ts'
import { partReport } from './part-report.ts'
import { create, type Scenario } from './scenarios.ts'
import { readLog } from './shim/log.ts'
import { changing, missingForShim } from './shim/shim.ts'

const missing = missingForShim() ?? missingForStrace()
const counts = partReport(import.meta.url, missing)
const driver = fileURLToPath(new URL('./driver.ts', import.meta.url))

function missingForStrace(): string | null {
  const tried = spawnSync('strace', ['-f', '-o', '/dev/null', 'true'])
  return tried.status === 0 ? null : 'NOT RUN: strace is missing or not allowed here'
}

const traced = [
  'write,pwrite64,writev,pwritev,pwritev2,fsync,fdatasync,sync_file_range,msync,rename,renameat,renameat2',
  'link,linkat,symlink,symlinkat,unlink,unlinkat,truncate,ftruncate,mkdir,mkdirat,rmdir,fallocate',
  'copy_file_range,sendfile,splice,io_uring_setup,io_uring_enter,ioctl',
].join()

/** What the system's calls are called in the shim's log. */
const kindOf: Readonly<Record<string, string>> = {
  write: 'write',
  pwrite64: 'write',
  writev: 'write',
  fsync: 'sync',
  fdatasync: 'sync',
  rename: 'rename',
  renameat: 'rename',
  renameat2: 'rename',
  link: 'link',
  linkat: 'link',
  unlink: 'unlink',
  unlinkat: 'unlink',
  truncate: 'truncate',
  ftruncate: 'truncate',
  mkdir: 'mkdir',
  mkdirat: 'mkdir',
  rmdir: 'rmdir',
  fallocate: 'allocate',
}

describe.skipIf(missing !== null)(`strace ${missing ?? ''}`, () => {
  let bench: Awaited<ReturnType<typeof openBench>>
  beforeAll(async () => {
    bench = await openBench()
  })
  afterAll(async () => {
    counts.close()
    await bench.close()
  })

  function trace(
    vault: Vault,
    options: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): { readonly code: string } {
    const request = create.arguments(vault, bench.template.names)
    const call = [process.execPath, driver, JSON.stringify(request), JSON.stringify(environment)]
    const said = execFileSync('strace', ['-ff', '-y', '-qq', ...options, ...call], {
      encoding: 'utf8',
      // What it would keep of its compiling were changes elsewhere.
      env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return JSON.parse(said)
  }

  it('sees no change below the tenant that the shim does not see', () => {
    const { vault, drop } = bench.template.copy()
    const folder = mkdtempSync(join(bench.folder, 'strace-'))
    const log = join(folder, 'shim')
    bench.shim.order({ below: vault.root, kinds: changing, log })
    expect(
      trace(vault, ['-e', `trace=${traced}`, '-o', join(folder, 'calls')], bench.shim.environment),
    ).toMatchObject({ code: 'completed' })
    bench.shim.rest()
    drop()
    const lines = readdirSync(folder)
      .filter((name) => name.startsWith('calls'))
      .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
      .filter((line) => / = \d/.test(line) && !line.startsWith('ioctl'))
    expect(lines.filter((line) => changesElsewhere(line, [vault.root, log]))).toEqual([])
    const calls = lines
      .filter((line) => line.includes(`${vault.root}/`))
      .map((line) => line.slice(0, line.indexOf('(')))
    const seen = readLog(log).map(({ kind }) => kind as string)
    expect(calls.length).toBeGreaterThan(50)
    const compared = new Set(Object.values(kindOf))
    expect(tally(calls.map((name) => kindOf[name] ?? name))).toEqual(
      tally(seen.filter((kind) => compared.has(kind))),
    )
  })

  const injections = [
    ['rename:signal=SIGKILL:when=2', 'worker-crashed'],
    ['link:signal=SIGKILL:when=1', 'worker-crashed'],
    ['fsync:signal=SIGKILL:when=6', 'worker-crashed'],
    ['link:error=ENOSPC:when=1', 'disk-full'],
    ['fsync:error=EIO:when=5', 'io-failed'],
    ['rename:error=EROFS:when=1', 'folder-not-writable'],
    ['pwrite64:error=ENOSPC:when=9', 'disk-full'],
  ] as const
  it.each(part(injections, 3, 'strace'))(
    'confirms that promises hold with %s',
    async (injection, code) => {
      const { vault, drop } = bench.template.copy()
      const before = await rememberAll(bench.healthy, vault)
      const said = trace(vault, ['-e', `inject=${injection}`, '-o', '/dev/null'])
      expect(said).toMatchObject({ code })
      const begun = [create as unknown as Scenario]
      expect(await judge(bench, { vault, before, begun, done: [], error: null, lost: true })).toEqual([])
      counts.add({ injections: 1 })
      drop()
    },
    60_000,
  )
})

/** Files only: pipes, sockets and counters of the system have no path. */
function changesElsewhere(line: string, places: readonly string[]): boolean {
  const named = /^p?write/.test(line) ? /<(\/[^>]*)>/g : /[<"](\/[^>"]*)/g
  const paths = [...line.matchAll(named)].map(([, path]) => path!)
  return paths.some((path) => !path.startsWith('/dev/') && !places.some((place) => path.startsWith(place)))
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of [...names].sort()) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
