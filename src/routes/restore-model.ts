import type { TableState } from '../engine/restoring.ts'
import type { Caller } from '../host/contract.ts'
import type { RestorePlan } from '../service/restore-service.ts'
import type { FrameModel, RestoreModel, TableStateModel } from '../views/index.ts'
import { restoreWayModel } from './page.ts'

/** The page that asks before a restore. */
export function restoreModel(plan: RestorePlan, frame: FrameModel, caller: Caller): RestoreModel {
  const { backup, version, present, tables, space } = plan.preview
  return {
    ...frame,
    backup,
    isRollback: backup.trigger === 'before-restore',
    database: plan.database.name,
    version: {
      relation: version.relation,
      backup: version.backup,
      running: version.running,
      otherSchema: version.schema.relation === 'different',
    },
    present: present.state,
    tables: tables.map(({ table, now, inBackup }) => ({
      table,
      now: stateModel(now),
      inBackup: stateModel(inBackup),
    })),
    space,
    way: restoreWayModel(plan.way),
    allowed: plan.allowed,
    command: commandFor(plan, caller),
    waiting: plan.waiting !== null,
    notice: null,
    typed: { value: '', error: null },
  }
}

/** Where the tenant lies on the machine is for operators only. */
export function commandFor(
  { command }: Pick<RestorePlan, 'command'>,
  { permissions }: Pick<Caller, 'permissions'>,
): RestoreModel['command'] {
  return permissions.has('backup.operate')
    ? { text: command.absolute, folder: null }
    : { text: command.relative, folder: command.folder }
}

const stateModel = (state: TableState | null): TableStateModel | null =>
  state && { rows: state.rows, newestAt: state.newest?.at ?? null }
