import type { Language } from '../model.ts'

/**
 * "26.4 MB", "26,4 MB". Powers of 1000, three digits at most below 1000.
 * The browser gets the source text of this function, so it uses nothing from outside itself.
 */
export function formatBytes(bytes: number, language: Language): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
  const rounded = (value: number) => (value < 99.95 ? Math.round(value * 10) / 10 : Math.round(value))
  let unit = 0
  let value = Math.max(0, bytes)
  while (rounded(value) >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${rounded(value).toLocaleString(language === 'de' ? 'de-DE' : 'en-GB')} ${units[unit]}`
}

/** "1,204" and "1.204". The browser gets the source text of this function, too. */
export function formatCount(count: number, language: Language): string {
  return count.toLocaleString(language === 'de' ? 'de-DE' : 'en-GB')
}
