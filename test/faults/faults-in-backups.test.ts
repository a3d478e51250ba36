import { describeFaults } from './every-operation.ts'
import { partReport } from './part-report.ts'
import { backups } from './scenarios.ts'
import { missingForShim } from './shim/shim.ts'

const extent = { scenarios: backups, depth: 'all', sample: 19 } as const
describeFaults('at every operation of a backup', extent, partReport(import.meta.url, missingForShim()))
