import type { RescueCell, RescueRows, RescueTables } from '../engine/rescuing.ts'
import { publicBackup } from '../service/public-backup.ts'
import type { BrowseModel, BrowseTableModel, FrameModel, NoticeModel } from '../views/index.ts'

export const tablesModel = (
  { backup, tables, more, leftOut }: RescueTables,
  frame: FrameModel,
): BrowseModel => ({ ...frame, backup, tables, more, leftOut })

export interface TableView {
  readonly page: number
  readonly search: string
  readonly missingOnly: boolean
}

export function tableModel(
  found: RescueRows,
  { page, search, missingOnly }: TableView,
  { frame, notice }: { readonly frame: FrameModel; readonly notice: NoticeModel | null },
): BrowseTableModel {
  const { backup, table, columns, columnCount, computed, comparable, rows, next, stopped, total } = found
  const shown = { columns, columnCount, computed, comparable, rows, next, stopped, total }
  return { ...frame, ...shown, backup, table, page, search, missingOnly, notice }
}

/** The same for programs: values by the names of their columns. */
export function tableJson(found: RescueRows, page: number) {
  const { backup, table, columns, columnCount, computed, comparable, rows, next, stopped, total } = found
  const names = columns.map(({ name }) => name)
  return {
    backup: publicBackup(backup),
    table,
    columns,
    columnCount,
    computed,
    comparable,
    rows: rows.map(({ key, missing, cells }) => ({
      key,
      missingToday: missing,
      values: Object.fromEntries(cells.map((cell, index) => [names[index], cellJson(cell)])),
    })),
    page,
    next,
    stopped,
    total,
  }
}

/** Exact as long as a number of JSON is; otherwise as text. What was cut says how long it is. */
function cellJson(cell: RescueCell): unknown {
  if (cell.type === 'null') return null
  if (cell.type === 'integer')
    return Number.isSafeInteger(Number(cell.value)) ? Number(cell.value) : cell.value
  if (cell.type === 'real') return Number.isFinite(Number(cell.value)) ? Number(cell.value) : cell.value
  if (cell.type === 'text' && !cell.cut) return cell.value
  return { [cell.type === 'blob' ? 'hex' : 'text']: cell.value, bytes: cell.bytes, cut: cell.cut }
}
