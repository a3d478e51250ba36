import type { LiveDatabase } from '../../engine.ts'
import { asSourceFailure, type Connection, openReader, type Patience, whenUnlocked } from './reader.ts'

/** What `look` sees in one read transaction, which other connections hardly notice. Rejects `source-*`. */
export async function lookInto<T>(
  database: LiveDatabase,
  patience: Patience,
  look: (connection: Connection) => T,
): Promise<T> {
  try {
    const connection = await whenUnlocked(database, patience, () => openReader(database))
    try {
      return await whenUnlocked(database, patience, () => connection.transaction(() => look(connection))())
    } finally {
      connection.close()
    }
  } catch (error) {
    throw asSourceFailure(error, database)
  }
}
