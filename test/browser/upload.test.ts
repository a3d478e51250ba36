import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { accessibilityViolations } from '../support/accessibility.ts'
import { type App, base, eventually, type Session, startApp } from '../support/app.ts'
import { databaseBytes } from '../support/uploads.ts'
import { useBrowser } from '../support/visits.ts'

const { visit } = useBrowser()

let app: App
let admin: Session
let path: string
let bytes: Buffer

beforeAll(async () => {
  app = await startApp()
  admin = await app.signIn('demo-admin')
  // More than the first part that the script sends.
  bytes = await databaseBytes(6_000)
  path = join(app.dataDir, 'from elsewhere.sqlite')
  writeFileSync(path, bytes)
})
afterAll(() => app.stop())

const listed = async () => (await admin.overview()).backups.length

it('takes a file from the page, says what is going on, and lists it', async () => {
  const before = await listed()
  const page = await visit(app, base)
  await page.getByRole('link', { name: 'Upload a backup' }).click()
  expect(await accessibilityViolations(page)).toEqual([])
  await page.getByLabel('File').setInputFiles(path)
  await page.getByRole('button', { name: 'Upload', exact: true }).click()
  await page.waitForURL((url) => url.search === '?done=uploaded')
  await eventually(async () => (await listed()) === before + 1)
})

it('goes on after a break and after the page was loaded again, when the same file is chosen', async () => {
  const before = await listed()
  const page = await visit(app, `${base}/upload`)
  const offsets: number[] = []
  let online = true
  await page.route('**/upload/*', (route) => {
    const request = route.request()
    if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset']))
    return online || request.method() !== 'PATCH' || offsets.length < 2 ? route.continue() : route.abort()
  })
  online = false
  await page.getByLabel('File').setInputFiles(path)
  await page.getByRole('button', { name: 'Upload', exact: true }).click()
  await page.getByText('The connection is gone.').waitFor()
  await page.reload()
  const open = page.getByRole('region', { name: 'Begun and not finished' })
  await open.getByText('from elsewhere.sqlite', { exact: true }).waitFor()
  online = true
  await page.getByLabel('File').setInputFiles(path)
  await page.getByRole('button', { name: 'Upload', exact: true }).click()
  await page.waitForURL((url) => url.search === '?done=uploaded')
  expect(offsets[0]).toBe(0)
  expect(offsets.filter((offset) => offset === 0)).toHaveLength(1)
  await eventually(async () => (await listed()) === before + 1)
})

it('can be removed again, and cancelled', async () => {
  const page = await visit(app, `${base}/upload`)
  await page.route('**/upload/*', (route) =>
    route.request().method() === 'PATCH' ? route.abort() : route.continue(),
  )
  await page.getByLabel('File').setInputFiles(path)
  await page.getByRole('button', { name: 'Upload', exact: true }).click()
  await page.getByText('The connection is gone.').waitFor()
  await page.reload()
  await page.getByRole('button', { name: /^Remove/ }).click()
  await page.getByRole('region', { name: 'Begun and not finished' }).waitFor({ state: 'hidden' })
  await page.getByLabel('File').setInputFiles(path)
  await page.getByRole('button', { name: 'Upload', exact: true }).click()
  await page.getByText('The connection is gone.').waitFor()
  await page.getByRole('button', { name: 'Cancel the upload' }).click()
  await page.getByText('The upload was cancelled.').waitFor()
  const left = async () =>
    ((await (await admin.get(`${base}/upload`)).json()) as { uploads: unknown[] }).uploads.length
  await eventually(async () => (await left()) === 0)
})

it('says what is wrong with a file, and works without a script', async () => {
  const page = await visit(app, `${base}/upload`, { javaScriptEnabled: false, locale: 'de-DE' })
  const before = await listed()
  await page.getByLabel('File').setInputFiles(path)
  await page.getByRole('button', { name: 'Upload', exact: true }).click()
  await page.getByText('The file has arrived.').waitFor()
  await eventually(async () => (await listed()) === before + 1)
  app.setOperator({ maxUploadBytes: 1000 })
  const limited = await visit(app, `${base}/upload`)
  await limited.getByText('At most 1.0 kB').or(limited.getByText('At most 1')).first().waitFor()
  await limited.getByLabel('File').setInputFiles(path)
  await limited.getByRole('button', { name: 'Upload', exact: true }).click()
  await limited.getByText('the operator allows 1000').waitFor()
  app.setOperator({})
})
