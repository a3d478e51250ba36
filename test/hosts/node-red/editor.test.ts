import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { accessibilityViolations } from '../../support/accessibility.ts'
import { useEditor } from '../../support/node-red/editor.ts'
import type { FlowNode } from '../../support/node-red/flows.ts'
import { nodeRedMissing } from '../../support/node-red/installation.ts'
import { adminAuth, NodeRedProcess } from '../../support/node-red/node-red-process.ts'

vi.setConfig({ testTimeout: 90_000 })

const edit = useEditor()
const page = '/settings/admin/backup'
const madeIn = (red: NodeRedProcess) =>
  readdirSync(join(red.userDir, 'data/backups')).filter((name) => name.endsWith('.sqlite'))

/** The flows of the example, as somebody has deployed them. */
const example = JSON.parse(
  readFileSync(new URL('../../../examples/nightly-backup.json', import.meta.url), 'utf8'),
) as readonly FlowNode[]
const users = { admin: '*', reader: ['read'] }

describe.each([
  ['asks nobody to sign in', { httpAdminRoot: '/admin' }, false],
  ['asks people to sign in', { settings: adminAuth(users) }, true],
] as const)('the first day with a Node-RED that %s', (_, options, signsIn) => {
  let red: NodeRedProcess
  beforeAll(async () => {
    if (!nodeRedMissing) red = await NodeRedProcess.start(options)
  }, 120_000)
  afterAll(() => red?.end())

  it('goes from the example in the import dialog to a proven backup, its page, and its end', async () => {
    const editor = await edit(red)
    await editor.visit()
    if (signsIn) await editor.signIn('admin')
    await editor.ready()
    await editor.importExample('nightly-backup', 'Nightly backup')
    await editor.deploy()
    const statuses = await editor.watchStatus()
    await editor.press('before a change, by hand')
    await editor
      .status('backup')
      .getByText(/^proven \d\d:\d\d$/)
      .waitFor()
    expect((await statuses()).length).toBeGreaterThan(1)
    expect(madeIn(red)).toHaveLength(1)
    if (!signsIn) await editor.picture('flow', editor.page, 'node-red-flow')

    const backups = await editor.openBackups()
    expect(new URL(backups.url()).pathname).toBe(new URL(red.address + page).pathname)
    expect(await backups.locator('.nr-open').count()).toBe(signsIn ? 0 : 1)
    const body = await backups.locator('main').innerText()
    expect(body).toContain('Before a change')
    expect(body).toContain('daily at 02:30')
    expect(body).toContain('When backups are made is set in Node-RED.')
    expect(await accessibilityViolations(backups)).toEqual([])
    if (!signsIn) await editor.picture('page', backups, 'node-red-page')

    await backups.locator('#backups tbody tr summary').first().click()
    await backups.getByRole('link', { name: 'Delete…' }).click()
    await backups.getByRole('button', { name: 'Delete for good' }).click()
    await backups.getByText('The backup has been deleted.').waitFor()
    expect(madeIn(red)).toEqual([])
    expect(await red.log()).toMatch(/\[audit\].*"event":"backup\.delete"/)
  })
})

