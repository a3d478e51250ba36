import { closeSync, openSync, writeSync } from 'node:fs'
import { type Bak, readBak, writeBak } from './bak-file.ts'
import { fileListOf, headerOf } from './bak-tables.ts'
import { pagesOf } from './catalog.ts'
import type { FakeDatabase } from './databases.ts'
import type { SqlServerEngine } from './sql-server.ts'
import { match, type Options, readOptions, SyntaxProblem } from './t-sql.ts'
import type { Answer } from './tds-server.ts'
import type { Table } from './tokens.ts'

type Variables = Readonly<Record<string, string>>

interface Context {
  readonly engine: SqlServerEngine
  readonly answer: Answer
  readonly text: string
}

/** What Microsoft documents for each statement; others are refused as the server refuses them. */
const documented = {
  BACKUP: [
    'COPY_ONLY',
    'FORMAT',
    'INIT',
    'CHECKSUM',
    'STATS',
    'COMPRESSION',
    'NO_COMPRESSION',
    'STOP_ON_ERROR',
  ],
  RESTORE: ['REPLACE', 'MOVE', 'CHECKSUM', 'STATS', 'RECOVERY', 'NORECOVERY', 'STOP_ON_ERROR', 'FILE'],
  VERIFYONLY: ['CHECKSUM', 'STATS', 'LOADHISTORY', 'MOVE', 'FILE'],
} as const

export async function runStatement(
  engine: SqlServerEngine,
  text: string,
  variables: Variables,
  answer: Answer,
): Promise<void> {
  const context: Context = { engine, answer, text }
  const found = (template: string) => match(text, template, variables)
  const backup = found('BACKUP DATABASE <name> TO DISK = <text> WITH <rest>')
  if (backup !== null)
    return backUp(
      context,
      backup[0]!,
      backup[1]!,
      readOptions(backup[2]!, 'BACKUP', documented.BACKUP, variables),
    )
  const restore = found('RESTORE DATABASE <name> FROM DISK = <text> WITH <rest>')
  if (restore !== null)
    return restoreDatabase(
      context,
      restore[0]!,
      restore[1]!,
      readOptions(restore[2]!, 'RESTORE', documented.RESTORE, variables),
    )
  const verify = found('RESTORE VERIFYONLY FROM DISK = <text> WITH <rest>')
  if (verify !== null) {
    readOptions(verify[1]!, 'RESTORE', documented.VERIFYONLY, variables)
    return verifyOnly(context, verify[0]!)
  }
  for (const [template, tableOf] of looking) {
    const device = found(template)
    if (device !== null) return look(context, device[0]!, tableOf)
  }
  const access = found('ALTER DATABASE <name> SET <name> WITH ROLLBACK IMMEDIATE')
  if (access !== null) return setAccess(context, access[0]!, access[1]!)
  const dropped = found('DROP DATABASE <name>')
  if (dropped !== null) return engine.databases.remove(existing(engine, dropped[0]!).name)
  throw new SyntaxProblem(102, `Incorrect syntax near '${text.trim().split(/\s+/).slice(0, 3).join(' ')}'.`)
}

const looking: readonly (readonly [string, (bak: Bak) => Table])[] = [
  ['RESTORE HEADERONLY FROM DISK = <text>', headerOf],
  ['RESTORE FILELISTONLY FROM DISK = <text>', fileListOf],
  [
    'RESTORE LABELONLY FROM DISK = <text>',
    () => ({ columns: [{ name: 'MediaName', type: 'text' }], rows: [['']] }),
  ],
]

function existing({ databases }: SqlServerEngine, name: string): FakeDatabase {
  const database = databases.find(name)
  if (database === undefined)
    throw new SyntaxProblem(
      911,
      `Database '${name}' does not exist. Make sure that the name is entered correctly.`,
    )
  return database
}

