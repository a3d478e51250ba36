import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { copyBytes } from '../../src/engine/sources/sqlite/file-bytes.ts'

const options = { signal: new AbortController().signal, onProgress() {} }

describe('copying the bytes of a file', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'file-bytes-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('copies as much as was asked for, or as much as there is', async () => {
    writeFileSync(join(folder, 'source'), 'abcdef')
    const source = openSync(join(folder, 'source'), 'r')
    const copy = openSync(join(folder, 'copy'), 'w')
    expect(await copyBytes(source, copy, 4, options)).toBe(4)
    expect(readFileSync(join(folder, 'copy'), 'utf8')).toBe('abcd')
    expect(await copyBytes(source, copy, 100, options)).toBe(6)
    closeSync(source)
    closeSync(copy)
  })

  // /dev/null takes every byte and refuses to be synced. The kernel reports a lost write once: whoever swallows that
  // would take the next sync's success for the truth.
  it('rejects when the last flush fails, though nothing follows it', async () => {
    const source = openSync(join(folder, 'source'), 'w+')
    ftruncateSync(source, 16 * 1024 * 1024)
    const copy = openSync('/dev/null', 'w')
    await expect(copyBytes(source, copy, 16 * 1024 * 1024, options)).rejects.toMatchObject({
      syscall: 'fdatasync',
    })
    closeSync(source)
    closeSync(copy)
  })
})
