import type { BackupError } from '../errors.ts'
import type { Examined } from '../proof/examine.ts'
import type { Verdict } from '../restoring.ts'
import { checkBinding } from '../runs/check-binding.ts'
import { type ExamineTools, examineInRun } from '../runs/examine-in-run.ts'
import type { RunContext } from '../runs/run-in-vault.ts'
import { judge, recordVerdict } from '../runs/verify.ts'
import type { Identity } from '../vault/files.ts'
import { type ChosenBackup, openChosen } from './chosen-backup.ts'
import { backupDamaged } from './refusals.ts'

export interface Looked {
  readonly examined: Examined
  readonly verdict: Verdict
}

/** Looks at the chosen backup in full; the outcome of a listed one is written beside it. A damaged one is refused. */
export async function proveChosen(chosen: ChosenBackup, context: RunContext, runId: string): Promise<Looked> {
  const { entry } = chosen
  if (entry === null) return examineForeign(chosen, context.place.live, context.tools)
  const verdict = await judge(entry, context)
  try {
    recordVerdict(entry, verdict, context, runId)
  } catch {
    // Where nothing can be written now the restore itself will say so; the verdict stands all the same.
  }
  if (verdict.examined === null || verdict.failure !== null) throw verdict.failure as BackupError
  return { examined: verdict.examined, verdict: verdictOf(chosen) }
}

/** Writes nothing. A sidecar beside the file is believed if everything in it fits. */
export async function examineForeign(
  chosen: ChosenBackup,
  live: ReadonlySet<Identity>,
  tools: ExamineTools,
): Promise<Looked> {
  const { path, name, backup, snapshot, sizeBytes } = chosen
  const { fd } = openChosen(chosen, live)
  const examined = await examineInRun({ path, fd, sizeBytes }, tools, { hostile: true })
  if (backup.sha256 !== null && backup.sha256 !== examined.sha256) {
    throw backupDamaged(name, 'its content is not what it was when it was made (SHA-256 differs)')
  }
  if (examined.damage.length > 0) {
    throw backupDamaged(name, examined.damage.join('; ').replaceAll(/\s+/g, ' ').slice(0, 500))
  }
  if (snapshot !== null) checkBinding(name, snapshot, examined)
  return { examined, verdict: verdictOf(chosen) }
}

/** What has nothing to be compared with can only be found whole. */
const verdictOf = ({ snapshot }: ChosenBackup): Verdict => (snapshot === null ? 'checked' : 'proven')
