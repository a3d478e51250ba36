import { describeFaults } from './every-operation.ts'
import { partReport } from './part-report.ts'
import { changes } from './scenarios.ts'
import { missingForShim } from './shim/shim.ts'

const extent = { scenarios: changes, depth: 'all', sample: 4 } as const
describeFaults('at every operation of a change', extent, partReport(import.meta.url, missingForShim()))
