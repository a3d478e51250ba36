import { basename, extname, join } from 'node:path'
import { DateTime } from 'luxon'
import type { FieldProblem } from './field-problem.ts'
import { defaultProfile, type Profile } from './profiles.ts'

type Tree = Readonly<Record<string, unknown>>

/** Fills in what a profile may leave out. Anything that is no object is handed back for the schema to refuse. */
export function withProfileDefaults(stored: unknown): unknown {
  if (!isTree(stored)) return stored
  const { automatic = {}, retention = {} } = stored
  return {
    ...defaultProfile,
    ...stored,
    automatic: isTree(automatic) ? { ...defaultProfile.automatic, ...automatic } : automatic,
    retention: isTree(retention) ? { ...defaultProfile.retention, ...retention } : retention,
    ...('sources' in stored && { sources: withIds(stored.sources) }),
  }
}

/** What a schema can't say of profiles. Fields are named from the operator settings on. */
export function profileProblems(profiles: readonly Profile[]): FieldProblem[] {
  const at = (index: number, field: string) => `profiles.${index}.${field}`
  return profiles.flatMap((profile, index) => [
    ...(repeats(profiles, index, ({ id }) => id) ? [taken(at(index, 'id'), profile.id)] : []),
    ...(sharesFolder(profiles, index) ? [taken(at(index, 'folder'), profile.folder ?? '')] : []),
    ...nameProblems(profile.name).map((problem) => ({ ...problem, field: at(index, 'name') })),
    ...profile.sources.flatMap(({ id }, source) =>
      repeats(profile.sources, source, (one) => one.id) ? [taken(at(index, `sources.${source}.id`), id)] : [],
    ),
  ])
}

/** A template without a time in it would name every archive alike. */
function nameProblems(template: string): readonly FieldProblem[] {
  const formats = [...template.matchAll(/\{([^{}]*)\}/g)].map(([, format]) => format ?? '')
  const [one, other] = [DateTime.utc(2001, 2, 3, 4, 5, 6), DateTime.utc(2022, 11, 13, 14, 15, 16)]
  const tells = formats.some((format) => one.toFormat(format) !== other.toFormat(format))
  const rest = template.replaceAll(/\{[^{}]*\}/g, '0')
  const plain = /^[\p{L}\p{N}_][\p{L}\p{N}\p{M} ._+-]*$/u.test(rest)
  return tells && plain ? [] : [{ field: 'name', problem: 'not-a-template' }]
}

/** Two profiles in one folder would count, list and remove each other's archives. */
function sharesFolder(profiles: readonly Profile[], index: number): boolean {
  const own = profiles[index]?.folder
  if (own === null || own === undefined) return false
  const clean = (folder: string) => join(folder, '/')
  return profiles.some(
    ({ folder }, other) => other < index && folder !== null && overlaps(clean(folder), clean(own)),
  )
}

const overlaps = (one: string, other: string) => one.startsWith(other) || other.startsWith(one)

const repeats = <T>(all: readonly T[], index: number, of: (one: T) => unknown) =>
  all.findIndex((one) => of(one) === of(all[index]!)) < index

const taken = (field: string, value: string): FieldProblem => ({ field, problem: 'taken', value })

/** Sources without an id are called after what they take, a second one of that name with a number. */
function withIds(sources: unknown): unknown {
  if (!Array.isArray(sources)) return sources
  const known = new Set(sources.map((source) => (isTree(source) ? source.id : undefined)))
  return sources.map((source) => {
    if (!isTree(source)) return source
    const filled = source.kind === 'directory' ? { exclude: [], ...source } : source
    if (filled.id !== undefined) return filled
    const id = freeId(nameOf(filled), known)
    known.add(id)
    return { ...filled, id }
  })
}

function nameOf({ kind, path, database }: Tree): string {
  const from = kind === 'mssql' ? database : path
  if (typeof from !== 'string') return String(kind)
  const name = kind === 'sqlite' ? basename(from, extname(from)) : kind === 'mssql' ? from : basename(from)
  const plain = name
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  return plain.slice(0, 50) || String(kind)
}

function freeId(name: string, known: ReadonlySet<unknown>): string {
  for (let count = 1; ; count++) {
    const id = count === 1 ? name : `${name}-${count}`
    if (!known.has(id)) return id
  }
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
