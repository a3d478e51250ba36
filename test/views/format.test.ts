import { describe, expect, it } from 'vitest'
import { formatBytes, formatCount } from '../../src/views/format/numbers.ts'
import {
  daysSince,
  formatAge,
  formatDate,
  formatDay,
  formatDuration,
  formatInFull,
  formatMoment,
  formatSince,
  weekdayNames,
} from '../../src/views/format/times.ts'
import type { Reader } from '../../src/views/reader.ts'

const reader = (language: 'en' | 'de', now: string, timeZone = 'Europe/Berlin'): Reader => ({
  language,
  timeZone,
  now: Date.parse(now),
})
const en = reader('en', '2026-11-20T16:35:00Z')
const de = reader('de', '2026-11-20T16:35:00Z')

describe('sizes', () => {
  it.each([
    [0, '0 B', '0 B'],
    [999, '999 B', '999 B'],
    [1000, '1 kB', '1 kB'],
    [26_400_000, '26.4 MB', '26,4 MB'],
    [231_200_000, '231 MB', '231 MB'],
    [38_200_000_000, '38.2 GB', '38,2 GB'],
    [999_999_999, '1 GB', '1 GB'],
    [-5, '0 B', '0 B'],
  ])('says %d bytes as %s and %s', (bytes, english, german) => {
    expect(formatBytes(bytes, 'en')).toBe(english)
    expect(formatBytes(bytes, 'de')).toBe(german)
  })

  it('groups the digits of counts', () => {
    expect([formatCount(3503, 'en'), formatCount(3503, 'de')]).toEqual(['3,503', '3.503'])
  })
})

describe('moments', () => {
  it.each([
    ['2026-11-20T13:32:00Z', 'Today, 14:32', 'Heute, 14:32'],
    ['2026-11-19T01:30:00Z', 'Yesterday, 02:30', 'Gestern, 02:30'],
    ['2026-11-21T01:30:00Z', 'Tomorrow, 02:30', 'Morgen, 02:30'],
    ['2026-11-18T15:05:00Z', 'Wed 18 Nov, 16:05', 'Mi 18. Nov, 16:05'],
    ['2024-03-03T15:05:00Z', '3 Mar 2024, 16:05', '3. Mär 2024, 16:05'],
  ])('says %s as %s and %s', (iso, english, german) => {
    expect(formatMoment(en, iso)).toBe(english)
    expect(formatMoment(de, iso)).toBe(german)
  })

  it('takes the day from the tenant’s zone, not from UTC', () => {
    expect(formatMoment(en, '2026-11-19T23:30:00Z')).toBe('Today, 00:30')
  })

  it('counts calendar days across a day of 25 hours', () => {
    const afterTheChange = reader('en', '2026-10-25T22:30:00Z')
    expect(formatMoment(afterTheChange, '2026-10-24T22:10:00Z')).toBe('Today, 00:10')
    expect(formatMoment(afterTheChange, '2026-10-24T21:50:00Z')).toBe('Yesterday, 23:50')
  })

  it('says since when in the middle of a sentence', () => {
    expect(formatSince(en, '2026-11-16T13:05:00Z')).toBe('Monday 14:05')
    expect(formatSince(de, '2026-11-16T13:05:00Z')).toBe('Montag 14:05')
    expect(formatSince(en, '2026-11-20T13:05:00Z')).toBe('today, 14:05')
    expect(formatSince(en, '2026-11-03T13:05:00Z')).toBe('Tue 3 Nov, 14:05')
  })

  it('says days with and without their year', () => {
    expect(formatDay(en, '2026-10-23T12:00:00Z')).toBe('23 October')
    expect(formatDay(de, '2024-10-23T12:00:00Z')).toBe('23. Oktober 2024')
    expect(formatDate(en, '2026-10-24')).toBe('Sat 24 Oct')
  })

  it('tells the whole time with its zone', () => {
    expect(formatInFull(en, '2026-11-20T13:32:10Z')).toContain('14:32:10')
    expect(formatInFull(en, '2026-11-20T13:32:10Z')).toContain('CET')
  })

  it('shows what is no time as it is', () => {
    expect(formatMoment(en, 'soon')).toBe('soon')
    expect(formatAge(en, 'soon')).toBe('')
  })
})

describe('ages', () => {
  it.each([
    ['2026-11-20T16:34:30Z', 'just now', 'gerade eben'],
    ['2026-11-20T16:30:00Z', '5 minutes ago', 'vor 5 Minuten'],
    ['2026-11-20T13:32:00Z', '3 hours ago', 'vor 3 Stunden'],
    ['2026-11-19T10:00:00Z', '1 day ago', 'vor 1 Tag'],
    ['2026-11-09T10:00:00Z', '11 days ago', 'vor 11 Tagen'],
    ['2026-05-01T10:00:00Z', '6 months ago', 'vor 6 Monaten'],
    ['2023-05-01T10:00:00Z', '3 years ago', 'vor 3 Jahren'],
    ['2026-11-20T18:40:00Z', 'in 2 hours', 'in 2 Stunden'],
  ])('says the age of %s as %s and %s', (iso, english, german) => {
    expect(formatAge(en, iso)).toBe(english)
    expect(formatAge(de, iso)).toBe(german)
  })

  it('counts whole calendar days and never below zero', () => {
    expect(daysSince(en, '2026-11-19T23:30:00Z')).toBe(0)
    expect(daysSince(en, '2026-10-23T12:00:00Z')).toBe(28)
    expect(daysSince(en, '2026-12-23T12:00:00Z')).toBe(0)
  })

  it('says how long something took', () => {
    expect(formatDuration('en', 800)).toBe('0.8 s')
    expect(formatDuration('de', 2340)).toBe('2,3 s')
    expect(formatDuration('en', 125_000)).toBe('2 min 5 s')
    expect(formatDuration('en', 3_725_000)).toBe('1 h 2 min')
  })

  it('names the weekdays from Monday on', () => {
    expect(weekdayNames('de').map(({ name }) => name)[0]).toBe('Montag')
    expect(weekdayNames('en').at(-1)).toEqual({ value: 'sunday', name: 'Sunday' })
  })
})
