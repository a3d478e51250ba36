import type { ArchiveFacts } from '../vault/sidecar.ts'
import type { ArchiveDescription } from './prove-archive.ts'

/** What a sidecar has of an archive. */
export function factsOf({ head, manifestSha256, entries, contentBytes }: ArchiveDescription): ArchiveFacts {
  return {
    manifestSha256,
    content: head.content,
    entries: entries.length,
    contentBytes,
    sources: head.sources.map(({ id, kind, files, bytes, leftOut, leftOutMore = {} }) => ({
      id,
      kind,
      files,
      bytes,
      leftOut: leftOut.length + Object.values(leftOutMore).reduce((sum, count) => sum + count, 0),
    })),
  }
}