async function backUp(context: Context, name: string, device: string, { flags }: Options): Promise<void> {
  const { engine, answer } = context
  const { behaviour } = engine
  const database = existing(engine, name)
  if (flags.has('COMPRESSION') && /Web|Express/.test(behaviour.edition))
    return refuse(
      context,
      'BACKUP DATABASE',
      1844,
      `BACKUP DATABASE WITH COMPRESSION is not supported on ${behaviour.edition}.`,
    )
  const path = engine.devices.pathOf(device)
  const error = path === null ? [3, 'The system cannot find the path specified.'] : deviceError(engine)
  if (path === null || error !== null)
    return cannotOpen(context, 'BACKUP DATABASE', device, error as [number, string])
  const bytes = bakOf(engine, database, flags)
  const done = await inSteps(context, 'BACKUP DATABASE', (from, to) => append(path, bytes, from, to))
  if (done !== 'done') return
  answer.say({
    number: 4035,
    severity: 0,
    message: `Processed ${pagesOf(database)} pages for database '${database.name}', file '${database.name}' on file 1.`,
  })
  answer.say({
    number: 3014,
    severity: 0,
    message: `BACKUP DATABASE successfully processed ${pagesOf(database)} pages in 0.012 seconds (5.012 MB/sec).`,
  })
}

function bakOf({ behaviour }: SqlServerEngine, database: FakeDatabase, flags: ReadonlySet<string>): Buffer {
  const bytes = writeBak(
    {
      database: database.name,
      compatibilityLevel: database.compatibilityLevel,
      recoveryModel: database.recoveryModel,
      compressed: flags.has('COMPRESSION'),
      checksums: flags.has('CHECKSUM'),
      copyOnly: flags.has('COPY_ONLY'),
      damaged: false,
      type: 1,
      finishedAt: '2026-11-20T01:30:12.000Z',
      contentBytes: pagesOf(database) * 8192,
      version: behaviour.version,
      files: database.files,
    },
    database.content,
  )
  if (behaviour.rots) bytes[bytes.length - 40]! ^= 0xff
  return bytes
}

function append(path: string, bytes: Buffer, from: number, to: number): void {
  const fd = openSync(path, from === 0 ? 'w' : 'r+')
  const [start, end] = [from, to].map((share) => Math.floor(bytes.length * share)) as [number, number]
  writeSync(fd, bytes.subarray(start, end), 0, end - start, start)
  closeSync(fd)
}

/** Goes on percent by percent, as `STATS = 1` has it, unless the client stops it or the test has other plans. */
async function inSteps(
  context: Context,
  statement: string,
  step: (from: number, to: number) => void,
): Promise<'done' | 'ended'> {
  const { engine, answer, text } = context
  const { behaviour } = engine
  const concerned = behaviour.only.test(text)
  let before = 0
  for (const percent of behaviour.percents) {
    await new Promise((resolve) => setImmediate(resolve))
    if (answer.signal.aborted && !behaviour.deaf) return 'ended'
    step(before, percent / 100)
    before = percent / 100
    answer.say({ number: 3211, severity: 0, message: `${percent} percent processed.` })
    if (!concerned) continue
    if (behaviour.dropAt === percent) {
      answer.drop()
      return 'ended'
    }
    if (behaviour.failAt?.percent === percent) {
      refuse(context, statement, behaviour.failAt.number, behaviour.failAt.message)
      return 'ended'
    }
    if (behaviour.hangAt === percent) {
      await engine.hang(answer)
      return 'ended'
    }
  }
  return 'done'
}

async function verifyOnly(context: Context, device: string): Promise<void> {
  const bak = open(context, 'VERIFY DATABASE', device)
  if (bak === null) return
  if ((await inSteps(context, 'VERIFY DATABASE', () => {})) !== 'done') return
  if (!bak.sound) return refuse(context, 'VERIFY DATABASE', 3189, `Damage to the backup set was detected.`)
  context.answer.say({ number: 3262, severity: 0, message: 'The backup set on file 1 is valid.' })
}

function look(context: Context, device: string, tableOf: (bak: Bak) => Table): void {
  const bak = open(context, 'RESTORE', device)
  if (bak !== null) context.answer.table(tableOf(bak))
}

function open(context: Context, statement: string, device: string): Bak | null {
  const { engine } = context
  const read = engine.devices.read(device)
  const error = deviceError(engine) ?? (Buffer.isBuffer(read) ? null : read)
  if (error !== null || !Buffer.isBuffer(read)) {
    cannotOpen(context, statement, device, error as readonly [number, string])
    return null
  }
  if (engine.behaviour.without.has('CREATE ANY DATABASE')) {
    refuse(context, statement, 262, "CREATE DATABASE permission denied in database 'master'.")
    return null
  }
  const bak = readBak(read)
  if (bak === null)
    refuse(
      context,
      statement,
      3241,
      `The media family on device '${device}' is incorrectly formed. SQL Server cannot process this media family.`,
    )
  return bak
}

