import type { Audit, AuditEntry } from 'automate-plugin-backup/host'
import type { HostDatabase } from './host-database.ts'
import { keyOf, scopeOf } from './scope-key.ts'

export interface AuditFilter {
  /** Null shows every scope, the system's included. */
  readonly tenant: string | null
  readonly text: string
  readonly action: string
  readonly outcome: string
}

interface Row {
  readonly id: string
  readonly at: string
  readonly scope: string
  readonly actor_id: string | null
  readonly actor_name: string | null
  readonly action: string
  readonly target: string
  readonly outcome: AuditEntry['outcome']
  readonly details: string
}

/** What happened, and who did it. Entries are only ever added. */
export class AuditLog implements Audit {
  readonly #database: HostDatabase

  constructor(database: HostDatabase) {
    this.#database = database
  }

  async record(entry: AuditEntry): Promise<void> {
    this.#database
      .prepare(
        `insert into audit (id, at, scope, actor_id, actor_name, action, target, outcome, details)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing`,
      )
      .run(
        entry.id,
        entry.at,
        keyOf(entry.scope),
        entry.actor?.id ?? null,
        entry.actor?.name ?? null,
        entry.action,
        entry.target,
        entry.outcome,
        JSON.stringify(entry.details),
      )
  }

  /** Newest first. */
  find(filter: AuditFilter, page: { readonly offset: number; readonly limit: number }): AuditEntry[] {
    return this.#database
      .prepare<unknown[], Row>(
        `select * from audit where ${conditions} order by at desc, sequence desc limit :limit offset :offset`,
      )
      .all({ ...parametersOf(filter), ...page })
      .map(entryOf)
  }

  count(filter: AuditFilter): number {
    const row = this.#database
      .prepare<unknown[], { total: number }>(`select count(*) total from audit where ${conditions}`)
      .get(parametersOf(filter))
    return row?.total ?? 0
  }

  /** Every action that occurs, for the filter. */
  actions(tenant: string | null): string[] {
    return this.#database
      .prepare<unknown[], { action: string }>(
        'select distinct action from audit where (:scope is null or scope = :scope) order by action',
      )
      .all({ scope: tenant === null ? null : keyOf({ tenant }) })
      .map((row) => row.action)
  }
}

const conditions = `(:scope is null or scope = :scope)
  and (:action = '' or action = :action)
  and (:outcome = '' or outcome = :outcome)
  and (:text = '' or target like :like escape '\\' or details like :like escape '\\'
       or action like :like escape '\\' or actor_name like :like escape '\\')`

function parametersOf(filter: AuditFilter): Record<string, string | null> {
  return {
    scope: filter.tenant === null ? null : keyOf({ tenant: filter.tenant }),
    action: filter.action,
    outcome: filter.outcome,
    text: filter.text,
    like: `%${filter.text.replaceAll(/[\\%_]/g, '\\$&')}%`,
  }
}

function entryOf(row: Row): AuditEntry {
  return {
    id: row.id,
    at: row.at,
    scope: scopeOf(row.scope),
    actor: row.actor_id === null ? null : { id: row.actor_id, name: row.actor_name ?? row.actor_id },
    action: row.action,
    target: row.target,
    outcome: row.outcome,
    details: JSON.parse(row.details),
  }
}
