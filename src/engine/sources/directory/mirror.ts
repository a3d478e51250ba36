import { rmdirSync, unlinkSync } from 'node:fs'
import type { StoredSource } from '../../archive.ts'
import { BackupError } from '../../errors.ts'
import { codeOf, reasonOf } from '../../failure.ts'
import type { Exclusions } from './exclusions.ts'
import { rawOf } from './open-folder.ts'
import type { TargetTree } from './target-tree.ts'
import { walk } from './walk.ts'

/**
 * Removes what lies in the tree and is not in the archive. What the archive left out for whatever reason is no
 * surplus: it, and everything below it, stays.
 */
export async function removeSurplus(
  tree: TargetTree,
  exclusions: Exclusions,
  {
    stored,
    kept,
    signal,
  }: {
    readonly stored: StoredSource
    /** Paths in the archive. */
    readonly kept: ReadonlySet<string>
    readonly signal: AbortSignal
  },
): Promise<void> {
  const spared = new Set(stored.leftOut.map(({ path }) => path))
  const isSpared = (path: string) => {
    for (let at = path.length; at > 0; at = path.lastIndexOf('/', at - 1)) {
      if (spared.has(path.slice(0, at))) return true
    }
    return false
  }
  const folders: string[] = []
  let turn = 0
  for (const found of walk(tree.root, exclusions)) {
    if (++turn % 64 === 0) await new Promise((resolve) => setImmediate(resolve))
    if (signal.aborted) throw reasonOf(signal)
    if (found.kind === 'left-out' || found.path === '' || kept.has(found.path) || isSpared(found.path))
      continue
    if (found.kind === 'folder') folders.push(found.path)
    else if (found.kind !== 'companion' || !kept.has(found.of)) unlinkSync(found.folder.at(found.name))
  }
  for (const path of folders.reverse()) removeEmpty(tree, path)
}

/** One in which something is left that is spared stays. */
function removeEmpty(tree: TargetTree, path: string): void {
  const slash = path.lastIndexOf('/')
  const above = tree.folder(path.slice(0, Math.max(0, slash)))
  try {
    rmdirSync(above.at(rawOf(path.slice(slash + 1))))
  } catch (error) {
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') throw error
  }
}

/** Where not everything that was left out is known by name, nobody can tell it from a surplus. */
export function expectAllNamed({ leftOutMore = {} }: StoredSource): void {
  const unnamed = Object.keys(leftOutMore).filter((reason) => reason !== 'excluded')
  if (unnamed.length === 0) return
  throw new BackupError(
    'invalid-request',
    'The archive left out too much for a mirror of it to be told apart',
    {
      hint: 'Restore it without removing anything, or into an empty folder.',
    },
  )
}