describe('a Node-RED that asks nobody to sign in', () => {
  let red: NodeRedProcess
  beforeAll(async () => {
    if (!nodeRedMissing) red = await NodeRedProcess.start({ httpAdminRoot: '/admin', flows: example })
  }, 120_000)
  afterAll(() => red?.end())

  it('is led back from the page to the node that makes the backups', async () => {
    const editor = await edit(red)
    await editor.visit(page)
    await editor.page.getByRole('link', { name: 'Open the task in Node-RED' }).click()
    await editor.node('backup').waitFor()
    expect(editor.page.url()).toContain('#node/b0c4a1e0f1a20005')
  })

  it('makes a backup on the page, whose live progress ends with it in the list', async () => {
    const editor = await edit(red)
    await editor.visit(page)
    await editor.page.getByRole('button', { name: 'Create backup' }).click()
    await editor.page.locator('#backups tbody tr').first().waitFor()
    expect(madeIn(red)).toHaveLength(1)
  })

  it('speaks German to a German browser: node, help, menu and page', async () => {
    const editor = await edit(red, { locale: 'de' })
    await editor.visit()
    await editor.ready()
    await editor.node('Sicherung').waitFor()
    await editor.press('before a change, by hand')
    await editor
      .status('Sicherung')
      .getByText(/^nachgewiesen \d\d:\d\d$/)
      .waitFor()
    await editor.node('Sicherung').locator('rect').first().click()
    await editor.page.keyboard.press('Control+g')
    await editor.page.keyboard.press('h')
    await editor.page.getByText('Sichert die SQLite-Datenbanken eines Ortes im laufenden Betrieb').waitFor()
    await editor.picture('german-help')
    const backups = await editor.openBackups()
    expect(await backups.locator('html').getAttribute('lang')).toBe('de')
    expect(await backups.locator('.nr-header').innerText()).toContain('Zurück zu den Flows')
    expect(await accessibilityViolations(backups)).toEqual([])
    await editor.picture('german-page', backups)
  })

  it('has a form for the data, and the page follows it after a deploy', async () => {
    const editor = await edit(red)
    await editor.visit()
    await editor.ready()
    await editor.node('backup').locator('rect').first().dblclick()
    await editor.page.locator('#node-input-lookup-tenant, #node-input-btn-tenant-edit').first().click()
    const path = editor.page.locator('.node-config-input-database-path').first()
    await path.waitFor()
    expect(await path.inputValue()).toBe('main.sqlite')
    // Waits until the form stands still.
    await editor.page.locator('#node-config-dialog-ok').click({ trial: true })
    await editor.picture('data-form', editor.page, 'node-red-data')
    await editor.page.locator('#node-config-input-name').fill('Heating')
    await editor.page.locator('#node-config-dialog-ok').click()
    await editor.page.locator('#node-dialog-ok').click()
    await editor.deploy()
    const backups = await editor.openBackups()
    await backups.getByText('Heating', { exact: true }).waitFor()
    expect(await backups.locator('#backups tbody tr').count()).toBeGreaterThan(0)
  })
})

describe('a Node-RED that asks people to sign in', () => {
  let red: NodeRedProcess
  beforeAll(async () => {
    if (!nodeRedMissing) red = await NodeRedProcess.start({ settings: adminAuth(users), flows: example })
  }, 120_000)
  afterAll(() => red?.end())

  it('lets who has signed in to the editor open the page, without a token in any address', async () => {
    const editor = await edit(red)
    const asked: string[] = []
    editor.page.context().on('request', (request) => asked.push(request.url()))
    await editor.visit()
    await editor.signIn('admin')
    await editor.ready()
    const backups = await editor.openBackups()
    expect(await backups.locator('.nr-header').innerText()).toContain('admin')
    expect(await backups.locator('.nr-open').count()).toBe(0)
    await backups.getByRole('button', { name: 'Create backup' }).waitFor()
    const token = await editor.page.evaluate(() => {
      const key = Object.keys(localStorage).find((name) => name.startsWith('auth-tokens')) ?? ''
      return JSON.parse(localStorage.getItem(key) ?? '{}').access_token
    })
    expect(token).toMatch(/.{20}/)
    expect(asked.filter((url) => url.includes(token) || url.includes(encodeURIComponent(token)))).toEqual([])
    const [cookie] = await backups.context().cookies(backups.url())
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: page, expires: -1 })
    expect(await backups.evaluate(() => document.cookie)).toBe('')
  })

  it('sends who comes to the page by its address to the editor, and back once they have signed in', async () => {
    const editor = await edit(red)
    await editor.visit(`${page}?show=all`)
    await editor.signIn('admin')
    await editor.page.getByRole('heading', { name: 'Backup', level: 1 }).waitFor()
    expect(editor.page.url()).toBe(`${red.origin}${page}?show=all`)
  })

  it('shows a reader the page and nothing that changes or reveals data', async () => {
    const editor = await edit(red)
    await editor.visit()
    await editor.signIn('reader')
    await editor.ready()
    const backups = await editor.openBackups()
    await backups.getByText('You can look at this page').waitFor()
    expect(await backups.getByRole('button', { name: 'Create backup' }).count()).toBe(0)
    expect(await backups.getByRole('link', { name: /Download/ }).count()).toBe(0)
  })

  it('closes the page as soon as its reader has signed out of the editor', async () => {
    const editor = await edit(red)
    await editor.visit()
    await editor.signIn('admin')
    await editor.ready()
    const backups = await editor.openBackups()
    await editor.page.locator('#red-ui-header-button-user').click()
    await editor.page.locator('#usermenu-item-logout').click()
    await editor.page.locator('#node-dialog-login-username').waitFor()
    await backups.reload()
    await backups.locator('#node-dialog-login-username').waitFor()
    expect(new URL(backups.url()).pathname).toBe('/')
  })
})
