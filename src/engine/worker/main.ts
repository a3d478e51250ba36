/**
 * The worker process, and its own composition root: here it is decided which source serves live databases. It lives
 * as long as its parent and touches what the parent must not: live databases and everything in a tenant's root.
 */
import { createSqliteSource } from '../sources/sqlite/sqlite-source.ts'
import { operations } from './operations.ts'
import { serve } from './serve.ts'

serve(({ sourceTimeoutMs }) => ({
  operations,
  source: createSqliteSource({ timeoutMs: sourceTimeoutMs }),
}))
