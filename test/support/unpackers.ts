import { spawnSync } from 'node:child_process'

/** Programs that everybody unpacks with. Each looks at all that is in an archive, or lists it. */
const programs = {
  unzip: { package: 'unzip', version: ['-v'], check: (path: string) => ['-tqq', path] },
  bsdtar: { package: 'libarchive-tools', version: ['--version'], check: (path: string) => ['-xOf', path] },
  '7z': { package: 'p7zip-full', version: ['i'], check: (path: string) => ['t', path] },
} as const

export type Unpacker = keyof typeof programs
export const unpackers = Object.keys(programs) as Unpacker[]

/** Why it can't be asked; null when it can. */
export function missingUnpacker(program: Unpacker): string | null {
  const { version, package: name } = programs[program]
  return spawnSync(program, version).error === undefined
    ? null
    : `NOT RUN: ${program} (package ${name}) is missing`
}

/** What it has to say against an archive; empty when it is content. */
export function complaintsOf(program: Unpacker, path: string): string {
  return run(program, programs[program].check(path))
}

export function unpack(program: 'unzip' | 'bsdtar', path: string, folder: string): string {
  return run(program, program === 'unzip' ? ['-qq', '-X', path, '-d', folder] : ['-xpf', path, '-C', folder])
}

/** Names of its entries, as it sees them. */
export function listing(program: 'unzip' | 'bsdtar', path: string): string[] {
  const args = program === 'unzip' ? ['-Z1', path] : ['-tf', path]
  const { stdout } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 28, env: unicode })
  return stdout.split('\n').filter(Boolean)
}

const unicode = { ...process.env, LC_ALL: 'C.UTF-8' }

function run(program: string, args: readonly string[]): string {
  const stdio = ['ignore', 'ignore', 'pipe'] as const
  const { status, error, stderr } = spawnSync(program, args, { stdio: [...stdio], env: unicode })
  return status === 0 ? String(stderr) : `${program} ended with ${status}: ${error?.message ?? stderr}`
}
