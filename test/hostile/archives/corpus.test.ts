import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { corpus } from './corpus.ts'
import { takeArchive } from './take.ts'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'backup-hostile-'))
  mkdirSync(join(root, 'a/b'), { recursive: true })
  writeFileSync(join(root, 'outside.txt'), 'untouched')
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('a hostile archive', () => {
  it('comes in more than forty kinds, each with a name of its own', () => {
    expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length)
    expect(corpus.filter(({ verdict }) => verdict !== 'fine').length).toBeGreaterThan(40)
  })

  it.each(corpus)('with $name does no harm', async ({ bytes, verdict }) => {
    const path = join(root, 'hostile.zip')
    writeFileSync(path, bytes())
    const taken = await takeArchive(path, join(root, 'a/b/target'))
    expect(taken).toMatchObject({ refused: verdict === 'fine' ? null : verdict })
    expect(taken.message).toMatch(verdict === 'fine' ? /^$/ : /can't be believed: .+/)
    expect(readFileSync(join(root, 'outside.txt'), 'utf8')).toBe('untouched')
    const beside = readdirSync(root, { recursive: true, encoding: 'utf8' })
    expect(beside.filter((name) => !name.startsWith('a/b/target')).sort()).toEqual(
      ['a', 'a/b', 'hostile.zip', 'outside.txt'].sort(),
    )
  })
})
