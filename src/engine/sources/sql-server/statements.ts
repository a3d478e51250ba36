/** What is sent to the server: every statement of ours, in one place, as Microsoft documents BACKUP and RESTORE. */
export interface Statement {
  readonly text: string
  /** Each one a variable of the statement, `nvarchar`. */
  readonly parameters: Readonly<Record<string, string>>
}

const statement = (text: string, parameters: Statement['parameters'] = {}): Statement => ({
  text,
  parameters,
})

/** A name where T-SQL takes no variable. */
export const quoteName = (name: string): string => `[${name.replaceAll(']', ']]')}]`

/** A text where T-SQL takes no variable: the files of MOVE. */
export const quoteText = (text: string): string => `N'${text.replaceAll("'", "''")}'`

// --- looking -------------------------------------------------------------------------------------------------------

export const describeServer = statement(
  `SELECT CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128)) AS version,
  CAST(SERVERPROPERTY('Edition') AS nvarchar(128)) AS edition,
  CAST(SERVERPROPERTY('EngineEdition') AS int) AS engineEdition,
  CAST(SERVERPROPERTY('InstanceDefaultDataPath') AS nvarchar(4000)) AS dataPath,
  CAST(SERVERPROPERTY('InstanceDefaultLogPath') AS nvarchar(4000)) AS logPath`,
)

/** Without the right to create databases the server tells nothing of a backup: neither VERIFYONLY nor HEADERONLY. */
export const describeDatabase = (database: string) =>
  statement(
    `SELECT d.name AS name, d.state_desc AS state, d.compatibility_level AS compatibilityLevel,
  d.recovery_model_desc AS recoveryModel, d.source_database_id AS snapshotOf,
  HAS_PERMS_BY_NAME(QUOTENAME(d.name), 'DATABASE', 'BACKUP DATABASE') AS mayBackUp,
  CASE WHEN HAS_PERMS_BY_NAME(NULL, NULL, 'CREATE ANY DATABASE') = 1
    OR HAS_PERMS_BY_NAME('master', 'DATABASE', 'CREATE DATABASE') = 1 THEN 1 ELSE 0 END AS mayLook,
  (SELECT SUM(CAST(f.size AS bigint)) FROM sys.master_files AS f
    WHERE f.database_id = d.database_id AND f.type <> 1) AS allocatedPages
FROM sys.databases AS d WHERE d.name = @database`,
    { database },
  )

/** Only what is used goes into a backup. FILEPROPERTY works in the database itself. */
export const usedPages = (database: string) =>
  statement(
    `EXEC ${quoteName(database)}.sys.sp_executesql N'SELECT SUM(CAST(FILEPROPERTY(name, ''SpaceUsed'') AS bigint)) AS usedPages FROM sys.database_files WHERE type <> 1'`,
  )

export const stateOf = (database: string) =>
  statement('SELECT d.name AS name, d.state_desc AS state FROM sys.databases AS d WHERE d.name = @database', {
    database,
  })

/** Where a database's files lie now. */
export const filesOf = (database: string) =>
  statement(
    'SELECT f.name AS logicalName, f.physical_name AS physicalName FROM sys.master_files AS f WHERE f.database_id = DB_ID(@database)',
    { database },
  )

export const serviceAccounts = statement(
  'SELECT s.servicename AS service, s.service_account AS account FROM sys.dm_server_services AS s',
)

/** Reads the first block only. Of a file that is no backup the server says so, which means that it can read it. */
export const readLabel = (path: string) => statement('RESTORE LABELONLY FROM DISK = @path', { path })

// --- backup --------------------------------------------------------------------------------------------------------

export const backUp = (database: string, path: string, { compressed }: { readonly compressed: boolean }) =>
  statement(
    `BACKUP DATABASE @database TO DISK = @path WITH COPY_ONLY, FORMAT, CHECKSUM, STATS = 1${compressed ? ', COMPRESSION' : ''}`,
    { database, path },
  )

export const verify = (path: string) =>
  statement('RESTORE VERIFYONLY FROM DISK = @path WITH CHECKSUM, STATS = 1', { path })

export const readHeader = (path: string) => statement('RESTORE HEADERONLY FROM DISK = @path', { path })

// --- restore -------------------------------------------------------------------------------------------------------

export const readFileList = (path: string) => statement('RESTORE FILELISTONLY FROM DISK = @path', { path })

export const toSingleUser = (database: string) =>
  statement(`ALTER DATABASE ${quoteName(database)} SET SINGLE_USER WITH ROLLBACK IMMEDIATE`)

/** Whoever holds the one seat of a single-user database loses it. */
export const toMultiUser = (database: string) =>
  statement(`ALTER DATABASE ${quoteName(database)} SET MULTI_USER WITH ROLLBACK IMMEDIATE`)

/** Where one file of a backup goes. */
export interface Move {
  readonly logicalName: string
  readonly physicalName: string
}

export const restore = (
  database: string,
  path: string,
  { replace, moves }: { readonly replace: boolean; readonly moves: readonly Move[] },
) =>
  statement(
    `RESTORE DATABASE @database FROM DISK = @path WITH ${[
      ...(replace ? ['REPLACE'] : []),
      ...moves.map(
        ({ logicalName, physicalName }) => `MOVE ${quoteText(logicalName)} TO ${quoteText(physicalName)}`,
      ),
      'CHECKSUM',
      'STATS = 1',
    ].join(', ')}`,
    { database, path },
  )

export const drop = (database: string) => statement(`DROP DATABASE ${quoteName(database)}`)
