import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import type { Run } from '../../src/engine/backup.ts'
import { type App, base, eventually, type Session } from './app.ts'

export const systemBase = `${base}/system`

/** An installation beside the host: files, something large, something that is left out, and a database. */
export class Installation {
  readonly root = mkdtempSync(join(tmpdir(), 'installation-'))
  readonly program = join(this.root, 'ProgramData')
  readonly database = join(this.root, 'state.sqlite')
  readonly folder = join(this.root, 'archives', 'enterprise')

  constructor() {
    this.write('config/app.ini', 'name = demo\n')
    this.write('config/deep/list.txt', 'one\ntwo\n')
    this.write('WorkDir/scan.tiff', 'x'.repeat(200_000))
    this.write('notes.tmp', 'not worth it')
    mkdirSync(dirname(this.folder))
    const database = new Database(this.database)
    database.pragma('journal_mode = WAL')
    database.exec("CREATE TABLE state (name TEXT); INSERT INTO state VALUES ('kept')")
    database.close()
  }

  write(path: string, text: string): void {
    const file = join(this.program, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }

  /** As the specification writes one. */
  profile(more: object = {}): Record<string, unknown> {
    return {
      id: 'enterprise',
      sources: [
        { kind: 'directory', path: this.program, exclude: ['**/*.tmp'] },
        { kind: 'sqlite', path: this.database },
      ],
      name: 'entbak_{yyyyMMddHHmmss}.zip',
      folder: this.folder,
      retention: { maxCount: 14 },
      ...more,
    }
  }

  /** What an operator sees there, without our own files. */
  archives(): readonly string[] {
    return names(this.folder).filter((name) => !name.startsWith('.') && !name.endsWith('.json'))
  }

  files(folder = this.program): readonly string[] {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(folder, name)).isFile())
      .sort()
  }

  read(path: string, folder = this.program): string {
    return readFileSync(join(folder, path), 'utf8')
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

/** The system page's JSON. */
// biome-ignore lint/suspicious/noExplicitAny: tests look at the JSON as an outsider does
export async function systemOverview(session: Session): Promise<any> {
  const response = await session.get(systemBase)
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
  return response.json()
}

/** Waits until the plugin has brought the profiles and the host's tasks together, which it does after the start. */
export async function scheduled(session: Session, id = 'enterprise'): Promise<void> {
  await eventually(async () => {
    const { profiles } = await systemOverview(session)
    const found = profiles.find((profile: { id: string }) => profile.id === id)
    return found?.automatic.nextRunAt ?? null
  })
}

/** Of a run that may not have begun yet. */
export async function endOf(session: Session, runId: string): Promise<Run> {
  return eventually(async () => {
    const answer = await session.get(`${systemBase}/runs/${runId}`)
    if (answer.status !== 200) return null
    const { run } = (await answer.json()) as { run: Run }
    return run.endedAt ? run : null
  })
}

/** Begins something and returns its run when it has ended. */
export async function ran(session: Session, path: string, body: object = {}): Promise<Run> {
  const response = await session.post(`${systemBase}${path}`, body)
  if (response.status !== 202) throw new Error(`${response.status} ${await response.text()}`)
  const { run } = (await response.json()) as { run: Run }
  return endOf(session, run.id)
}

/** What lies in the operator settings. */
// biome-ignore lint/suspicious/noExplicitAny: tests look at the JSON as an outsider does
export function storedSettings(app: App): any {
  return JSON.parse(readFileSync(join(app.dataDir, 'plugins', 'backup.json'), 'utf8'))
}
