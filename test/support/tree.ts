import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { contentOf } from './invariants.ts'

/** Everything below a folder, in the order of names; links are not followed. */
export function pathsBelow(root: string, folder = ''): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      return entry.isDirectory() ? [path, ...pathsBelow(root, path)] : [path]
    })
}

/** What lies there in a form that can be compared: kinds, modes, times in seconds, content; of a database its rows. */
export function treeOf(root: string): Record<string, string> {
  const paths = pathsBelow(root).filter((path) => !/-(wal|shm)$/.test(path))
  return Object.fromEntries(paths.map((path) => [path, describe(join(root, path))]))
}

function describe(path: string): string {
  const stats = lstatSync(path)
  const look = `${(stats.mode & 0o7777).toString(8)} ${Math.floor(stats.mtimeMs / 1000)}`
  if (stats.isSymbolicLink()) return `-> ${readlinkSync(path)}`
  if (stats.isDirectory()) return `folder ${look}`
  if (!stats.isFile()) return 'special'
  if (path.endsWith('.sqlite')) return `database ${contentOf(path)}`
  return `file ${look} ${readFileSync(path, 'latin1')}`
}
