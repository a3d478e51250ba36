import { closeSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import type { OpenFile } from '../../src/engine/proof/examine.ts'
import { errorInFindings } from '../../src/engine/proof/unreadable.ts'
import type { RunTools } from '../../src/engine/runs/run-in-vault.ts'
import { verify } from '../../src/engine/runs/verify.ts'
import { back, sharedEngine, tenantWithRows, verifyRequest } from '../support/tenant.ts'

/** The error with which reading a backup ends in this process; the engine's own processes read as ever. */
const reading = vi.hoisted(() => ({ endsWith: '' }))
vi.mock('../../src/engine/proof/examine.ts', () => ({
  examineFile: async ({ fd }: OpenFile) => {
    closeSync(fd)
    throw Object.assign(new Error('it ended'), { code: reading.endsWith })
  },
}))

const engine = sharedEngine()

const tools: RunTools = {
  signal: new AbortController().signal,
  source: {
    measure: () => 0,
    snapshot: () => Promise.reject(new Error('nothing is copied here')),
  },
  sourceTimeoutMs: 400,
  lockWaitMs: 1_000,
  changeWaitMs: 1_000,
  hostileMs: 60_000,
  waitedMs: 0,
  onProgress() {},
  onCommitted() {},
  onAbandoned() {},
  checkElsewhere: async () => null,
  isBeingRead: async () => false,
  takeOver: async () => {},
}

async function verifyWith(code: string) {
  const { vault } = await tenantWithRows()
  const { name } = (await back(engine, vault)).backups[0]!
  reading.endsWith = code
  const error = await verify(verifyRequest(vault, name), tools).catch((error: unknown) => error)
  const { backups } = await engine.inspect(vault)
  return { error, outcome: backups[0]?.backup.proven?.outcome }
}

describe('a backup that can not be read', () => {
  it.each(['EIO', 'SQLITE_IOERR_READ', 'SQLITE_IOERR_SHORT_READ', 'SQLITE_IOERR_CORRUPTFS'])(
    'is lost when the disk says %s',
    async (code) => {
      const { error, outcome } = await verifyWith(code)
      expect(error).toMatchObject({ code: 'proof-failed' })
      expect(outcome).toBe('failed')
    },
  )

  it.each([
    ['SQLITE_BUSY', 'io-failed'],
    ['SQLITE_LOCKED', 'io-failed'],
    ['SQLITE_NOMEM', 'io-failed'],
    ['SQLITE_IOERR_NOMEM', 'io-failed'],
    ['SQLITE_FULL', 'disk-full'],
    ['SQLITE_CANTOPEN', 'folder-not-writable'],
    ['EMFILE', 'io-failed'],
  ])('stays proven when %s kept it from being read', async (code, expected) => {
    const { error, outcome } = await verifyWith(code)
    expect(error).toMatchObject({ code: expected })
    expect(outcome).toBe('passed')
  })
})

describe('what an integrity check reports', () => {
  const page = (code: number) => `Tree 2 page 5: unable to get the page. error code=${code}`
  const damage = 'wrong # of entries in index i'

  it.each([
    ['a page that the disk has lost', [page(266)], 'SQLITE_IOERR_READ'],
    ['pages that the file system can’t give', [page(8458), page(266)], 'SQLITE_IOERR_CORRUPTFS'],
    ['a file that is shorter than it was', [page(522)], 'SQLITE_IOERR_SHORT_READ'],
    ['a full memory', [page(7)], 'SQLITE_NOMEM'],
    ['a full memory while reading', [page(3082)], 'SQLITE_IOERR'],
    ['a lock', [page(5)], 'SQLITE_BUSY'],
    ['a lock with a reason', [page(261)], 'SQLITE_BUSY'],
    ['a full disk among what follows from it', [damage, page(13)], 'SQLITE_FULL'],
    ['a lost page and a full memory', [page(266), page(7)], 'SQLITE_NOMEM'],
  ])('is an error for %s', (_, found, code) => {
    expect(errorInFindings(found)).toMatchObject({ code })
  })

  it.each([
    ['nothing', []],
    ['damage', [damage]],
    ['damage besides a lost page', [page(266), damage]],
    ['a page that is malformed', [page(11)]],
  ])('is a finding for %s', (_, found) => {
    expect(errorInFindings(found)).toBeNull()
  })
})
