import { DateTime } from 'luxon'
import type { Language } from '../model.ts'
import type { Reader } from '../reader.ts'

const locales = { en: 'en-GB', de: 'de-DE' } as const satisfies Record<Language, string>

const nearDays = {
  en: { '-1': 'Yesterday', '0': 'Today', '1': 'Tomorrow' },
  de: { '-1': 'Gestern', '0': 'Heute', '1': 'Morgen' },
} as const satisfies Record<Language, Record<string, string>>

const patterns = {
  en: {
    recent: 'ccc d LLL',
    other: 'd LLL yyyy',
    day: 'd MMMM',
    dayAndYear: 'd MMMM yyyy',
    square: 'ccc d LLL',
  },
  de: {
    recent: 'ccc d. LLL',
    other: 'd. LLL yyyy',
    day: 'd. MMMM',
    dayAndYear: 'd. MMMM yyyy',
    square: 'ccc d. LLL',
  },
} as const satisfies Record<Language, Record<string, string>>

const relativeTimes = {
  en: new Intl.RelativeTimeFormat(locales.en, { numeric: 'always' }),
  de: new Intl.RelativeTimeFormat(locales.de, { numeric: 'always' }),
} as const satisfies Record<Language, Intl.RelativeTimeFormat>

const inSeconds = (language: Language, maximumFractionDigits: number) =>
  new Intl.NumberFormat(locales[language], { maximumFractionDigits })

const durations = {
  en: { short: inSeconds('en', 1), long: inSeconds('en', 0) },
  de: { short: inSeconds('de', 1), long: inSeconds('de', 0) },
} as const satisfies Record<Language, Record<string, Intl.NumberFormat>>

/** Days for which a date without its year can't be misread. */
const UNMISTAKABLE_DAYS = 300

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const at = (reader: Reader, milliseconds: number) =>
  DateTime.fromMillis(milliseconds, { zone: reader.timeZone, locale: locales[reader.language] })

/** Far quicker than letting luxon read the text, which asks for the zone's offset again and again. */
const local = (reader: Reader, iso: string) => at(reader, Date.parse(iso))

/** Number of the calendar day that a clock on the wall shows; unlike a difference of instants it knows no odd days. */
const wallDay = (time: DateTime) => Math.floor((time.toMillis() + time.offset * MINUTE) / DAY)

/** One page asks for today hundreds of times. */
const todays = new WeakMap<Reader, number>()

function today(reader: Reader): number {
  const known = todays.get(reader) ?? wallDay(at(reader, reader.now))
  todays.set(reader, known)
  return known
}

/** Calendar days from today in the tenant's zone: -1 is yesterday, whatever the hour and the clock change. */
const dayDistance = (reader: Reader, time: DateTime) => wallDay(time) - today(reader)

/** "Today, 14:32", "Yesterday, 02:30", "Wed 18 Nov, 16:05", "3 Mar 2024, 16:05". */
export function formatMoment(reader: Reader, iso: string): string {
  const time = local(reader, iso)
  if (!time.isValid) return iso
  const distance = dayDistance(reader, time)
  const near: Readonly<Record<string, string>> = nearDays[reader.language]
  const words = patterns[reader.language]
  const pattern = Math.abs(distance) < UNMISTAKABLE_DAYS ? words.recent : words.other
  return `${near[distance] ?? time.toFormat(pattern)}, ${time.toFormat('HH:mm')}`
}

/** For the middle of a sentence: "Monday 14:05" within the last week, otherwise like `formatMoment`. */
export function formatSince(reader: Reader, iso: string): string {
  const time = local(reader, iso)
  if (!time.isValid) return iso
  const distance = dayDistance(reader, time)
  if (distance < -1 && distance > -7) return time.toFormat('cccc HH:mm')
  const moment = formatMoment(reader, iso)
  return Math.abs(distance) <= 1 ? `${moment[0]?.toLowerCase()}${moment.slice(1)}` : moment
}

/** "23 October", with the year when it could be mistaken. */
export function formatDay(reader: Reader, iso: string): string {
  const time = local(reader, iso)
  if (!time.isValid) return iso
  const words = patterns[reader.language]
  return time.toFormat(Math.abs(dayDistance(reader, time)) < UNMISTAKABLE_DAYS ? words.day : words.dayAndYear)
}

/** "Sat 24 Oct" of a plain date (yyyy-mm-dd), which belongs to the tenant's zone already. */
export function formatDate(reader: Reader, date: string): string {
  const time = DateTime.fromISO(date, { zone: reader.timeZone, locale: locales[reader.language] })
  return time.isValid ? time.toFormat(patterns[reader.language].square) : date
}

/** "Friday, 20 November 2026 at 14:32:10 CET". */
export function formatInFull(reader: Reader, iso: string): string {
  const time = local(reader, iso)
  return time.isValid
    ? time.toLocaleString({ ...DateTime.DATETIME_HUGE_WITH_SECONDS, timeZoneName: 'short' })
    : iso
}

/** "3 hours ago", "in 5 minutes", "just now". Whole units that have passed, never rounded up. */
export function formatAge(reader: Reader, iso: string): string {
  const difference = Date.parse(iso) - reader.now
  if (Number.isNaN(difference)) return ''
  const passed = Math.abs(difference)
  if (passed < MINUTE) return reader.language === 'de' ? 'gerade eben' : 'just now'
  const [length, unit] = ageUnit(passed)
  return relativeTimes[reader.language].format(Math.sign(difference) * Math.floor(passed / length), unit)
}

function ageUnit(passed: number): readonly [number, Intl.RelativeTimeFormatUnit] {
  if (passed < HOUR) return [MINUTE, 'minute']
  if (passed < DAY) return [HOUR, 'hour']
  if (passed < 60 * DAY) return [DAY, 'day']
  return passed < 730 * DAY ? [30.44 * DAY, 'month'] : [365.25 * DAY, 'year']
}

/** Whole calendar days between then and today. */
export function daysSince(reader: Reader, iso: string): number {
  const time = local(reader, iso)
  return time.isValid ? Math.max(0, -dayDistance(reader, time)) : 0
}

/** "2 min 5 s", "0.8 s". */
export function formatDuration(language: Language, milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000
  const digits = durations[language][seconds < 10 ? 'short' : 'long']
  if (seconds < 60) return `${digits.format(seconds)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

/** Weekday names, Monday first, by their names in settings. */
export function weekdayNames(
  language: Language,
): readonly { readonly value: string; readonly name: string }[] {
  const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']
  // 5 January 1970 was a Monday.
  return days.map((value, index) => ({
    value,
    name: DateTime.utc(1970, 1, 5 + index)
      .setLocale(locales[language])
      .toFormat('cccc'),
  }))
}
