import { mkdir, readFile } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import { Ajv, type ErrorObject } from 'ajv'
import { IANAZone } from 'luxon'
import { writeWhole } from '../../durable/write-whole.ts'
import { HostError, messageOf } from '../host-error.ts'
import { type HostFile, hostFileSchema } from './host-file-schema.ts'

const check = new Ajv({ allErrors: false, allowUnionTypes: true }).compile<HostFile>(hostFileSchema)

export function hostFilePath(dataDir: string): string {
  return join(dataDir, 'host.json')
}

/** Null before the first start. Throws a `HostError` that names the file and the field. */
export async function readHostFile(dataDir: string): Promise<HostFile | null> {
  const file = hostFilePath(dataDir)
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw new HostError(`${file} can't be read: ${messageOf(error)}`, 'Check its permissions.', {
      cause: error,
    })
  })
  if (text === null) return null
  const value = parse(file, text)
  if (!check(value))
    throw new HostError(`${file}: ${describe(check.errors?.[0])}`, 'Correct this field and start again.')
  const problem = contradictionIn(value, dataDir)
  if (problem !== null) throw new HostError(`${file}: ${problem}`, 'Correct this field and start again.')
  return value
}

/** Readable by the owner only: it holds hashes of passwords. */
export async function writeHostFile(dataDir: string, value: HostFile): Promise<void> {
  await mkdir(dataDir, { recursive: true })
  await writeWhole(hostFilePath(dataDir), `${JSON.stringify(value, null, 2)}\n`, 0o600)
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new HostError(`${file} isn't JSON: ${messageOf(error)}`, 'Correct it and start again.', {
      cause: error,
    })
  }
}

function describe(error: ErrorObject | undefined): string {
  if (error === undefined) return 'not valid'
  const extra = 'additionalProperty' in error.params ? `: ${String(error.params.additionalProperty)}` : ''
  const allowed =
    'allowedValues' in error.params ? `: ${(error.params.allowedValues as string[]).join(', ')}` : ''
  const wanted =
    error.keyword === 'pattern' && error.instancePath.endsWith('/password') ? ` (${passwordForms})` : ''
  return `${fieldOf(error.instancePath)} ${error.message ?? 'is not valid'}${extra}${allowed}${wanted}`
}

const passwordForms =
  '"env:NAME" names an environment variable, "scrypt:..." is a hash; passwords are not stored'

/** `/users/1/role` as `users[1].role`. */
function fieldOf(pointer: string): string {
  const parts = pointer.split('/').slice(1)
  const path = parts.map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`)).join('')
  return path === '' ? 'the file' : path.replace(/^\./, '')
}

function contradictionIn(file: HostFile, dataDir: string): string | null {
  return (
    repeated(
      file.tenants.map((tenant) => tenant.id),
      (i) => `tenants[${i}].id`,
    ) ??
    repeated(
      file.users.map((user) => user.name),
      (i) => `users[${i}].name`,
    ) ??
    firstOf(file.tenants.map((tenant, i) => tenantProblem(tenant, `tenants[${i}]`, dataDir))) ??
    overlap(file, dataDir) ??
    firstOf(file.users.map((user, i) => userProblem(user, `users[${i}]`, file)))
  )
}

function tenantProblem(tenant: HostFile['tenants'][number], field: string, dataDir: string): string | null {
  if (!IANAZone.isValidZone(tenant.timeZone))
    return `${field}.timeZone: no such time zone: ${tenant.timeZone}`
  const root = resolve(dataDir, tenant.root)
  if (isInside(root, resolve(dataDir)) || root === resolve(dataDir))
    return `${field}.root holds the host's own files: ${tenant.root}`
  for (const [i, database] of tenant.databases.entries())
    if (!isInside(root, resolve(root, database.path)))
      return `${field}.databases[${i}].path leaves the tenant's root: ${database.path}`
  return (
    repeated(
      tenant.databases.map((database) => database.name),
      (i) => `${field}.databases[${i}].name`,
    ) ??
    repeated(
      tenant.databases.map((database) => resolve(root, database.path)),
      (i) => `${field}.databases[${i}].path`,
    )
  )
}

function userProblem(user: HostFile['users'][number], field: string, file: HostFile): string | null {
  if (user.tenant === undefined)
    return user.role === 'operator' ? null : `${field}.tenant is missing: a ${user.role} belongs to a tenant`
  return file.tenants.some((tenant) => tenant.id === user.tenant)
    ? null
    : `${field}.tenant: no such tenant: ${user.tenant}`
}

/** In the order of their paths a root is followed directly by what lies in it. */
function overlap(file: HostFile, dataDir: string): string | null {
  const roots = file.tenants.map((tenant, i) => ({ i, path: resolve(dataDir, tenant.root) + sep }))
  roots.sort((a, b) => (a.path < b.path ? -1 : 1))
  for (const [n, { i, path }] of roots.entries()) {
    const before = roots[n - 1]
    if (before !== undefined && path.startsWith(before.path))
      return `tenants[${i}].root lies in that of tenants[${before.i}]: ${file.tenants[i]?.root}`
  }
  return null
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '' && way !== '..' && !way.startsWith('../') && !isAbsolute(way)
}

function repeated(values: readonly string[], field: (index: number) => string): string | null {
  const index = values.findIndex((value, i) => values.indexOf(value) !== i)
  return index < 0 ? null : `${field(index)} occurs twice: ${values[index]}`
}

function firstOf(problems: readonly (string | null)[]): string | null {
  return problems.find((problem) => problem !== null) ?? null
}
