import { existsSync, mkdirSync } from 'node:fs'
import { answerCatalog } from './catalog.ts'
import { selfSigned } from './certificate.ts'
import { Databases } from './databases.ts'
import { Devices } from './devices.ts'
import type { Login, Request } from './requests.ts'
import { runStatement } from './statements.ts'
import { SyntaxProblem, splitTop } from './t-sql.ts'
import { type Answer, type Engine, startTdsServer, type TdsServer } from './tds-server.ts'
import type { Credentials } from './wire.ts'

/** How the server behaves; tests change it as they go. */
export interface Behaviour {
  user: string
  password: string
  edition: string
  engineEdition: number
  /** Version of the server, and of the backups that it makes. */
  version: [number, number, number]
  /** What the service account gets from the system when it opens a file: 0 for nothing, 5 for access denied. */
  deviceError: number
  /** Rights that the login does not have. */
  without: Set<'BACKUP DATABASE' | 'CREATE ANY DATABASE' | 'VIEW SERVER STATE' | 'ALTER DATABASE'>
  serviceAccount: string
  /** Percent at which BACKUP, VERIFYONLY or RESTORE stops until somebody ends it, and what it waits for else. */
  hangAt: number | null
  /** Does not even react to an attention. */
  deaf: boolean
  dropAt: number | null
  /** Fails with these at that percent. */
  failAt: { percent: number; number: number; message: string } | null
  /** Only for statements that begin so. */
  only: RegExp
  /** How often somebody else is faster after SINGLE_USER. */
  intruders: number
  /** Bytes of a backup are turned over when it is written. */
  rots: boolean
  /** Percents that are told. */
  percents: readonly number[]
}

/** What the client sent, with the text as it came. */
export interface Recorded extends Request {
  /** When, in the order of all that happened. */
  readonly connection: number
}

export interface FakeSqlServer {
  readonly databases: Databases
  readonly behaviour: Behaviour
  readonly statements: readonly Recorded[]
  readonly logins: readonly Login[]
  /** The folder as the server calls it, and where it really is. */
  readonly serverFolder: string
  readonly folder: string
  readonly tds: TdsServer
  /** For a client of this process. */
  connection(more?: string): string
  /** Resolves when a statement hangs. */
  hanging(): Promise<void>
  close(): Promise<void>
}

export interface FakeSqlServerOptions {
  /** A folder that exists or is made. */
  readonly folder: string
  readonly serverFolder?: string
  readonly encrypts?: boolean
}

let credentials: Credentials = null

/** A server that keeps made-up databases, speaks real TDS and writes real files. */
export async function startSqlServer(options: FakeSqlServerOptions): Promise<FakeSqlServer> {
  const { folder, serverFolder = 'D:\\Backups', encrypts = true } = options
  if (!existsSync(folder)) mkdirSync(folder)
  credentials ??= selfSigned('localhost')
  const engine = new SqlServerEngine(new Devices(serverFolder, folder))
  const tds = await startTdsServer(engine, encrypts ? credentials : null)
  const { behaviour, databases, statements, logins } = engine
  return {
    databases,
    behaviour,
    statements,
    logins,
    serverFolder,
    folder,
    tds,
    connection: (more = 'TrustServerCertificate=true') =>
      `Server=127.0.0.1,${tds.port};User Id=${behaviour.user};Password={${behaviour.password}};${more}`,
    hanging: () => engine.hanging(),
    close: () => tds.close(),
  }
}

export class SqlServerEngine implements Engine {
  readonly databases = new Databases()
  readonly statements: Recorded[] = []
  readonly logins: Login[] = []
  readonly behaviour: Behaviour = {
    user: 'backup',
    password: 'correct horse',
    edition: 'Developer Edition (64-bit)',
    engineEdition: 3,
    version: [16, 0, 4105],
    deviceError: 0,
    without: new Set(),
    serviceAccount: 'NT Service\\MSSQLSERVER',
    hangAt: null,
    deaf: false,
    dropAt: null,
    failAt: null,
    only: /./,
    intruders: 0,
    rots: false,
    percents: [1, 25, 50, 75, 100],
  }
  readonly devices: Devices
  #waiting: (() => void)[] = []
  #isHanging = false

  constructor(devices: Devices) {
    this.devices = devices
  }

  login(login: Login) {
    this.logins.push(login)
    const { user, password } = this.behaviour
    if (login.user === user && login.password === password) return null
    return { number: 18456, severity: 14, state: 8, message: `Login failed for user '${login.user}'.` }
  }

  async execute(request: Request, answer: Answer): Promise<void> {
    if (/^\s*set\s/i.test(request.text)) return
    this.statements.push({ ...request, connection: this.logins.length })
    try {
      for (const text of splitTop(request.text, /;/).filter((one) => one !== '')) {
        if (answerCatalog(this, text, request.parameters, answer)) continue
        await runStatement(this, text, request.parameters, answer)
      }
    } catch (error) {
      if (!(error instanceof SyntaxProblem)) throw error
      answer.say({ number: error.number, severity: 15, message: error.message })
    }
  }

  /** Waits until the client gives up; forever when it is deaf, for then only the end of the connection helps. */
  async hang({ signal }: Answer): Promise<void> {
    this.#isHanging = true
    for (const resolve of this.#waiting.splice(0)) resolve()
    await new Promise<void>((resolve) => {
      if (signal.aborted && !this.behaviour.deaf) return resolve()
      if (!this.behaviour.deaf) signal.addEventListener('abort', () => resolve(), { once: true })
    })
    this.#isHanging = false
  }

  hanging(): Promise<void> {
    return this.#isHanging ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve))
  }
}
