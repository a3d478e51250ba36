import { BackupError } from '../errors.ts'
import type { Findings } from '../proof/findings.ts'
import type { Snapshot } from '../source.ts'

/** Rejects `proof-failed` unless the file agrees with the commit that it was taken from. */
export function checkBinding(
  what: string,
  { binding, original }: Pick<Snapshot, 'binding' | 'original'>,
  findings: Findings,
): void {
  const pairs = [
    ['page_count', binding.pageCount, findings.pageCount],
    ['schema_version', binding.schemaVersion, findings.schemaVersion],
    ['freelist_count', binding.freelistCount, findings.freelistCount],
    ['schema', original.schemaFingerprint, findings.schemaFingerprint],
  ] as const
  for (const [name, expected, found] of pairs) {
    if (expected === found) continue
    throw new BackupError(
      'proof-failed',
      `The copy of "${what}" is not the commit it was taken from: ${name} is ${found} instead of ${expected}`,
      { hint: 'It can’t be trusted. Make a new backup.', details: { name, found, expected } },
    )
  }
}
