import { createEngine } from '../../src/engine/worker-engine.ts'
import { engineDoer } from './doer.ts'
import { describeFaults } from './every-operation.ts'
import { backups, changes, otherBackups } from './scenarios.ts'

describeFaults('at every operation of other backups', { scenarios: otherBackups, depth: 'main', sample: 8 })

describeFaults('with an engine that takes back what it was killed in', {
  scenarios: [...backups, ...changes],
  depth: 'kills',
  sample: 4,
  startDoer: (environment) => engineDoer(createEngine({ environment, sourceTimeoutMs: 400 })),
})
