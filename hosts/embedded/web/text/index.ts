import type { LocalizedText, Schedule } from 'automate-plugin-backup/host'
import { DateTime } from 'luxon'
import { de } from './de.ts'
import { en, type Text } from './en.ts'

export type Language = 'en' | 'de'
export type { ProblemCode, Text } from './en.ts'

const texts: Readonly<Record<Language, Text>> = { en, de }

export function textIn(language: Language): Text {
  return texts[language]
}

/** The language of ours that a BCP 47 tag asks for; English for all that we don't speak. */
export function languageOf(tag: string | null | undefined): Language {
  return tag?.toLowerCase().split('-')[0] === 'de' ? 'de' : 'en'
}

export function localized(text: LocalizedText, language: Language): string {
  return text[language]
}

export function scheduleInWords(schedule: Schedule | null, text: Text): string {
  if (schedule === null) return text.automate.none
  switch (schedule.every) {
    case 'day':
      return text.schedule.day(schedule.at)
    case 'week':
      return text.schedule.week(schedule.on, schedule.at)
    case 'month':
      return text.schedule.month(schedule.on, schedule.at)
    default:
      return text.schedule[schedule.every](schedule.count)
  }
}

/** For example "Fri, 20 Nov 2026, 14:32". */
export function timeInWords(at: string | number, zone: string, text: Text): string {
  const time = typeof at === 'number' ? DateTime.fromMillis(at, { zone }) : DateTime.fromISO(at, { zone })
  return time.setLocale(text.locale).toLocaleString({
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
}
