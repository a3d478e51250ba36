import type { Stage } from '../backup.ts'
import { type Examined, examineFile, type OpenFile } from '../proof/examine.ts'
import type { RunTools } from './run-in-vault.ts'

/** As much of a run's tools as looking at a file in full takes. */
export type ExamineTools = Pick<
  RunTools,
  'signal' | 'hostileMs' | 'onProgress' | 'onAbandoned' | 'checkElsewhere'
>

export interface ExamineInRun {
  readonly hostile: boolean
  /** The stage of the run that it is. */
  readonly stage?: Stage
}

/** See `examineFile`; the run tells how far it is. */
export function examineInRun(
  file: OpenFile,
  tools: ExamineTools,
  { hostile, stage = 'proof' }: ExamineInRun,
): Promise<Examined> {
  const { signal, hostileMs, onAbandoned, checkElsewhere } = tools
  const onProgress = (done: number, total: number) => tools.onProgress(stage, { done, total, unit: 'bytes' })
  onProgress(0, file.sizeBytes)
  return examineFile(file, { signal, hostile, hostileMs, onAbandoned, checkElsewhere, onProgress })
}
