import type { FakeDatabase } from './databases.ts'
import type { SqlServerEngine } from './sql-server.ts'
import { match, readSelect, type Select, SyntaxProblem } from './t-sql.ts'
import type { Answer } from './tds-server.ts'
import type { ColumnType, Value } from './tokens.ts'

type Cell = readonly [ColumnType, Value]
/** What an expression stands for in one row. */
type Cells = Readonly<Record<string, Cell>>

/** Answers SELECT and the call of sp_executesql in a database; false for everything else. */
export function answerCatalog(
  engine: SqlServerEngine,
  text: string,
  variables: Readonly<Record<string, string>>,
  answer: Answer,
): boolean {
  const inside = match(text, 'EXEC <name>.sys.sp_executesql <text>', variables)
  if (inside !== null) {
    const [name, inner] = inside
    return answerSelect(readSelect(inner!), rowsWithin(engine, name!), answer)
  }
  const select = readSelect(text)
  return select !== null && answerSelect(select, rowsFor(engine, select, variables, answer), answer)
}

function answerSelect(select: Select | null, rows: readonly Cells[] | null, answer: Answer): boolean {
  if (select === null) return false
  if (rows === null) return true
  const cells = rows.map((row) => select.columns.map(({ expression }) => cellOf(row, expression)))
  const types = cells[0]?.map(([type]) => type)
  answer.table({
    columns: select.columns.map(({ name }, index) => ({ name, type: types?.[index] ?? 'text' })),
    rows: cells.map((row) => row.map(([, value]) => value)),
  })
  return true
}

function cellOf(row: Cells, expression: string): Cell {
  const found = row[expression]
  if (found === undefined) throw new SyntaxProblem(207, `Invalid column name '${expression}'.`)
  return found
}

function rowsFor(
  engine: SqlServerEngine,
  { from, where }: Select,
  variables: Readonly<Record<string, string>>,
  answer: Answer,
): readonly Cells[] | null {
  if (from === null) return [serverProperties(engine), ...[]]
  if (from === 'sys.databases AS d' && where === 'd.name = @database')
    return [engine.databases.find(variables.database!)].flatMap((one) =>
      one === undefined ? [] : [databaseCells(engine, one)],
    )
  if (from === 'sys.master_files AS f' && where === 'f.database_id = DB_ID(@database)')
    return (engine.databases.find(variables.database!)?.files ?? []).map(({ logicalName, physicalName }) => ({
      'f.name': ['text', logicalName],
      'f.physical_name': ['text', physicalName],
    }))
  if (from === 'sys.dm_server_services AS s' && where === null) return services(engine, answer)
  throw new SyntaxProblem(208, `Invalid object name '${from}'.`)
}

function serverProperties({ behaviour }: SqlServerEngine): Cells {
  const { version, edition, engineEdition } = behaviour
  return {
    "CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128))": ['text', version.join('.')],
    "CAST(SERVERPROPERTY('Edition') AS nvarchar(128))": ['text', edition],
    "CAST(SERVERPROPERTY('EngineEdition') AS int)": ['int', engineEdition],
    "CAST(SERVERPROPERTY('InstanceDefaultDataPath') AS nvarchar(4000))": ['text', 'E:\\Data\\'],
    "CAST(SERVERPROPERTY('InstanceDefaultLogPath') AS nvarchar(4000))": ['text', 'F:\\Log\\'],
    '@@SPID': ['int', 51],
  }
}

function databaseCells({ behaviour }: SqlServerEngine, database: FakeDatabase): Cells {
  const may = (right: 'BACKUP DATABASE' | 'CREATE ANY DATABASE') => (behaviour.without.has(right) ? 0 : 1)
  const looks =
    "CASE WHEN HAS_PERMS_BY_NAME(NULL, NULL, 'CREATE ANY DATABASE') = 1 OR HAS_PERMS_BY_NAME('master', 'DATABASE', 'CREATE DATABASE') = 1 THEN 1 ELSE 0 END"
  const size =
    '(SELECT SUM(CAST(f.size AS bigint)) FROM sys.master_files AS f WHERE f.database_id = d.database_id AND f.type <> 1)'
  return {
    'd.name': ['text', database.name],
    'd.state_desc': ['text', database.state],
    'd.user_access_desc': ['text', database.access],
    'd.compatibility_level': ['int', database.compatibilityLevel],
    'd.recovery_model_desc': ['text', database.recoveryModel],
    'd.source_database_id': ['int', database.snapshotOf],
    "HAS_PERMS_BY_NAME(QUOTENAME(d.name), 'DATABASE', 'BACKUP DATABASE')": ['int', may('BACKUP DATABASE')],
    [looks]: ['int', may('CREATE ANY DATABASE')],
    [size]: ['bigint', pagesOf(database) * 2],
  }
}

export const pagesOf = ({ content }: FakeDatabase): number => Math.max(1, Math.ceil(content.length / 8192))

function rowsWithin({ databases }: SqlServerEngine, name: string): readonly Cells[] {
  const database = databases.find(name)
  if (database === undefined || database.state !== 'ONLINE')
    throw new SyntaxProblem(
      911,
      `Database '${name}' does not exist. Make sure that the name is entered correctly.`,
    )
  return [{ "SUM(CAST(FILEPROPERTY(name, 'SpaceUsed') AS bigint))": ['bigint', pagesOf(database)] }]
}

function services({ behaviour }: SqlServerEngine, answer: Answer): readonly Cells[] | null {
  if (behaviour.without.has('VIEW SERVER STATE')) {
    const message = "VIEW SERVER STATE permission was denied on object 'server', database 'master'."
    answer.say({ number: 300, severity: 14, message })
    return null
  }
  return [
    {
      's.servicename': ['text', 'SQL Server (MSSQLSERVER)'],
      's.service_account': ['text', behaviour.serviceAccount],
    },
    {
      's.servicename': ['text', 'SQL Server Agent (MSSQLSERVER)'],
      's.service_account': ['text', 'somebody else'],
    },
  ]
}
