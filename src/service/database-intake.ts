import type { BackupEngine } from '../engine/engine.ts'
import { BackupError } from '../engine/errors.ts'
import type { Site } from './tenancy.ts'
import type { Intake } from './upload-service.ts'

/** Copies of a tenant's databases. */
export function databaseIntake(engine: Pick<BackupEngine, 'importUpload'>): Intake<Site> {
  return {
    limitsOf: ({ maxUploadBytes, limits: { maxBytes, maxCount } }) => ({
      maxUploadBytes,
      maxBytes,
      maxCount,
    }),
    expect: (site, { database }) => expectDatabase(site, database),
    takeIn: (_site, request, options) => engine.importUpload(request, options),
  }
}

function expectDatabase({ vault }: Site, chosen: string | null): void {
  const names = vault.databases.map(({ name }) => name)
  if (chosen === null || names.includes(chosen)) return
  const choices = names.join(', ')
  throw new BackupError('invalid-request', 'There is no such database.', {
    hint: `Name one of them as "database", or none to go by the file's name: ${choices}.`,
    details: { field: 'database', choices },
  })
}
