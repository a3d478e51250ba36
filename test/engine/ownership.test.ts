import { chownSync, lstatSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, type TestContext } from 'vitest'
import type { Vault } from '../../src/engine/engine.ts'
import { adoptOwner, makePlace, stagingFolder } from '../../src/engine/vault/place.ts'
import { back, sharedEngine, tempFolder, tenantWithRows } from '../support/tenant.ts'

const engine = sharedEngine()
/** Of an application that doesn't run as root; such a user needn't exist. */
const application = 54_321

function needsRoot(context: TestContext): void {
  if (process.getuid?.() !== 0) context.skip('NOT RUN: only root can give files away')
}

async function tenantOfApplication(): Promise<Vault> {
  const { vault } = await tenantWithRows()
  chownSync(vault.root, application, application)
  return vault
}

const ownerOf = (path: string) => lstatSync(path).uid

describe('what a run as root makes', () => {
  it('belongs to the application, the folder for what is not finished included', async (context) => {
    needsRoot(context)
    const vault = await tenantOfApplication()
    await back(engine, vault)
    const names = readdirSync(vault.folder)
    expect(names).toContain('.partial')
    const foreign = names.filter((name) => ownerOf(join(vault.folder, name)) !== application)
    expect([foreign, ownerOf(vault.folder)]).toEqual([[], application])
  })

  it('belongs to it from the first folder that was missing to the one that a run prepares its files in', async (context) => {
    needsRoot(context)
    const vault = await tenantOfApplication()
    const deep = { ...vault, folder: join(vault.root, 'deep', 'er', 'backups') }
    const staging = stagingFolder(makePlace(deep), 'run')
    for (let path = staging; path !== vault.root; path = join(path, '..')) {
      expect([path, ownerOf(path), statSync(path).gid]).toEqual([path, application, application])
    }
  })

  it('belongs to it again after root had left a folder to itself', async (context) => {
    needsRoot(context)
    const vault = await tenantOfApplication()
    const place = makePlace(vault)
    mkdirSync(join(vault.folder, '.partial'), { mode: 0o700 })
    stagingFolder(place, 'run')
    expect(ownerOf(join(vault.folder, '.partial'))).toBe(application)
  })
})

describe('giving away', () => {
  it('takes a link for itself and leaves what it points at alone', async (context) => {
    needsRoot(context)
    const folder = await tempFolder()
    const [file, link] = [join(folder, 'file'), join(folder, 'link')]
    writeFileSync(file, 'of root')
    symlinkSync(file, link)
    const above = await tempFolder()
    chownSync(above, application, application)
    adoptOwner(link, above)
    expect([ownerOf(link), ownerOf(file)]).toEqual([application, 0])
  })
})
