import { pathToFileURL } from 'node:url'
import Database from 'better-sqlite3'

/**
 * Opens a finished SQLite file as one that may have been made to do harm. It is taken as immutable, so that nothing is
 * made or locked beside it and a foreign `-wal` or `-journal` there is never applied; nothing in its schema is trusted,
 * and nothing of it is mapped into memory. better-sqlite3 opens every connection in SQLite's defensive mode. Its build
 * keeps no account of memory, so that `hard_heap_limit` would limit nothing: who starts the process sets the limit,
 * and `SQLITE_USE_URI=1`, without which SQLite takes the address for a file's name.
 */
export function openImmutable(path: string, { cacheKib }: { readonly cacheKib: number }): Database.Database {
  const address = pathToFileURL(path)
  address.searchParams.set('immutable', '1')
  const connection = new Database(address.href, { readonly: true, fileMustExist: true, timeout: 0 })
  connection.pragma('trusted_schema = OFF')
  connection.pragma('cell_size_check = ON')
  connection.pragma('mmap_size = 0')
  connection.pragma('query_only = ON')
  // Nothing here sorts much; should something all the same, it leaves no file behind.
  connection.pragma('temp_store = MEMORY')
  connection.pragma(`cache_size = -${cacheKib}`)
  return connection
}
