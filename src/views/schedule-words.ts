import { weekdayNames } from './format/times.ts'
import type { ScheduleModel } from './model.ts'
import type { View } from './view.ts'

/** "daily at 02:30", "every Sunday at 02:30", "every 6 hours". */
export function scheduleWords(view: View, schedule: ScheduleModel | null): string {
  const words = view.text.schedule
  if (schedule === null) return words.unknown
  switch (schedule.every) {
    case 'day':
      return words.day(schedule.at)
    case 'week':
      return words.week(weekdayName(view, schedule.on), schedule.at)
    case 'month':
      return words.month(schedule.on, schedule.at)
    default:
      return words[schedule.every](schedule.count)
  }
}

const weekdayName = (view: View, value: string) =>
  weekdayNames(view.language).find((day) => day.value === value)?.name ?? value
