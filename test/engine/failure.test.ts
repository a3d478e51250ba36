import { accessSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { BackupError } from '../../src/engine/errors.ts'
import { failureFrom } from '../../src/engine/failure.ts'
import { tempFolder } from '../support/tenant.ts'

function errorOf(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}

const coded = (code: string) => Object.assign(new Error('something'), { code })

describe('naming a failure', () => {
  it('takes Node’s own complaints about its caller for defects, not for a broken disk', () => {
    const wrong = errorOf(() => accessSync(7 as unknown as string))
    expect(wrong).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(failureFrom(wrong, 'It').code).toBe('internal')
    expect(failureFrom(coded('ERR_STREAM_DESTROYED'), 'It').code).toBe('internal')
    expect(failureFrom(new Error('no code'), 'It').code).toBe('internal')
  })

  it.each([
    ['EIO', 'io-failed'],
    ['E2BIG', 'io-failed'],
    ['SQLITE_IOERR_READ', 'io-failed'],
    ['ENOSPC', 'disk-full'],
    ['EACCES', 'folder-not-writable'],
    ['EEXIST', 'folder-unsafe'],
  ])('calls %s %s and tells the code', (code, expected) => {
    const failure = failureFrom(coded(code), 'It could not be done')
    expect(failure).toMatchObject({ code: expected, details: { errno: code } })
    expect(failure.message).toContain(code)
  })

  it('names what the system and SQLite really throw', async () => {
    const folder = await tempFolder()
    const missing = join(folder, 'missing')
    expect(
      failureFrom(
        errorOf(() => accessSync(missing)),
        'It',
      ).code,
    ).toBe('io-failed')
    const unopened = errorOf(() => new Database(missing, { fileMustExist: true }))
    expect(failureFrom(unopened, 'It').code).toBe('folder-not-writable')
  })

  it('leaves what is named already as it is', () => {
    const named = new BackupError('busy', 'Busy', { hint: 'Wait.' })
    expect(failureFrom(named, 'It')).toBe(named)
  })
})
