import { createHash } from 'node:crypto'

/** As much of a connection as reading the schema takes. */
interface Connection {
  prepare(sql: string): { raw(): { all(): unknown[] } }
}

/** SHA-256 over the SQL of everything in the schema, hexadecimal: equal for equal schemas, whatever their version. */
export function schemaFingerprint(connection: Connection): string {
  const rows = connection
    .prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name, tbl_name, sql')
    .raw()
    .all()
  return createHash('sha256').update(JSON.stringify(rows)).digest('hex')
}
