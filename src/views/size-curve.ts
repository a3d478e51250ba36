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

/** More than anybody sees in the room there is. */
const MOST_POINTS = 200

interface Point {
  readonly backup: BackupModel
  /** Milliseconds since 1970. */
  readonly at: number
}

/** Null while no database has two backups that were found whole: one point makes no curve. */
export function sizeChartOf(backups: readonly BackupModel[]): SizeChartModel | null {
  const series = seriesOf(backups).filter(([, points]) => points.length > 1)
  if (series.length === 0) return null
  const [start, end] = [
    Math.min(...series.map(([, points]) => points[0]!.at)),
    Math.max(...series.map(([, points]) => points.at(-1)!.at)),
  ]
  const largest = series.map(([, points]) =>
    points.reduce((most, { backup }) => Math.max(most, backup.sizeBytes), 0),
  )
  const maxBytes = roundUp(Math.max(...largest))
  const place = ({ at, backup: { sizeBytes } }: Point) =>
    [
      (((at - start) / Math.max(1, end - start)) * CHART.width).toFixed(1),
      (CHART.height * (1 - sizeBytes / maxBytes)).toFixed(1),
    ].join(',')
  return {
    curves: series.map(([database, points]) => curveOf(database, points, place)),
    maxBytes,
    since: new Date(start).toISOString(),
  }
}

/** The whole backups of each database, oldest first. */
function seriesOf(backups: readonly BackupModel[]): readonly (readonly [string, readonly Point[]])[] {
  const points = backups
    .filter(isWhole)
    .map((backup) => ({ backup, at: Date.parse(backup.createdAt) }))
    .sort((one, other) => one.at - other.at)
  const names = [...new Set(points.map(({ backup }) => backup.database))]
  return names.map((name) => [name, points.filter(({ backup }) => backup.database === name)])
}

function curveOf(database: string, all: readonly Point[], place: (point: Point) => string): Curve {
  const places = sampled(all).map(place)
  const points = places.join(' ')
  const [from, to] = [places[0]!.split(',')[0], places.at(-1)!.split(',')[0]]
  return {
    database,
    points,
    area: `${from},${CHART.height} ${points} ${to},${CHART.height}`,
    first: all[0]!.backup,
    last: all.at(-1)!.backup,
  }
}

/** Evenly, and always with the first and the last one. */
function sampled(points: readonly Point[]): readonly Point[] {
  if (points.length <= MOST_POINTS) return points
  const step = (points.length - 1) / (MOST_POINTS - 1)
  return Array.from({ length: MOST_POINTS }, (_, index) => points[Math.round(index * step)]!)
}

/** The next short number. The steps lie so close that at least two thirds of the height are used. */
function roundUp(bytes: number): number {
  if (bytes <= 0) return 1
  const unit = 10 ** Math.floor(Math.log10(bytes))
  const steps = [1, 1.2, 1.5, 2, 2.4, 2.8, 3.2, 4, 5, 6, 7, 8, 10]
  return unit * (steps.find((step) => step * unit >= bytes) ?? 10)
}