async function restoreDatabase(
  context: Context,
  name: string,
  device: string,
  options: Options,
): Promise<void> {
  const { engine, answer } = context
  const bak = open(context, 'RESTORE DATABASE', device)
  if (bak === null) return
  const no = (number: number, message: string) => refuse(context, 'RESTORE DATABASE', number, message)
  const { files, version, database: origin } = bak.header
  if (version[0] > engine.behaviour.version[0])
    return no(
      3169,
      `The database was backed up on a server running version ${version.join('.')}. That version is incompatible with this server, which is running version ${engine.behaviour.version.join('.')}.`,
    )
  const present = engine.databases.find(name)
  if (present !== undefined && !options.flags.has('REPLACE'))
    return no(3154, `The backup set holds a backup of a database other than the existing '${name}' database.`)
  if (present?.access === 'MULTI_USER' && present.state === 'ONLINE') return no(3101, inUse)
  if (present !== undefined && engine.behaviour.intruders > 0) {
    engine.behaviour.intruders--
    return no(3101, inUse)
  }
  const moved = files.map((file) => ({
    ...file,
    physicalName: options.moves.find(({ from }) => from === file.logicalName)?.to ?? file.physicalName,
  }))
  const taken = engine.databases
    .all()
    .filter((other) => other !== present)
    .flatMap((other) => other.files)
    .find(({ physicalName }) => moved.some((file) => file.physicalName === physicalName))
  if (taken !== undefined)
    return no(
      1834,
      `The file '${taken.physicalName}' cannot be overwritten.  It is being used by database '${origin}'.`,
    )
  const target = present ?? engine.databases.add(name)
  Object.assign(target, { state: 'RESTORING', content: '', files: moved })
  if ((await inSteps(context, 'RESTORE DATABASE', () => {})) !== 'done') return
  if (!bak.sound)
    return no(3183, 'RESTORE detected an error on page (1:9) in the database as read from the backup set.')
  const { compatibilityLevel, recoveryModel } = bak.header
  Object.assign(target, { state: 'ONLINE', content: bak.content, compatibilityLevel, recoveryModel })
  answer.say({
    number: 3014,
    severity: 0,
    message: `RESTORE DATABASE successfully processed ${pagesOf(target)} pages in 0.020 seconds (3.010 MB/sec).`,
  })
}

const inUse = 'Exclusive access could not be obtained because the database is in use.'

function setAccess(context: Context, name: string, access: string): void {
  const { engine, answer } = context
  const database = existing(engine, name)
  const no = (number: number, message: string) => {
    answer.say({ number, severity: 16, message })
    answer.say({ number: 5069, severity: 16, message: 'ALTER DATABASE statement failed.' })
  }
  if (access !== 'SINGLE_USER' && access !== 'MULTI_USER')
    throw new SyntaxProblem(5011, `'${access}' is no option.`)
  if (engine.behaviour.without.has('ALTER DATABASE'))
    no(
      5011,
      `User does not have permission to alter database '${name}', the database does not exist, or the database is not in a state that allows access checks.`,
    )
  else if (database.state === 'RESTORING')
    no(5052, 'ALTER DATABASE is not permitted while a database is in the Restoring state.')
  else database.access = access
}

function deviceError({ behaviour }: SqlServerEngine): readonly [number, string] | null {
  if (behaviour.deviceError === 0) return null
  const words: Readonly<Record<number, string>> = {
    5: 'Access is denied.',
    112: 'There is not enough space on the disk.',
  }
  return [
    behaviour.deviceError,
    words[behaviour.deviceError] ?? 'failed to retrieve text for this error. Reason: 15105',
  ]
}

function cannotOpen(
  context: Context,
  statement: string,
  device: string,
  [number, words]: readonly [number, string],
): void {
  refuse(
    context,
    statement,
    3201,
    `Cannot open backup device '${device}'. Operating system error ${number}(${words}).`,
  )
}

/** The cause first, then what every client sees last. */
function refuse({ answer }: Context, statement: string, number: number, message: string): void {
  answer.say({ number, severity: 16, message })
  answer.say({ number: 3013, severity: 16, message: `${statement} is terminating abnormally.` })
}
