-- What automate-plugin-backup sends to a SQL Server, as the test server recorded it (WRITE_GOLDEN=1 writes it anew).
-- Compared with Microsoft's documentation, "Transact-SQL reference":
--   BACKUP DATABASE { name | @variable } TO DISK = { 'path' | @variable } WITH option, ...
--     COPY_ONLY   leaves the server's own chain of full and differential backups alone
--     FORMAT      writes a new media set, so that the file holds this one backup
--     CHECKSUM    verifies every page that has a checksum, and gives the whole backup one; an error ends the backup
--     STATS = 1   a message 3211 for each percent
--     COMPRESSION where the edition has it; error 1844 says that it hasn't
--   RESTORE VERIFYONLY FROM DISK = @variable WITH CHECKSUM, STATS = 1   reads everything, as a restore would
--   RESTORE HEADERONLY | FILELISTONLY | LABELONLY FROM DISK = @variable   need the right CREATE DATABASE
--   RESTORE DATABASE { name | @variable } FROM DISK = @variable WITH REPLACE, MOVE 'logical' TO 'physical', ...
--     MOVE is documented with literals only: N'' with every ' doubled
--   ALTER DATABASE name SET { SINGLE_USER | MULTI_USER } WITH ROLLBACK IMMEDIATE
--     takes no variable: the name in brackets with every ] doubled
-- Everything goes through sp_executesql; the lines "-- @name = value" are its parameters, nvarchar.

-- measure -------------------------------------------------------------------------------------------------------

SELECT CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128)) AS version,
  CAST(SERVERPROPERTY('Edition') AS nvarchar(128)) AS edition,
  CAST(SERVERPROPERTY('EngineEdition') AS int) AS engineEdition,
  CAST(SERVERPROPERTY('InstanceDefaultDataPath') AS nvarchar(4000)) AS dataPath,
  CAST(SERVERPROPERTY('InstanceDefaultLogPath') AS nvarchar(4000)) AS logPath;

-- @database = app
SELECT d.name AS name, d.state_desc AS state, d.compatibility_level AS compatibilityLevel,
  d.recovery_model_desc AS recoveryModel, d.source_database_id AS snapshotOf,
  HAS_PERMS_BY_NAME(QUOTENAME(d.name), 'DATABASE', 'BACKUP DATABASE') AS mayBackUp,
  CASE WHEN HAS_PERMS_BY_NAME(NULL, NULL, 'CREATE ANY DATABASE') = 1
    OR HAS_PERMS_BY_NAME('master', 'DATABASE', 'CREATE DATABASE') = 1 THEN 1 ELSE 0 END AS mayLook,
  (SELECT SUM(CAST(f.size AS bigint)) FROM sys.master_files AS f
    WHERE f.database_id = d.database_id AND f.type <> 1) AS allocatedPages
FROM sys.databases AS d WHERE d.name = @database;

EXEC [app].sys.sp_executesql N'SELECT SUM(CAST(FILEPROPERTY(name, ''SpaceUsed'') AS bigint)) AS usedPages FROM sys.database_files WHERE type <> 1';

-- @path = D:\Backups\automate-backup-<32 digits>.probe
RESTORE LABELONLY FROM DISK = @path;

-- pour ----------------------------------------------------------------------------------------------------------

SELECT CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128)) AS version,
  CAST(SERVERPROPERTY('Edition') AS nvarchar(128)) AS edition,
  CAST(SERVERPROPERTY('EngineEdition') AS int) AS engineEdition,
  CAST(SERVERPROPERTY('InstanceDefaultDataPath') AS nvarchar(4000)) AS dataPath,
  CAST(SERVERPROPERTY('InstanceDefaultLogPath') AS nvarchar(4000)) AS logPath;

-- @database = app
SELECT d.name AS name, d.state_desc AS state, d.compatibility_level AS compatibilityLevel,
  d.recovery_model_desc AS recoveryModel, d.source_database_id AS snapshotOf,
  HAS_PERMS_BY_NAME(QUOTENAME(d.name), 'DATABASE', 'BACKUP DATABASE') AS mayBackUp,
  CASE WHEN HAS_PERMS_BY_NAME(NULL, NULL, 'CREATE ANY DATABASE') = 1
    OR HAS_PERMS_BY_NAME('master', 'DATABASE', 'CREATE DATABASE') = 1 THEN 1 ELSE 0 END AS mayLook,
  (SELECT SUM(CAST(f.size AS bigint)) FROM sys.master_files AS f
    WHERE f.database_id = d.database_id AND f.type <> 1) AS allocatedPages
FROM sys.databases AS d WHERE d.name = @database;

EXEC [app].sys.sp_executesql N'SELECT SUM(CAST(FILEPROPERTY(name, ''SpaceUsed'') AS bigint)) AS usedPages FROM sys.database_files WHERE type <> 1';

-- @path = D:\Backups\automate-backup-<32 digits>.probe
RESTORE LABELONLY FROM DISK = @path;

-- @database = app
-- @path = D:\Backups\automate-backup-<32 digits>.bak
BACKUP DATABASE @database TO DISK = @path WITH COPY_ONLY, FORMAT, CHECKSUM, STATS = 1, COMPRESSION;

-- @path = D:\Backups\automate-backup-<32 digits>.bak
RESTORE VERIFYONLY FROM DISK = @path WITH CHECKSUM, STATS = 1;

-- @path = D:\Backups\automate-backup-<32 digits>.bak
RESTORE HEADERONLY FROM DISK = @path;

-- restore over the database -------------------------------------------------------------------------------------

