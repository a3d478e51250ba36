import { readdirSync, symlinkSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Vault } from '../../src/engine/engine.ts'
import type { Tenant } from '../../src/host/contract.ts'
import { restoreAtStart } from '../../src/service/restore-at-start.ts'
import { restoreRequest, tenantWithPast, texts } from '../support/restores.ts'
import { quietly, sharedEngine, startEngine, tenant } from '../support/tenant.ts'

const engine = sharedEngine()

const asTenant = (id: string, { root, databases }: Vault): Tenant => ({
  id,
  displayName: id,
  root,
  databases,
  timeZone: 'UTC',
  language: 'en',
})

describe('what is done before any database is opened', () => {
  it('is done for the others, too, when it is not known where one tenant keeps its backups', async () => {
    const { vault, path, name, then } = await tenantWithPast(engine)
    await engine.prepareRestore(restoreRequest(vault, { listed: name }), quietly())
    const broken = await tenant()
    symlinkSync(vault.root, broken.folder)
    const before = readdirSync(vault.root)
    const tenants = [asTenant('broken', broken), asTenant('waiting', vault)]
    await expect(restoreAtStart(tenants, undefined, () => startEngine())).rejects.toMatchObject({
      code: 'operator-settings-broken',
    })
    expect(texts(path)).toEqual(then)
    expect(readdirSync(vault.root)).toEqual(before)
  })
})
