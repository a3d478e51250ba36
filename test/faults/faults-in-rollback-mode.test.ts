import { describeFaults } from './every-operation.ts'
import { partReport } from './part-report.ts'
import { rollbackBackups } from './scenarios.ts'
import { missingForShim } from './shim/shim.ts'

const extent = { scenarios: rollbackBackups, depth: 'all', sample: 19 } as const
describeFaults(
  'at every operation of a backup in rollback mode',
  extent,
  partReport(import.meta.url, missingForShim()),
)
