import { describeFaults } from './every-operation.ts'
import { changes } from './scenarios.ts'

describeFaults('at every operation of a change', { scenarios: changes, depth: 'all', sample: 10 })