SELECT CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128)) AS version,
  CAST(SERVERPROPERTY('Edition') AS nvarchar(128)) AS edition,
  CAST(SERVERPROPERTY('EngineEdition') AS int) AS engineEdition,
  CAST(SERVERPROPERTY('InstanceDefaultDataPath') AS nvarchar(4000)) AS dataPath,
  CAST(SERVERPROPERTY('InstanceDefaultLogPath') AS nvarchar(4000)) AS logPath;

-- @path = D:\Backups\automate-backup-<32 digits>.bak
RESTORE VERIFYONLY FROM DISK = @path WITH CHECKSUM, STATS = 1;

-- @path = D:\Backups\automate-backup-<32 digits>.bak
RESTORE HEADERONLY FROM DISK = @path;

-- @database = app
SELECT d.name AS name, d.state_desc AS state FROM sys.databases AS d WHERE d.name = @database;

-- @database = app
SELECT f.name AS logicalName, f.physical_name AS physicalName FROM sys.master_files AS f WHERE f.database_id = DB_ID(@database);

-- @path = D:\Backups\automate-backup-<32 digits>.bak
RESTORE FILELISTONLY FROM DISK = @path;

-- @database = app
SELECT d.name AS name, d.state_desc AS state FROM sys.databases AS d WHERE d.name = @database;

ALTER DATABASE [app] SET SINGLE_USER WITH ROLLBACK IMMEDIATE;

-- @database = app
-- @path = D:\Backups\automate-backup-<32 digits>.bak
RESTORE DATABASE @database FROM DISK = @path WITH REPLACE, MOVE N'app' TO N'E:\Data\app.mdf', MOVE N'app_log' TO N'F:\Log\app_log.ldf', CHECKSUM, STATS = 1;

-- @database = app
SELECT d.name AS name, d.state_desc AS state FROM sys.databases AS d WHERE d.name = @database;

ALTER DATABASE [app] SET MULTI_USER WITH ROLLBACK IMMEDIATE;

-- restore under another name ------------------------------------------------------------------------------------

SELECT CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128)) AS version,
  CAST(SERVERPROPERTY('Edition') AS nvarchar(128)) AS edition,
  CAST(SERVERPROPERTY('EngineEdition') AS int) AS engineEdition,
  CAST(SERVERPROPERTY('InstanceDefaultDataPath') AS nvarchar(4000)) AS dataPath,
  CAST(SERVERPROPERTY('InstanceDefaultLogPath') AS nvarchar(4000)) AS logPath;

-- @path = D:\Backups\automate-backup-<32 digits>.bak
RESTORE VERIFYONLY FROM DISK = @path WITH CHECKSUM, STATS = 1;

-- @path = D:\Backups\automate-backup-<32 digits>.bak
RESTORE HEADERONLY FROM DISK = @path;

-- @database = it's [new]
SELECT d.name AS name, d.state_desc AS state FROM sys.databases AS d WHERE d.name = @database;

-- @path = D:\Backups\automate-backup-<32 digits>.bak
RESTORE FILELISTONLY FROM DISK = @path;

-- @database = it's [new]
-- @path = D:\Backups\automate-backup-<32 digits>.bak
RESTORE DATABASE @database FROM DISK = @path WITH MOVE N'app' TO N'E:\Data\it_s__new__1_<8 digits>.mdf', MOVE N'app_log' TO N'F:\Log\it_s__new__2_<8 digits>.ldf', CHECKSUM, STATS = 1;

-- @database = it's [new]
SELECT d.name AS name, d.state_desc AS state FROM sys.databases AS d WHERE d.name = @database;

ALTER DATABASE [it's [new]]] SET MULTI_USER WITH ROLLBACK IMMEDIATE;

-- a folder that the server may not use --------------------------------------------------------------------------

SELECT CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128)) AS version,
  CAST(SERVERPROPERTY('Edition') AS nvarchar(128)) AS edition,
  CAST(SERVERPROPERTY('EngineEdition') AS int) AS engineEdition,
  CAST(SERVERPROPERTY('InstanceDefaultDataPath') AS nvarchar(4000)) AS dataPath,
  CAST(SERVERPROPERTY('InstanceDefaultLogPath') AS nvarchar(4000)) AS logPath;

-- @database = app
SELECT d.name AS name, d.state_desc AS state, d.compatibility_level AS compatibilityLevel,
  d.recovery_model_desc AS recoveryModel, d.source_database_id AS snapshotOf,
  HAS_PERMS_BY_NAME(QUOTENAME(d.name), 'DATABASE', 'BACKUP DATABASE') AS mayBackUp,
  CASE WHEN HAS_PERMS_BY_NAME(NULL, NULL, 'CREATE ANY DATABASE') = 1
    OR HAS_PERMS_BY_NAME('master', 'DATABASE', 'CREATE DATABASE') = 1 THEN 1 ELSE 0 END AS mayLook,
  (SELECT SUM(CAST(f.size AS bigint)) FROM sys.master_files AS f
    WHERE f.database_id = d.database_id AND f.type <> 1) AS allocatedPages
FROM sys.databases AS d WHERE d.name = @database;

EXEC [app].sys.sp_executesql N'SELECT SUM(CAST(FILEPROPERTY(name, ''SpaceUsed'') AS bigint)) AS usedPages FROM sys.database_files WHERE type <> 1';

-- @path = D:\Backups\automate-backup-<32 digits>.probe
RESTORE LABELONLY FROM DISK = @path;

SELECT s.servicename AS service, s.service_account AS account FROM sys.dm_server_services AS s;
