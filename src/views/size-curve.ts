import type { BackupModel } from './model.ts'
import { isWhole } from './protection.ts'

/** The chart's own units; the drawing is stretched to the room there is. */
export const CHART = { width: 600, height: 120 } as const

export interface Curve {
  readonly database: string
  /** As an SVG attribute, "x,y x,y". */
  readonly points: string
  /** The same, closed along the base line. */
  readonly area: string
  readonly first: BackupModel
  readonly last: BackupModel
}

export interface SizeChartModel {
  readonly curves: readonly Curve[]
  /** At the upper edge. */
  readonly maxBytes: number
  readonly since: string
}

const byTime = (one: BackupModel, other: BackupModel) =>
  Date.parse(one.createdAt) - Date.parse(other.createdAt)

/** Null while no database has two backups that were found whole: one point makes no curve. */
export function sizeChartOf(backups: readonly BackupModel[]): SizeChartModel | null {
  const whole = backups.filter(isWhole).toSorted(byTime)
  const names = [...new Set(whole.map(({ database }) => database))]
  const series = names
    .map((name) => [name, whole.filter(({ database }) => database === name)] as const)
    .filter(([, points]) => points.length > 1)
  const all = series.flatMap(([, points]) => points).toSorted(byTime)
  const [first, last] = [all[0], all.at(-1)]
  if (!first || !last) return null
  const maxBytes = roundUp(Math.max(...all.map(({ sizeBytes }) => sizeBytes)))
  const start = Date.parse(first.createdAt)
  const span = Math.max(1, Date.parse(last.createdAt) - start)
  const place = ({ createdAt, sizeBytes }: BackupModel) =>
    [
      (((Date.parse(createdAt) - start) / span) * CHART.width).toFixed(1),
      (CHART.height * (1 - sizeBytes / maxBytes)).toFixed(1),
    ].join(',')
  return {
    curves: series.map(([database, points]) => curveOf(database, points, place)),
    maxBytes,
    since: first.createdAt,
  }
}

function curveOf(
  database: string,
  backups: readonly BackupModel[],
  place: (backup: BackupModel) => string,
): Curve {
  const places = backups.map(place)
  const points = places.join(' ')
  const [from, to] = [places[0]!.split(',')[0], places.at(-1)!.split(',')[0]]
  return {
    database,
    points,
    area: `${from},${CHART.height} ${points} ${to},${CHART.height}`,
    first: backups[0]!,
    last: backups.at(-1)!,
  }
}

/** The next short number. The steps lie so close that at least two thirds of the height are used. */
function roundUp(bytes: number): number {
  if (bytes <= 0) return 1
  const unit = 10 ** Math.floor(Math.log10(bytes))
  const steps = [1, 1.2, 1.5, 2, 2.4, 2.8, 3.2, 4, 5, 6, 7, 8, 10]
  return unit * (steps.find((step) => step * unit >= bytes) ?? 10)
}
