import type { ArchiveFormat, ArchiveReader } from '../archive.ts'
import { BackupError, type StoredError } from '../errors.ts'
import { failureFrom } from '../failure.ts'
import type { ArchiveFacts } from '../vault/sidecar.ts'
import { factsOf } from './archive-facts.ts'
import {
  type ArchiveDescription,
  describeArchive,
  hasManifest,
  proveEntries,
  readLimits,
} from './prove-archive.ts'
import { shownSource } from './shown-source.ts'

/** What an archive from elsewhere says of itself, as far as a sidecar keeps it. */
export interface CheckedArchive {
  /** As its manifest has it. */
  readonly createdAt: string
  readonly appVersion: string | null
  readonly facts: ArchiveFacts
}

/** What came of looking at one, as JSON. */
export type CheckUp =
  | { readonly passed: CheckedArchive }
  | { readonly refused: { readonly kind: 'no-manifest' | 'damaged-archive'; readonly why: string } }
  /** What says nothing against the archive, or more than that it is damaged. */
  | { readonly error: StoredError }

/** Letters of JSON. More than archives of ours have by far, and no more than a page and a sidecar can take. */
const mostShown = 2 * 1024 * 1024
const mostFacts = 512 * 1024
const withoutManifest =
  'this program did not make it, for it has no manifest.json as its last entry, and without that nothing can be restored'
const versionPattern = /^[\w.+-]{1,100}$/

/** Reads all of an archive: its directory, its manifest, and every entry, compared with both. */
export async function checkUp(path: string, open: ArchiveFormat['open']): Promise<CheckUp> {
  const { signal } = new AbortController()
  const name = 'that was uploaded'
  let reader: ArchiveReader | null = null
  try {
    reader = await open(path, { signal, limits: readLimits })
    if (!hasManifest(reader)) return refused('no-manifest', withoutManifest)
    const description = await describeArchive(reader, name)
    const facts = factsOf(description)
    if (!isShowable(description, facts))
      return refused('damaged-archive', 'its manifest says more of its sources than any of ours does')
    await proveEntries(description, name, { signal, onProgress() {} })
    const { createdAt, appVersion } = description.head
    return {
      passed: { createdAt, appVersion: versionPattern.test(appVersion ?? '') ? appVersion : null, facts },
    }
  } catch (cause) {
    const error = cause instanceof BackupError ? cause : failureFrom(cause, 'The archive could not be read')
    return error.code === 'proof-failed'
      ? refused('damaged-archive', error.message)
      : { error: error.toJSON() }
  } finally {
    await reader?.close()
  }
}

function isShowable({ head: { sources } }: ArchiveDescription, facts: ArchiveFacts): boolean {
  const ids = new Set(sources.map(({ id }) => id))
  return (
    ids.size === sources.length &&
    facts.sources.every(({ leftOut }) => Number.isSafeInteger(leftOut)) &&
    JSON.stringify(facts).length <= mostFacts &&
    JSON.stringify(sources.map(shownSource)).length <= mostShown
  )
}

const refused = (kind: 'no-manifest' | 'damaged-archive', why: string): CheckUp => ({
  refused: { kind, why },
})
