interface Column {
  readonly name: string
  readonly type: string
}

/** What a word of a column's name says of the time in it, the most telling first. */
const tellingWords = [
  /^(last)?(updated?|modified|changed|geaendert)/,
  /^(created?|inserted|added|angelegt|erstellt)/,
]
const timeWords = /^(date|time|datetime|timestamp|stamp|datum|zeit|at)$/
/** Times that somebody has typed in tell nothing about when a row was made. */
const otherWords = /^(birth|geburt|due|valid|expir|start|begin|end|until|plan|zone)/

/** The column that tells best when a row was made or changed; null when none does. */
export function timeColumn(columns: readonly Column[]): string | null {
  const candidates = columns
    .map(({ name, type }) => ({ name, words: wordsOf(name), type }))
    .filter(({ words }) => !words.some((word) => otherWords.test(word)))
    .filter(({ words, type }) => words.some((word) => timeWords.test(word)) || /date|time/i.test(type))
  for (const telling of tellingWords) {
    const found = candidates.find(({ words }) => words.some((word) => telling.test(word)))
    if (found !== undefined) return found.name
  }
  return candidates[0]?.name ?? null
}

/** "InvoiceDate", "invoice_date" and "invoice date" are two words each. */
const wordsOf = (name: string): readonly string[] =>
  name.split(/[^\p{L}\p{N}]+|(?<=\p{Ll})(?=\p{Lu})/u).map((word) => word.toLowerCase())

/** Somebody's clock may be wrong by a day, but what lies further ahead is no time of writing. */
const aheadMs = 24 * 60 * 60 * 1000
const earliest = Date.UTC(1980, 0)

/** A value as ISO 8601: text as SQLite writes it (taken as UTC), or seconds or milliseconds since 1970. */
export function newestTime(value: unknown, now: number): string | null {
  const time =
    typeof value === 'string' ? fromText(value) : typeof value === 'number' ? fromNumber(value) : Number.NaN
  return time >= earliest && time <= now + aheadMs ? new Date(time).toISOString() : null
}

function fromText(text: string): number {
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|[+-]\d\d:?\d\d)?)?$/i.exec(
    text.trim(),
  )
  if (match === null) return Number.NaN
  const [, day, time = '00:00', zone = 'Z'] = match
  return Date.parse(`${day}T${time}${zone.toUpperCase()}`)
}

/** Seconds until the year 5138, milliseconds from 1973 on. */
const fromNumber = (number: number) => (Math.abs(number) < 1e11 ? number * 1000 : number)
