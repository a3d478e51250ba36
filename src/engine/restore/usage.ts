import { existsSync, readdirSync, readFileSync, readlinkSync, type Stats, statSync } from 'node:fs'
import { basename } from 'node:path'
import { isMissing } from '../failure.ts'
import type { ProcessUse, Usage } from '../restoring.ts'
import { companionEnds } from '../vault/beside.ts'
import { type Identity, identityOf, lstatOrNull } from '../vault/files.ts'

/** Number of the namespace in which a Linux system starts; in another one `/proc` shows a part of its processes. */
const wholeSystem = 'pid:[4026531836]'

/** A database with what lies beside it, as files and not as names: a process keeps a file that was replaced. */
export interface WatchedFiles {
  readonly path: string
  readonly identities: ReadonlySet<Identity>
  /** Of the main file; null when there is none. */
  readonly stats: Stats | null
}

export function watch(path: string): WatchedFiles {
  const found = ['', ...companionEnds].flatMap((end) => lstatOrNull(path + end) ?? [])
  return { path, identities: new Set(found.map(identityOf)), stats: lstatOrNull(path) }
}

/**
 * Which other processes have these files open or mapped. Locks alone don't tell: a connection in rollback mode that
 * does nothing holds none, and neither does one that has only just been opened.
 */
export function findUsage(files: WatchedFiles): Usage {
  if (process.platform !== 'linux') return nothingSeen
  const pids = readNames('/proc')?.filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid) ?? []
  if (pids.length === 0) return nothingSeen
  const processes: ProcessUse[] = []
  let unseen = 0
  for (const pid of pids) {
    const uses = usesAny(pid, files)
    if (uses === true) processes.push({ pid: Number(pid), command: commandOf(pid) })
    if (uses === 'unseen' && mayOpen(pid, files)) unseen++
  }
  return { processes, seen: unseen > 0 || !seesWholeSystem() ? 'some' : 'all', unseen }
}

const nothingSeen: Usage = { processes: [], seen: 'none', unseen: 0 }

function usesAny(pid: string, files: WatchedFiles): boolean | 'unseen' {
  const folder = `/proc/${pid}/fd`
  const names = readNames(folder)
  if (names === null) return isGone(pid) ? false : 'unseen'
  return names.some((fd) => isOneOf(`${folder}/${fd}`, files)) || hasMapped(pid, files)
}

/** Looking at the link does not open what it stands for. Sockets and pipes are passed over. */
function isOneOf(link: string, { identities }: WatchedFiles): boolean {
  try {
    return readlinkSync(link).startsWith('/') && identities.has(identityOf(statSync(link)))
  } catch {
    // Closed meanwhile, or the process has ended.
    return false
  }
}

/** A mapping outlives its descriptor. The device is left out: some file systems show another one there. */
function hasMapped(pid: string, { path, identities }: WatchedFiles): boolean {
  const inodes = new Set([...identities].map((identity) => identity.split(':')[1]))
  const lines = readText(`/proc/${pid}/maps`).split('\n')
  return lines.some((line) => {
    const [, inode = '', name = ''] = /^\S+ \S+ \S+ \S+ (\d+) +(.*)$/.exec(line) ?? []
    return inodes.has(inode) && basename(name).startsWith(basename(path))
  })
}

/** Threads of the kernel have no command line and open no files; others can be ruled out by the file's mode. */
function mayOpen(pid: string, { stats }: WatchedFiles): boolean {
  if (readText(`/proc/${pid}/cmdline`) === '') return false
  try {
    const { uid } = statSync(`/proc/${pid}`)
    return stats === null || uid === 0 || uid === stats.uid || (stats.mode & 0o066) !== 0
  } catch {
    return false
  }
}

/** The first process has the number 1 and belongs to root: where it is hidden, `hidepid` hides those of other users. */
function seesWholeSystem(): boolean {
  try {
    return readlinkSync('/proc/self/ns/pid') === wholeSystem && existsSync('/proc/1')
  } catch {
    return false
  }
}

/** Null when it may not be read. */
function readNames(folder: string): readonly string[] | null {
  try {
    return readdirSync(folder)
  } catch (error) {
    return isMissing(error) ? [] : null
  }
}

function isGone(pid: string): boolean {
  try {
    statSync(`/proc/${pid}`)
    return false
  } catch {
    return true
  }
}

/**
 * The program, and the script that it runs if it runs one: "node server.js". Nothing else of the command line, which
 * may hold secrets.
 */
function commandOf(pid: string): string {
  const program =
    basename(programOf(pid)).replace(/ \(deleted\)$/, '') || readText(`/proc/${pid}/comm`).trim()
  const script = readText(`/proc/${pid}/cmdline`).split('\0')[1] ?? ''
  return [program || 'unknown', ...(isScript(script) ? [basename(script)] : [])].join(' ')
}

const isScript = (argument: string) => /^[^-=]*\.([cm]?[jt]s|py|rb|php|pl|sh|jar)$/.test(argument)

function programOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`)
  } catch {
    return ''
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
