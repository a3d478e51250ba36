import { createEngine } from '../../src/engine/worker-engine.ts'
import { engineDoer } from './doer.ts'
import { describeFaults, type Extent } from './every-operation.ts'
import { partReport } from './part-report.ts'
import { backups, changes } from './scenarios.ts'
import { missingForShim } from './shim/shim.ts'

const extent: Extent = {
  scenarios: [...backups, ...changes],
  depth: 'kills',
  sample: 1,
  startDoer: (environment) => engineDoer(createEngine({ environment, sourceTimeoutMs: 400 })),
}
const counts = partReport(import.meta.url, missingForShim())
describeFaults('with an engine that takes back what it was killed in', extent, counts)
