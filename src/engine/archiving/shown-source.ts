import type { ManifestSource } from '../archiving.ts'

/** Of each source, so many things that were left out are named. */
const shownLeftOut = 200

/** A source as a page shows it: with no more of what was left out than fits there. */
export function shownSource(source: ManifestSource): ManifestSource {
  const { leftOut, leftOutMore = {} } = source
  if (leftOut.length <= shownLeftOut) return source
  const more: Record<string, number> = { ...leftOutMore }
  for (const { reason } of leftOut.slice(shownLeftOut)) more[reason] = (more[reason] ?? 0) + 1
  return { ...source, leftOut: leftOut.slice(0, shownLeftOut), leftOutMore: more }
}
