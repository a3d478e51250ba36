import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type App, eventually, type Session, startApp } from '../support/app.ts'
import { lookAtPage, publish } from '../support/look-at.ts'
import { Installation, ran, systemBase, systemOverview } from '../support/system-backups.ts'
import { useBrowser } from '../support/visits.ts'

const { visit } = useBrowser()

let app: App
let place: Installation
let operator: Session

beforeAll(async () => {
  place = new Installation()
  app = await startApp({
    tenants: [
      { id: 'demo', name: 'Demo GmbH' },
      { id: 'other', name: 'Andere AG' },
    ],
    operator: { restoreFromPage: true, profiles: [place.profile()] },
  })
  await (await app.signIn('demo-admin')).backUp()
})
afterAll(async () => {
  await app.stop()
  place.remove()
})
beforeEach(async () => {
  operator = await app.signIn('admin')
})

const as = { as: 'admin' } as const
const rows = '#backups tbody tr'

describe('the journey of an operator', () => {
  it('chooses the content, watches the progress, cancels, runs again, and finds entbak_….zip', async () => {
    for (let file = 0; file < 600; file++) place.write(`many/${file}.bin`, `${Math.random()}`.repeat(4000))
    const page = await visit(app, systemBase, as)
    await page.getByRole('heading', { name: 'System backups' }).waitFor()
    await page.getByLabel('Files only').check()
    await page.getByRole('button', { name: 'Create backup' }).click()
    await page.locator('[data-current]', { hasText: /\d+ files, ProgramData\// }).waitFor()
    await page.locator('[data-stage=archive].now', { hasText: / of / }).waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.locator('#run').waitFor({ state: 'detached' })
    expect(place.archives()).toEqual([])
    rmSync(join(place.program, 'many'), { recursive: true })

    await page.getByLabel('Files and databases').check()
    await page.getByLabel('Note (optional)').fill('before the move')
    await page.getByRole('button', { name: 'Create backup' }).click()
    const row = page.locator(rows).first()
    await row.getByText('Proven', { exact: true }).waitFor({ timeout: 25_000 })
    expect(await row.innerText()).toContain('before the move')
    expect(place.archives()).toEqual([expect.stringMatching(/^entbak_\d{14}\.zip$/)])
  })

  it('restores it on an empty folder, after the profile’s name was typed', async () => {
    const to = mkdtempSync(join(tmpdir(), 'empty-'))
    try {
      const page = await visit(app, systemBase, as)
      await page.locator(`${rows} summary`).first().click()
      await page.getByRole('link', { name: 'Restore…' }).click()
      await page.getByRole('heading', { name: 'What is in it' }).waitFor()
      await page.locator('input[name=source][value=state]').uncheck()
      await page.getByLabel('Another place for ProgramData').fill(to)
      await page.getByLabel('Type the name of the profile to confirm').fill('wrong')
      await page.getByRole('button', { name: 'Restore what is chosen' }).click()
      await page.getByText('Type exactly "enterprise" to confirm.').waitFor()
      expect(await page.getByLabel('Another place for ProgramData').inputValue()).toBe(to)
      expect(await page.locator('input[name=source][value=state]').isChecked()).toBe(false)
      await page.getByLabel('Type the name of the profile to confirm').fill('enterprise')
      await page.getByRole('button', { name: 'Restore what is chosen' }).click()
      const restored = await eventually(async () => {
        const [run] = (await systemOverview(operator)).profiles[0].runs
        return run.kind === 'restore' && run.endedAt ? run : null
      })
      expect(restored.status).toBe('completed')
      expect(place.files(to)).toEqual(place.files().filter((file) => file !== 'notes.tmp'))
    } finally {
      rmSync(to, { recursive: true })
    }
  })

  it('uploads one that was downloaded, sees it as imported, and restores it on an empty folder', async () => {
    const to = mkdtempSync(join(tmpdir(), 'empty-'))
    const file = join(to, 'downloaded.zip')
    try {
      const page = await visit(app, systemBase, as)
      const waiting = page.waitForEvent('download')
      await page
        .getByRole('link', { name: /^Download/ })
        .first()
        .click()
      await (await waiting).saveAs(file)
      await page.getByRole('link', { name: 'Upload an archive' }).click()
      await page.getByLabel('File').setInputFiles(file)
      await page.getByRole('button', { name: 'Upload', exact: true }).click()
      await page.waitForURL((url) => url.search === '?done=uploaded&profile=enterprise')
      const row = page.locator(rows, { hasText: 'Imported' })
      await row.getByText('Checked', { exact: true }).waitFor({ timeout: 25_000 })
      expect(await row.innerText()).toContain('downloaded.zip')
      await row.locator('summary').click()
      await row.getByRole('link', { name: 'Restore…' }).click()
      await page.getByText('This archive came from elsewhere.').waitFor()
      await page.locator('input[name=source][value=state]').uncheck()
      await page.getByLabel('Another place for ProgramData').fill(join(to, 'here'))
      await page.getByLabel('Type the name of the profile to confirm').fill('enterprise')
      await page.getByRole('button', { name: 'Restore what is chosen' }).click()
      await page.getByText('confirm that you know it, too').waitFor()
      await page.getByLabel('Yes, I know where this archive comes from').check()
      await page.getByRole('button', { name: 'Restore what is chosen' }).click()
      const restored = await eventually(async () => {
        const [run] = (await systemOverview(operator)).profiles[0].runs
        return run.kind === 'restore' && run.endedAt && run.backups[0]?.startsWith('imported_') ? run : null
      })
      expect(restored.status).toBe('completed')
      expect(place.files(join(to, 'here'))).toEqual(place.files().filter((name) => name !== 'notes.tmp'))
    } finally {
      rmSync(to, { recursive: true })
    }
  })

  it('leaves WorkDir out, changes when and how long, and is told what is wrong beside the field', async () => {
    const page = await visit(app, systemBase, as)
    await page.getByRole('link', { name: 'What takes the most space?' }).click()
    await page.getByRole('button', { name: 'Leave out WorkDir' }).click()
    await page.getByText('It is left out from the next archive on.').waitFor()
    expect(await page.getByLabel(/^Leave out of /).inputValue()).toBe('**/*.tmp\nWorkDir/**')
    await page.getByLabel('Make backups automatically').check()
    await page.getByLabel('Name of the archives').fill('always.zip')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('One field needs another look. Nothing was saved.').waitFor()
    expect(await page.getByLabel('Name of the archives').getAttribute('aria-invalid')).toBe('true')
    await page.getByLabel('Name of the archives').fill('Backup_{yyyyMMdd_HHmm}Z.zip')
    await page.getByLabel('Keep the last').fill('5')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('The settings have been saved.').waitFor()
    const { settings, automatic } = (await systemOverview(operator)).profiles[0]
    expect(settings).toMatchObject({ name: 'Backup_{yyyyMMdd_HHmm}Z.zip', retention: { maxCount: 5 } })
    expect(automatic.enabled).toBe(true)
  })

  it('adds a profile with a form, and removes it, without JavaScript', async () => {
    const page = await visit(app, systemBase, { ...as, javaScriptEnabled: false })
    await page.getByRole('link', { name: 'New profile' }).click()
    await page.getByLabel('Short name').fill('Config')
    await page.getByLabel('Folder with files', { exact: true }).fill(join(place.program, 'config'))
    await page.getByRole('button', { name: 'Add the profile' }).click()
    expect(await page.getByLabel('Short name').getAttribute('aria-invalid')).toBe('true')
    await page.getByLabel('Short name').fill('config')
    await page.getByRole('button', { name: 'Add the profile' }).click()
    await page.getByText('The profile has been added.').waitFor()
    expect(await page.locator('.tab[aria-current]').innerText()).toContain('config')
    await page.getByRole('link', { name: 'Remove this profile…' }).click()
    await page.getByRole('button', { name: 'Remove the profile' }).click()
    await page.getByText('The profile has been removed.').waitFor()
  })
})

describe('every page for operators', () => {
  // "Archive" is German, too.
  const data = [
    'Archive',
    'demo',
    'enterprise',
    'before the move',
    'ProgramData',
    'WorkDir',
    'state',
    'config',
    'System',
  ]
  const opened = (path: string) => (look: BrowserContextOptions) => visit(app, path, { ...look, ...as })

  it('is for everybody, in English and German', async () => {
    const [name = ''] = (await ran(operator, '/create', { note: 'before the move' })).backups
    const of = `profile=enterprise&name=${name}`
    await lookAtPage('system', opened(systemBase), data)
    await lookAtPage('system-new-profile', opened(`${systemBase}/profiles/new`), data)
    await lookAtPage(
      'system-remove-profile',
      opened(`${systemBase}/profiles/remove?profile=enterprise`),
      data,
    )
    await lookAtPage('system-measure', opened(`${systemBase}/measure`), data)
    await lookAtPage('system-delete', opened(`${systemBase}/delete?${of}`), data)
    await lookAtPage('system-upload', opened(`${systemBase}/upload?profile=enterprise`), data)
    await lookAtPage('system-restore', opened(`${systemBase}/restore?${of}`), data)
    app.setOperator({ profiles: [place.profile(), { id: 'bad', name: 'x' }] })
    await lookAtPage('system-broken-profile', opened(systemBase), data)
    await lookAtPage('system-restore-not-allowed', opened(`${systemBase}/restore?${of}`), data)
    app.setOperator({ profiles: [] })
    await lookAtPage('system-empty', opened(systemBase), data)
    app.setOperator({
      restoreFromPage: true,
      profiles: [place.profile(), place.profile({ id: 'second', folder: null })],
    })
    await lookAtPage('system-two-profiles', opened(systemBase), [...data, 'second'])
  }, 300_000)

  it('is shown in the documentation', async () => {
    app.setOperator({ restoreFromPage: true, profiles: [place.profile()] })
    const page = await visit(app, systemBase, { ...as, viewport: { width: 1180, height: 1180 } })
    await publish(page, 'system')
  })
})
