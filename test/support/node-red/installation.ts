import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Where Node-RED itself is installed, apart from the packages of the project. */
export const installation = join(root, 'test/hosts/node-red/installation')
const modules = join(installation, 'node_modules')
const howTo = 'bash scripts/prepare-test-machine.sh says why'

/** Why tests with a real Node-RED can't run here; null when they can. */
export const nodeRedMissing: string | null = existsSync(join(modules, 'node-red/red.js'))
  ? null
  : `NOT RUN: Node-RED is not installed in ${installation} (${howTo})`

/** The same for its SQLite node, which has to be compiled. */
export const sqliteNodeMissing: string | null =
  nodeRedMissing ??
  (loads('sqlite3') ? null : `NOT RUN: node-red-node-sqlite is not installed in ${installation} (${howTo})`)

function loads(name: string): boolean {
  try {
    createRequire(join(installation, 'package.json'))(name)
    return true
  } catch {
    return false
  }
}

/**
 * The `node_modules` of a user directory into which the package, packed as it would be published, was installed with
 * npm. Made anew whenever the build has changed.
 */
export async function packageInstalled(): Promise<string> {
  const target = join(installation, 'user', buildKey())
  if (existsSync(target)) return join(target, 'node_modules')
  const users = join(installation, 'user')
  await mkdir(users, { recursive: true })
  const outdated = await readdir(users)
  const making = await mkdtemp(join(users, 'making-'))
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', making], { cwd: root })
  await writeFile(join(making, 'package.json'), '{ "name": "node-red-project", "private": true }')
  const [tarball = ''] = globSync('*.tgz', { cwd: making })
  await run('npm', ['install', '--no-audit', '--no-fund', `./${tarball}`], { cwd: making })
  await rename(making, target).catch(async (error: unknown) => {
    // Another worker was faster.
    if (!existsSync(target)) throw error
    await rm(making, { recursive: true })
  })
  for (const old of outdated.filter((name) => !name.startsWith('making-')))
    await rm(join(users, old), { recursive: true, force: true })
  return join(target, 'node_modules')
}

/** Changes with every file that would be packed. */
function buildKey(): string {
  const files = globSync(['dist/{src,hosts}/**/*.{js,html,json}', 'examples/*', 'package.json'], {
    cwd: root,
  })
  if (files.length < 50) throw new Error('Nothing is built yet: npm run build')
  const hash = createHash('sha256')
  for (const file of files.sort()) {
    const path = join(root, file)
    if (statSync(path).isFile()) hash.update(file).update(readFileSync(path))
  }
  return hash.digest('hex').slice(0, 16)
}
