import { describe, expect, it } from 'vitest'
import { renderOverview } from '../../src/views/index.ts'
import type { BackupModel, OverviewModel } from '../../src/views/model.ts'
import { CHART, sizeChartOf } from '../../src/views/size-curve.ts'
import { ago, backup, normal } from './sample-models.ts'
import { textOf } from './text-of.ts'

const HOUR = 3_600_000

/** Newest first, one an hour, the newest ones damaged. */
const hourly = (count: number, damaged = 0): readonly BackupModel[] =>
  Array.from({ length: count }, (_, index) => {
    const createdAt = ago(index * HOUR)
    const outcome = index < damaged ? 'failed' : 'passed'
    return backup({ name: `main-${index}.sqlite`, createdAt, proven: { at: createdAt, outcome } })
  })

const shown = (model: Partial<OverviewModel>) => renderOverview({ ...normal(), ...model })
const rowsOf = (html: string) =>
  [...html.matchAll(/\/download\?name=main-(\d+)\./g)].map(([, n]) => Number(n))

describe('a long list', () => {
  it('shows the newest hundred and says how many there are', () => {
    const html = shown({ backups: hourly(2500) })
    expect(rowsOf(html)).toEqual(Array.from({ length: 100 }, (_, index) => index))
    expect(textOf(html)).toContain('The newest 100 of 2,500 are shown.')
    expect(html).toContain('<a href="/settings/admin/backup?show=all#backups">Show all</a>')
    expect(textOf(shown({ backups: hourly(2500), language: 'de' }))).toContain(
      'Gezeigt werden die neuesten 100 von 2.500. Alle zeigen',
    )
  })

  it('shows all of them when asked', () => {
    const html = shown({ backups: hourly(1000), showAll: true })
    expect(rowsOf(html)).toHaveLength(1000)
    expect(html).not.toContain('show=all')
  })

  it('hides nothing as long as a hundred are enough', () => {
    const html = shown({ backups: hourly(100) })
    expect(rowsOf(html)).toHaveLength(100)
    expect(html).not.toContain('show=all')
  })

  it('keeps telling apart databases of which one is not among those shown', () => {
    const old = backup({ database: 'archive', createdAt: ago(3000 * HOUR) })
    expect(shown({ backups: [...hourly(200), old] })).toContain('<th scope="col">Database</th>')
  })

  it('leaves status, reach and curve those of all backups', () => {
    const html = shown({ backups: hourly(2500, 150) })
    expect(textOf(html)).toContain('Protected: last proven backup 6 days ago')
    expect(textOf(html)).toContain('104 days, 2350 backups')
    expect(html).toContain('aria-label="From 26.4 MB on 8 August to 26.4 MB on 14 November"')
  })
})

describe('the curve of many backups', () => {
  const points = (backups: readonly BackupModel[]) => {
    const curve = sizeChartOf(backups)!.curves[0]!
    return curve.points.split(' ').map((point) => Number(point.split(',')[0]))
  }

  it('is drawn through 200 points at most, spread evenly from the first to the last', () => {
    const places = points(hourly(2500))
    expect(places).toHaveLength(200)
    expect([places[0], places.at(-1)]).toEqual([0, CHART.width])
    const steps = places.slice(1).map((place, index) => place - places[index]!)
    expect(Math.max(...steps) - Math.min(...steps)).toBeLessThan(0.5)
  })

  it('goes through every backup while there are fewer', () => {
    expect(points(hourly(200))).toHaveLength(200)
    expect(points(hourly(199))).toHaveLength(199)
  })

  it('is never higher than the chart, also where the largest backup is left out', () => {
    const backups = hourly(2500).map((made, index) => ({ ...made, sizeBytes: index === 3 ? 900 : 100 }))
    expect(sizeChartOf(backups)!.maxBytes).toBe(1000)
  })
})
