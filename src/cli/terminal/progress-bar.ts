import { clearLine, cursorTo } from 'node:readline'
import type { Progress, Stage } from '../../engine/backup.ts'
import { formatBytes, formatCount } from '../../views/format/numbers.ts'
import type { CommandOptions } from '../command.ts'

export interface ProgressBar {
  onProgress(at: { readonly stage: Stage; readonly progress: Progress | null }): void
  /** Takes the bar away. Nothing else may be written to the terminal before. */
  end(): void
}

const cells = 24
/** Milliseconds: more often nobody sees it. */
const drawEveryMs = 80

/** One line on standard error that shows what was done, and never an estimate. Nothing where that is no terminal. */
export function startBar({ drawsBars, words, language }: CommandOptions): ProgressBar {
  if (!drawsBars) return { onProgress() {}, end() {} }
  const output = process.stderr
  let lastStage: Stage | null = null
  let lastAt = 0
  return {
    onProgress({ stage, progress }) {
      const now = performance.now()
      if (stage === lastStage && now - lastAt < drawEveryMs) return
      lastStage = stage
      lastAt = now
      cursorTo(output, 0)
      clearLine(output, 0)
      output.write(`${words.stages[stage]}${amount(progress, language)}`.slice(0, (output.columns ?? 80) - 1))
    },
    end() {
      if (lastStage === null) return
      cursorTo(output, 0)
      clearLine(output, 0)
    },
  }
}

function amount(progress: Progress | null, language: CommandOptions['language']): string {
  if (progress === null || progress.total <= 0) return ' …'
  const { done, total, unit } = progress
  const share = Math.min(1, done / total)
  const full = Math.floor(share * cells)
  const say = unit === 'bytes' ? formatBytes : formatCount
  const bar = `${'#'.repeat(full)}${'-'.repeat(cells - full)}`
  return ` [${bar}] ${Math.floor(share * 100)} %  ${say(done, language)} / ${say(total, language)}`
}
