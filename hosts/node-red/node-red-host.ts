import { join } from 'node:path'
import type { Caller, Clock, Host, Logger } from 'automate-plugin-backup/host'
import { type Address, addressOf } from './address.ts'
import { TenantDirectory } from './flows/tenant-directory.ts'
import { redLogger } from './log.ts'
import type { Red } from './red.ts'
import { AuditFile } from './store/audit-file.ts'
import { SettingsFiles } from './store/settings-files.ts'
import { TaskBook } from './tasks/task-book.ts'
import type { TaskLanes } from './tasks/task-lanes.ts'
import { tasksPort } from './tasks/tasks-port.ts'
import { everybody } from './web/identity.ts'
import { Mounts, ownPath } from './web/mounts.ts'
import { Header } from './web/own-pages.tsx'
import { SessionCookie } from './web/session-cookie.ts'
import { Sessions } from './web/sessions.ts'
import { Visitors } from './web/visitors.ts'
import type { WebParts } from './web/web-parts.ts'

/** Everything that Node-RED as a host is made of, for as long as the process lives. */
export interface Parts {
  readonly red: Red
  readonly clock: Clock
  readonly logger: Logger
  readonly tenants: TenantDirectory
  readonly book: TaskBook
  readonly settings: SettingsFiles
  readonly audit: AuditFile
  readonly web: WebParts
  readonly serverZone: string
  /** Of the adapter's own files, below Node-RED's user directory. */
  readonly folder: string
}

/** Throws when settings.js says something impossible about the adapter. */
export function partsOf(red: Red, clock: Clock): Parts {
  const logger = redLogger(red.log)
  const userDir = red.settings.userDir ?? process.cwd()
  const folder = join(userDir, 'automate-backup')
  const serverZone = new Intl.DateTimeFormat().resolvedOptions().timeZone
  const tenants = new TenantDirectory(red, { userDir, serverZone })
  return {
    red,
    clock,
    logger,
    tenants,
    serverZone,
    folder,
    book: new TaskBook(join(folder, 'tasks.json'), { clock, logger }),
    settings: new SettingsFiles(folder),
    audit: new AuditFile(join(folder, 'audit.jsonl'), red.log),
    web: webOf({ red, clock, logger, tenants }, addressOf(red.settings)),
  }
}

function webOf(
  { red, clock, logger, tenants }: Pick<Parts, 'red' | 'clock' | 'logger' | 'tenants'>,
  { base, publicOrigin }: Address,
): WebParts {
  const mounts = new Mounts()
  const sessions = new Sessions(clock)
  const cookie = new SessionCookie({ base, isSecure: publicOrigin?.startsWith('https:') ?? false })
  const visitors = new Visitors({ red, sessions, cookie, mounts, tenants })
  return { red, logger, tenants, mounts, sessions, cookie, visitors, base, publicOrigin }
}

/** What the plugin is handed at one activation. */
export function nodeRedHost(parts: Parts, lanes: TaskLanes, signal: AbortSignal): Host {
  const { red, clock, logger, tenants, book, settings, audit, web, serverZone } = parts
  const { base, publicOrigin, mounts } = web
  return {
    name: 'Node-RED',
    version: red.version(),
    publicOrigin,
    capabilities: { configuresTasks: false, suspend: false, beforeOpen: false },
    dataFolder: parts.folder,
    timeZone: serverZone,
    tenants: {
      list: () => tenants.list(),
      get: (id) => tenants.get(id),
      watch: (appeared) => tenants.watch(appeared),
    },
    tasks: tasksPort({ red, lanes, book, tenants, clock, serverZone, base }),
    routes: {
      base,
      home: `${base}/`,
      mount: (mount) => mounts.add(mount),
      header: async (caller, current) => headerFor(parts, caller, current),
    },
    settings,
    audit,
    notify: async ({ runId, outcome, message, hint }) =>
      logger.warn(`${message} ${hint}`, { runId, outcome }),
    logger,
    clock,
    signal,
  }
}

function headerFor({ tenants, web: { base } }: Parts, caller: Caller, current: string): string {
  const isChoice = tenants.all().length > 1
  const model = {
    base,
    language: caller.language,
    userName: caller.user.name,
    isOpen: caller.user.id === everybody.user.id && caller.user.name === everybody.user.name,
    chooseAt: isChoice ? `${base}${ownPath}/tenant?next=${encodeURIComponent(current)}` : null,
  }
  return String(Header({ model }))
}
