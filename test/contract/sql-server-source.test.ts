import { onTestFinished } from 'vitest'
import { createSqlServerSource } from '../../src/engine/sources/sql-server/sql-server-source.ts'
import { startSqlServer } from '../support/tds/sql-server.ts'
import { tempFolder } from '../support/tenant.ts'
import { describeArchiveSource, type SourceBench } from './archive-source.ts'

async function sqlServer(): Promise<SourceBench> {
  const localFolder = await tempFolder()
  const server = await startSqlServer({ folder: localFolder })
  onTestFinished(() => server.close())
  server.databases.add('app', { content: 'row '.repeat(10_000) })
  const { serverFolder } = server
  const config = {
    kind: 'mssql',
    connection: server.connection(),
    database: 'app',
    serverFolder,
    localFolder,
  } as const
  return {
    source: createSqlServerSource(config, 'sql-app'),
    origin: 'app',
    takes: ['sql-app/app.bak'],
    leavesOut: [],
    elsewhere: 'app_copy',
    watched: [localFolder],
    content(at = 'app') {
      const { content, state, access, compatibilityLevel } = server.databases.find(at) ?? {}
      return { content, state, access, compatibilityLevel }
    },
    spoil() {
      server.databases.find('app')!.content = 'spoilt'
    },
    breakDown() {
      server.databases.find('app')!.state = 'RECOVERY_PENDING'
    },
  }
}

describeArchiveSource('mssql, against the test server', sqlServer)
