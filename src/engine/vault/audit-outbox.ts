import type { OutboxEntry } from '../engine.ts'
import { appendLines, readLines, rewriteLines } from './json-lines.ts'
import { withLogLock } from './lock.ts'
import { ownFiles } from './names.ts'
import type { Place } from './place.ts'

/**
 * An intent is written before something is changed, its entry after. What a kill left as an intent is settled by
 * looking at what was changed.
 */
type Line =
  | { readonly kind: 'intent'; readonly entry: OutboxEntry }
  | { readonly kind: 'entry'; readonly entry: OutboxEntry }
  | { readonly kind: 'dropped'; readonly id: string }
  | { readonly kind: 'acknowledged'; readonly ids: readonly string[] }

/** Acknowledged ids that are remembered: a run that is closed once more after a kill must not be told twice. */
const rememberedIds = 500

/** Written down and not yet acknowledged, oldest first, each id once. */
export function readOutbox(place: Place): readonly OutboxEntry[] {
  return [...fold(read(place)).entries.values()]
}

export function readIntents(place: Place): readonly OutboxEntry[] {
  return [...fold(read(place)).intents.values()]
}

export async function record(place: Place, entry: OutboxEntry): Promise<void> {
  await append(place, { kind: 'entry', entry })
}

export async function intend(place: Place, entry: OutboxEntry): Promise<void> {
  await append(place, { kind: 'intent', entry })
}

/** Takes an intent back that came to nothing. */
export async function dropIntent(place: Place, id: string): Promise<void> {
  await append(place, { kind: 'dropped', id })
}

/** Forgets entries that have reached the host's own log. */
export async function acknowledge(place: Place, ids: readonly string[]): Promise<void> {
  await withLogLock(place, () => {
    const { entries, intents, acknowledged } = fold(read(place))
    if (!ids.some((id) => entries.has(id))) return
    const gone = new Set([...acknowledged, ...ids])
    const lines: Line[] = [
      { kind: 'acknowledged', ids: [...gone].slice(-rememberedIds) },
      ...[...entries.values()]
        .filter(({ id }) => !gone.has(id))
        .map((entry) => ({ kind: 'entry', entry }) as const),
      ...[...intents.values()].map((entry) => ({ kind: 'intent', entry }) as const),
    ]
    rewriteLines(place, ownFiles.audit, lines)
  })
}

const read = (place: Place) => readLines<Line>(place, ownFiles.audit)

async function append(place: Place, line: Line): Promise<void> {
  await withLogLock(place, () => appendLines(place, ownFiles.audit, [line]))
}

function fold(lines: readonly Line[]) {
  const entries = new Map<string, OutboxEntry>()
  const intents = new Map<string, OutboxEntry>()
  const acknowledged = new Set<string>()
  for (const line of lines) {
    if (line.kind === 'intent') intents.set(line.entry.id, line.entry)
    if (line.kind === 'dropped') intents.delete(line.id)
    if (line.kind === 'acknowledged') for (const id of line.ids) acknowledged.add(id)
    if (line.kind === 'entry') {
      intents.delete(line.entry.id)
      if (!acknowledged.has(line.entry.id)) entries.set(line.entry.id, line.entry)
    }
  }
  return { entries, intents, acknowledged }
}
