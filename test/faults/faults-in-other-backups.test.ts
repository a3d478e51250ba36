import { describeFaults } from './every-operation.ts'
import { partReport } from './part-report.ts'
import { otherBackups } from './scenarios.ts'
import { missingForShim } from './shim/shim.ts'

const extent = { scenarios: otherBackups, depth: 'main', sample: 4 } as const
describeFaults('at every operation of other backups', extent, partReport(import.meta.url, missingForShim()))
