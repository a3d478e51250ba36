import type { ArchiveContent } from '../engine/archiving.ts'
import { archiveContents } from '../engine/archiving.ts'
import type { RetentionRules } from '../engine/retention.ts'
import type { Schedule } from '../host/contract.ts'
import { defaultTenantSettings, retentionSchema, scheduleSchema } from './tenant-settings.ts'

/** What a system backup takes, in which form, where it lies, when it is made, and how long it stays. */
export interface Profile {
  /** Lower-case letters, digits and "-": it names the task, the default folder and the archives' subject. */
  readonly id: string
  readonly sources: readonly ProfileSource[]
  /** For runs that don't say it themselves. */
  readonly content: ArchiveContent
  /** Ends in `.zip`; a time stands in braces. */
  readonly name: string
  /** Absolute. Null for one of its own below the host's data folder. */
  readonly folder: string | null
  readonly automatic: { readonly enabled: boolean; readonly schedule: Schedule }
  readonly retention: RetentionRules
}

/** `id` is the first segment of its entries in an archive. */
export type ProfileSource = { readonly id: string } & (
  | { readonly kind: 'directory'; readonly path: string; readonly exclude: readonly string[] }
  | {
      readonly kind: 'mssql'
      /** Where the connection string is found at run time, never itself: `env:NAME` or `file:PATH`. */
      readonly connection: string
      readonly database: string
      readonly serverFolder: string
      readonly localFolder: string
    }
  | { readonly kind: 'sqlite'; readonly path: string }
)

/** Names as people know them from other systems. */
export const namePresets = ['entbak_{yyyyMMddHHmmss}.zip', 'Backup_{yyyyMMdd_HHmm}Z.zip'] as const

export const defaultProfile: Omit<Profile, 'id' | 'sources'> = {
  content: 'everything',
  name: namePresets[0],
  folder: null,
  automatic: { enabled: false, schedule: { every: 'day', at: '02:30' } },
  retention: { ...defaultTenantSettings.retention, maxCount: 14 },
}

const absolute = { type: 'string', pattern: '^/(?!.*(^|/)\\.{1,2}(/|$))', maxLength: 4096 }
/** Segments of a path in an archive. */
const sourceId = { type: 'string', pattern: '^[A-Za-z0-9-]{1,60}$' }

const sourceOf = (
  kind: ProfileSource['kind'],
  fields: Record<string, object>,
  optional: Record<string, object> = {},
) => ({
  type: 'object',
  required: ['kind', ...Object.keys(fields)],
  additionalProperties: false,
  properties: { id: sourceId, kind: { const: kind }, ...fields, ...optional },
})

const text = { type: 'string', minLength: 1, maxLength: 4096 }

export const profileSchema = {
  type: 'object',
  required: ['id', 'sources', 'content', 'name', 'folder', 'automatic', 'retention'],
  additionalProperties: false,
  properties: {
    id: { type: 'string', pattern: '^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$' },
    sources: {
      type: 'array',
      minItems: 1,
      maxItems: 50,
      items: {
        type: 'object',
        discriminator: { propertyName: 'kind' },
        required: ['kind'],
        oneOf: [
          sourceOf(
            'directory',
            { path: absolute },
            { exclude: { type: 'array', maxItems: 500, items: text } },
          ),
          sourceOf('mssql', {
            connection: {
              type: 'string',
              pattern: '^(env:[A-Za-z_][A-Za-z0-9_]*|file:/.+)$',
              maxLength: 4096,
            },
            database: { ...text, maxLength: 128 },
            serverFolder: text,
            localFolder: absolute,
          }),
          sourceOf('sqlite', { path: absolute }),
        ],
      },
    },
    content: { enum: archiveContents },
    name: { type: 'string', pattern: '^[^/\\\\]{1,180}\\.zip$' },
    folder: { ...absolute, type: ['string', 'null'] },
    automatic: {
      type: 'object',
      required: ['enabled', 'schedule'],
      additionalProperties: false,
      properties: { enabled: { type: 'boolean' }, schedule: scheduleSchema },
    },
    retention: retentionSchema,
  },
}
