import { beforeAll, beforeEach } from 'vitest'
import { nodeRedMissing, packageInstalled } from './installation.ts'

/**
 * For tests with a real Node-RED: packs and installs the package before them where the build is new, which takes npm a
 * while on a crowded machine. Where something is missing every test says NOT RUN; `missing` defaults to Node-RED.
 */
export function useNodeRed(missing: string | null = nodeRedMissing): void {
  beforeAll(async () => {
    if (missing === null) await packageInstalled()
  }, 180_000)
  beforeEach((context) => {
    if (missing !== null) context.skip(missing)
  })
}
