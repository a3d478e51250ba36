import type { Backup } from './backup.ts'
import { planRetention, type RetentionContext } from './plan-retention.ts'
import type { RetentionCandidate, RetentionPlan, RetentionRules } from './retention.ts'

/** The plans of all databases of a tenant in one; `remove` is oldest first. Reads nothing but its arguments. */
export function planAllRetention(
  listed: readonly RetentionCandidate[],
  rules: RetentionRules,
  context: RetentionContext,
): RetentionPlan {
  const plans = [...byDatabase(listed).values()].map((candidates) =>
    planRetention(candidates, rules, context),
  )
  const order = new Map(listed.map(({ backup, sequence }) => [backup, sequence]))
  return merge(plans, (backup) => order.get(backup) ?? 0)
}

/**
 * What the rules would do right after the next scheduled backup of each of these databases, which is not part of the
 * answer itself.
 */
export function previewRetention(
  listed: readonly RetentionCandidate[],
  rules: RetentionRules,
  context: RetentionContext & { readonly databases: readonly string[] },
): RetentionPlan {
  const next = context.databases.map((database) => nextBackup(database, context.now))
  const plan = planAllRetention([...listed, ...next], rules, context)
  const made = new Set(next.map(({ backup }) => backup))
  return { ...plan, keep: plan.keep.filter(({ backup }) => !made.has(backup)) }
}

/** In the order in which they are listed. */
export function byDatabase<T extends RetentionCandidate>(
  listed: readonly T[],
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const one of listed) {
    const group = groups.get(one.backup.database)
    if (group === undefined) groups.set(one.backup.database, [one])
    else group.push(one)
  }
  return groups
}

function merge(plans: readonly RetentionPlan[], sequenceOf: (backup: Backup) => number): RetentionPlan {
  return {
    keep: plans.flatMap(({ keep }) => keep),
    remove: plans.flatMap(({ remove }) => remove).sort((a, b) => sequenceOf(a.backup) - sequenceOf(b.backup)),
    clock:
      plans.find(({ clock }) => clock === 'behind')?.clock ?? plans.find(({ clock }) => clock)?.clock ?? null,
  }
}

function nextBackup(database: string, now: string): RetentionCandidate {
  const backup: Backup = {
    name: '',
    database,
    runId: null,
    createdAt: now,
    sizeBytes: 0,
    trigger: 'scheduled',
    createdBy: null,
    note: null,
    sha256: null,
    proven: { at: now, outcome: 'passed' },
    checked: null,
    protected: false,
    appVersion: null,
  }
  return { backup, sequence: Number.MAX_SAFE_INTEGER }
}
