/** Of an odd or even number of figures; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2
}

/** "820 ms (790 to 901)" */
export function spread(values: readonly number[], unit = 'ms'): string {
  if (values.length === 0) return 'never ended'
  const [low, high] = [Math.min(...values), Math.max(...values)]
  return `${figure(median(values))} ${unit} (${figure(low)} to ${figure(high)})`
}

export function ratio(values: readonly number[], base: readonly number[]): string {
  const value = median(values) / median(base)
  return Number.isFinite(value) ? value.toFixed(2) : ''
}

export function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
