import { test } from 'vitest'
import { nodeRedHarness } from '../support/node-red/harness.ts'
import { nodeRedMissing } from '../support/node-red/installation.ts'
import { useNodeRed } from '../support/node-red/use-node-red.ts'
import { describeHost } from './describe-host.ts'

useNodeRed()

if (nodeRedMissing === null) describeHost('Node-RED', nodeRedHarness, { configuresTasks: false })
else test.skip(nodeRedMissing, () => {})
