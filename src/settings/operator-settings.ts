import { type Profile, profileSchema } from './profiles.ts'

/** What operators choose for the whole installation. Tenants can't see or change it. */
export interface OperatorSettings {
  /**
   * Where backups are kept instead of `<tenant-root>/backups`: an absolute path without `.` or `..` that holds
   * `{tenant}`, which stands for the tenant's id, so that no two tenants share a folder. Null keeps them below the
   * tenant root.
   */
  readonly backupsFolder: string | null
  /** Tenants' administrators may put their data back to a backup on the page. */
  readonly restoreFromPage: boolean
  /** Most bytes of one uploaded file; null for no limit of its own. */
  readonly maxUploadBytes: number | null
  readonly limits: {
    /** Most bytes that one tenant's backups may take. */
    readonly maxBytes: number | null
    /** Most backups of one tenant; its retention can't keep more. */
    readonly maxCount: number | null
    /** Shortest time between two backups of a tenant, in minutes. */
    readonly minIntervalMinutes: number | null
  }
  /** System backups. */
  readonly profiles: readonly Profile[]
}

export const defaultOperatorSettings: OperatorSettings = {
  backupsFolder: null,
  restoreFromPage: false,
  maxUploadBytes: null,
  limits: { maxBytes: null, maxCount: null, minIntervalMinutes: null },
  profiles: [],
}

const limit = { type: ['integer', 'null'], minimum: 1 }

export const operatorSettingsSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  additionalProperties: false,
  properties: {
    backupsFolder: { type: ['string', 'null'], pattern: '^(?!.*/\\.{1,2}(/|$))/.*\\{tenant\\}' },
    restoreFromPage: { type: 'boolean' },
    maxUploadBytes: limit,
    limits: {
      type: 'object',
      additionalProperties: false,
      properties: { maxBytes: limit, maxCount: limit, minIntervalMinutes: limit },
    },
    profiles: { type: 'array', maxItems: 100, items: profileSchema },
  },
}
