import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Which layer may import which. A layer may always import itself. */
const may: Readonly<Record<string, readonly string[]>> = {
  host: [],
  engine: ['engine/worker', 'engine/archive-worker', 'engine/rescue', 'engine/receiver'],
  'engine/sources': ['engine', 'engine/vault', 'engine/proof', 'engine/runs', 'engine/restore'],
  'engine/archives': ['engine'],
  'engine/vault': ['engine'],
  'engine/limited': ['engine'],
  'engine/receiver': ['engine'],
  'engine/proof': ['engine', 'engine/vault', 'engine/limited'],
  'engine/runs': ['engine', 'engine/vault', 'engine/proof'],
  'engine/restore': ['engine', 'engine/vault', 'engine/proof', 'engine/runs', 'engine/limited'],
  'engine/rescue': ['engine', 'engine/vault', 'engine/limited'],
  'engine/worker': [
    'engine',
    'engine/rescue',
    'engine/vault',
    'engine/proof',
    'engine/runs',
    'engine/restore',
    'engine/sources',
  ],
  'engine/archiving': ['engine', 'engine/vault', 'engine/proof', 'engine/runs', 'engine/sources'],
  'engine/archive-check': ['engine', 'engine/archives', 'engine/archiving', 'engine/limited'],
  'engine/archive-worker': [
    'engine',
    'engine/archive-check',
    'engine/archives',
    'engine/archiving',
    'engine/runs',
    'engine/sources',
    'engine/vault',
    'engine/worker',
  ],
  settings: ['engine', 'host'],
  service: ['engine', 'settings', 'host'],
  views: [],
  tasks: ['service', 'settings', 'engine', 'host'],
  routes: ['service', 'settings', 'engine', 'host', 'views'],
  cli: ['engine', 'views', 'settings', 'host'],
  root: ['host', 'engine', 'settings', 'service', 'tasks', 'routes', 'root'],
  'hosts/durable': [],
  'hosts/embedded': ['hosts/durable'],
  'hosts/node-red': ['hosts/durable'],
}

/** Packages that only the named layers may load. Everything else is open to all but the contract. */
const reserved: Readonly<Record<string, readonly string[]>> = {
  'better-sqlite3': [
    'engine/sources',
    'engine/vault',
    'engine/proof',
    'engine/restore',
    'engine/rescue',
    'engine/worker',
    'hosts/embedded',
  ],
  archiver: ['engine/archives'],
  'compress-commons': ['engine/archives'],
  yauzl: ['engine/archives'],
  mssql: ['engine/sources'],
  tedious: ['engine/sources'],
  tsyringe: ['root'],
  'reflect-metadata': ['root'],
  hono: ['routes', 'views', 'hosts/embedded', 'hosts/node-red'],
  '@hono/node-server': ['hosts/embedded', 'hosts/node-red'],
  express: ['hosts/embedded'],
}

describe('the architecture', () => {
  const files = [...sources('src'), ...sources('hosts')]

  it('lets every layer import only those beneath it', () => {
    const wrong = files.flatMap((file) =>
      imports(file)
        .filter(isRelative)
        .flatMap((target) => misplaced(file, target)),
    )
    expect(wrong).toEqual([])
  })

  it('keeps packages where they belong', () => {
    const wrong = files.flatMap((file) =>
      imports(file)
        .filter((target) => !isRelative(target))
        .filter((target) => !(reserved[packageOf(target)] ?? [layerOf(file)]).includes(layerOf(file)))
        .map((target) => `${relative(root, file)} -> ${target}`),
    )
    expect(wrong).toEqual([])
  })

  it('has a host contract that imports nothing', () => {
    expect(imports(join(root, 'src/host/contract.ts'))).toEqual([])
  })

  it('lets only container.ts know the container', () => {
    const knowing = files.filter((file) => imports(file).some((target) => packageOf(target) === 'tsyringe'))
    expect(knowing.map((file) => relative(root, file))).toEqual(['src/container.ts'])
  })

  it("lets hosts use the package's public entry points only", () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const open = Object.keys(manifest.exports).map((key) => key.replace(/^\./, manifest.name))
    const wrong = sources('hosts').flatMap((file) =>
      imports(file).filter((target) => packageOf(target) === manifest.name && !open.includes(target)),
    )
    expect(wrong).toEqual([])
  })

  it('loads no SQLite into the host process', () => {
    const reached = reachableFrom(join(root, 'src/plugin.ts'))
    expect(reached.size).toBeGreaterThan(30)
    const loading = [...reached].filter((file) => imports(file, 'run time').includes('better-sqlite3'))
    expect(loading.map((file) => relative(root, file))).toEqual([])
  })
})

function misplaced(file: string, target: string): string[] {
  const from = layerOf(file)
  const to = layerOf(resolve(dirname(file), target))
  return from === to || may[from]?.includes(to)
    ? []
    : [`${relative(root, file)} (${from}) -> ${target} (${to})`]
}

/** The deepest folder that the table names. */
function layerOf(file: string): string {
  const path = relative(root, file).split(sep).join('/')
  if (path.startsWith('hosts/')) return path.split('/').slice(0, 2).join('/')
  const folders = dirname(path)
    .replace(/^src\/?/, '')
    .split('/')
  const named = folders.map((_, index) => folders.slice(0, folders.length - index).join('/'))
  return named.find((name) => name in may) ?? (folders[0] === '' ? 'root' : `unknown: ${path}`)
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(root, folder, name))
}

/** What a file imports, statically or dynamically; for run time without mere types. */
function imports(file: string, which: 'all' | 'run time' = 'all'): string[] {
  const text = readFileSync(file, 'utf8')
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s+(type\s)?[^'"`;]*?from\s+'([^']+)'|import\s*\(?\s*'([^']+)'/g,
  )
  return [...found]
    .filter(([, type]) => which === 'all' || !type)
    .map(([, , from, bare]) => from ?? bare ?? '')
}

function reachableFrom(entry: string, seen = new Set<string>()): Set<string> {
  if (seen.has(entry)) return seen
  seen.add(entry)
  for (const target of imports(entry, 'run time').filter(isRelative))
    reachableFrom(resolve(dirname(entry), target), seen)
  return seen
}

function isRelative(target: string): boolean {
  return target.startsWith('.')
}

function packageOf(target: string): string {
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/')
}
