import { adapterIn } from '../adapter.ts'
import { tenantType } from '../flows/tenant-directory.ts'
import type { NodeConfig, Red, RedNode } from '../red.ts'

/** A tenant as a config node. */
export default function backupTenant(red: Red): void {
  function BackupTenant(this: RedNode, config: NodeConfig): void {
    red.nodes.createNode(this, config)
    const adapter = adapterIn(red)
    if (adapter === null) {
      this.error(red._('backup-tenant.not-loaded'))
      return
    }
    adapter.parts.tenants.evaluated(config)
    const reading = adapter.parts.tenants.readings().get(config.id)
    if (reading && 'problem' in reading)
      this.error(red._('backup-tenant.unusable', { problem: reading.problem }))
    // Node-RED waits for this before it goes: runs end cleanly.
    this.on('close', (_removed, done) => void adapter.life.settled().then(done))
  }
  red.nodes.registerType(tenantType, BackupTenant)
}
