import { InvalidSettings } from './field-problem.ts'
import type { Profile } from './profiles.ts'
import { withProfileDefaults } from './read-profile.ts'
import { readProfiles, scheduleOver } from './read-settings.ts'

type Tree = Readonly<Record<string, unknown>>

/** The list of profiles as it is stored, and which one of it was changed or added. */
export interface ChangedProfiles {
  readonly list: readonly unknown[]
  readonly profile: Profile
}

/**
 * A profile with `change` laid over it: what is left out stays. Throws `InvalidSettings` with fields named from the
 * profile on, for example "folder". `list` is what is stored, which may hold profiles that can't be used.
 */
export function changeProfile(list: readonly unknown[], id: string, change: unknown): ChangedProfiles {
  const index = list.findIndex((one) => isTree(one) && one.id === id)
  const current = withProfileDefaults(list[index])
  if (!isTree(change)) throw new InvalidSettings([{ field: '', problem: 'not-an-object' }])
  if ('id' in change && change.id !== id)
    throw new InvalidSettings([{ field: 'id', problem: 'contradiction', other: 'profile' }])
  return checked(list.with(index, overlay(current as unknown as Profile, change)), index)
}

/** Throws `InvalidSettings`, as above. */
export function addProfile(list: readonly unknown[], profile: unknown): ChangedProfiles {
  if (!isTree(profile)) throw new InvalidSettings([{ field: '', problem: 'not-an-object' }])
  return checked([...list, withProfileDefaults(profile)], list.length)
}

function checked(list: readonly unknown[], index: number): ChangedProfiles {
  const before = list.slice(0, index)
  const others = [...before, ...list.slice(index + 1)]
  // Last in the list, so that it is this one that is to blame for what it shares with another.
  const { profiles, broken } = readProfiles({ profiles: [...others, list[index]] })
  const own = `profiles.${others.length}`
  const wrong = broken.flatMap(({ problem }) => problem.fields).filter(({ field }) => isBelow(field, own))
  if (wrong.length > 0)
    throw new InvalidSettings(wrong.map((one) => ({ ...one, field: one.field.slice(own.length + 1) })))
  const profile = profiles.at(-1)!
  return { list: list.with(index, profile), profile }
}

const isBelow = (field: string, parent: string) => field === parent || field.startsWith(`${parent}.`)

function overlay(current: Profile, change: Tree): Tree {
  const { automatic, retention } = change
  return {
    ...current,
    ...change,
    automatic: isTree(automatic)
      ? { ...current.automatic, ...automatic, ...scheduleOver(current, automatic) }
      : (automatic ?? current.automatic),
    retention: isTree(retention) ? { ...current.retention, ...retention } : (retention ?? current.retention),
  }
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
