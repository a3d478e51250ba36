import { formatBytes } from './format/numbers.ts'
import { formatDay, formatMoment } from './format/times.ts'
import type { BackupModel } from './model.ts'
import { CHART, type Curve, type SizeChartModel, sizeChartOf } from './size-curve.ts'
import type { View } from './view.ts'

/** How the copies grow. Labels are text beside the drawing, so that they stay readable however small it gets. */
export function SizeChart({
  view,
  backups,
}: {
  readonly view: View
  readonly backups: readonly BackupModel[]
}) {
  const chart = sizeChartOf(backups)
  const words = view.text.chart
  return (
    <section class="card" aria-labelledby="chart-heading">
      <h2 id="chart-heading">{words.heading}</h2>
      {chart ? <Drawing view={view} chart={chart} /> : <p class="soft">{words.tooFew}</p>}
    </section>
  )
}

function Drawing({ view, chart }: { readonly view: View; readonly chart: SizeChartModel }) {
  const named = chart.curves.length > 1
  const said = chart.curves.map((curve) => describe(view, curve, named)).join('. ')
  const latest = chart.curves[0]!.last
  return (
    <div class="chart">
      <p class="ends">
        <span>{formatBytes(chart.maxBytes, view.language)}</span>
      </p>
      <svg
        viewBox={`0 0 ${CHART.width} ${CHART.height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={said}
      >
        <line x1="0" y1="0" x2={CHART.width} y2="0" />
        <line x1="0" y1={CHART.height} x2={CHART.width} y2={CHART.height} />
        {!named && <polygon points={chart.curves[0]!.area} />}
        {chart.curves.map((curve, index) => (
          <polyline class={`curve-${index % 4}`} points={curve.points} />
        ))}
      </svg>
      <p class="ends">
        <span>{formatDay(view, chart.since)}</span>
        <span>
          {named
            ? formatMoment(view, latest.createdAt)
            : `${formatMoment(view, latest.createdAt)}: ${formatBytes(latest.sizeBytes, view.language)}`}
        </span>
      </p>
      {named && <Key view={view} curves={chart.curves} />}
    </div>
  )
}

function Key({ view, curves }: { readonly view: View; readonly curves: readonly Curve[] }) {
  return (
    <ul class="legend">
      {curves.map((curve, index) => (
        <li>
          <svg class="sample" viewBox="0 0 24 6" aria-hidden="true">
            <polyline class={`curve-${index % 4}`} points="0,3 24,3" />
          </svg>
          <bdi>{curve.database}</bdi> {formatBytes(curve.last.sizeBytes, view.language)}
        </li>
      ))}
    </ul>
  )
}

function describe(view: View, { database, first, last }: Curve, named: boolean): string {
  const size = (backup: BackupModel) => formatBytes(backup.sizeBytes, view.language)
  const day = (backup: BackupModel) => formatDay(view, backup.createdAt)
  const said = view.text.chart.describe(size(first), day(first), size(last), day(last))
  return named ? `${database}: ${said}` : said
}
