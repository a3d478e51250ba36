import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Everything that lies in a folder: names, kinds, contents. */
export function stateOf(folder: string): readonly string[] {
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const path = join(folder, name)
      const stats = lstatSync(path)
      const content = stats.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : ''
      return [name, stats.mode, stats.ino, stats.size, stats.mtimeMs, content].join(' ')
    })
}
