import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Environment } from './config/first-start.ts'
import { startEmbeddedHost } from './embedded-host.ts'
import { HostError, messageOf } from './host-error.ts'

const usage = `Usage: npm start -- [--port N] [--data DIR] [--import-db FILE] [--no-suspend]
  --port N          port on 127.0.0.1 (default 3080)
  --data DIR        folder for everything that is kept (default ./data)
  --import-db FILE  first start only: becomes the demo tenant's database
  --no-suspend      never close a tenant's databases while running: a restore waits for the next start`

interface Arguments {
  readonly port: number
  readonly dataDir: string
  readonly importDb?: string
  readonly offers: { readonly suspend: boolean; readonly beforeOpen: true }
}

/** Runs the host until it is told to stop. Exit codes: 0 stopped, 1 could not start, 2 wrong usage. */
export async function runHost(argv: readonly string[], environment: Environment): Promise<void> {
  const given = argumentsIn(argv)
  if (given === null) return
  try {
    const pluginDir = dirname(fileURLToPath(import.meta.resolve('automate-plugin-backup/plugin.json')))
    const host = await startEmbeddedHost({
      ...given,
      clock: { now: () => Date.now() },
      environment,
      pluginDir,
      autoTick: true,
      log: (line) => process.stdout.write(`${line}\n`),
    })
    stopOnSignal(() => host.stop())
    process.stdout.write(`Listening on ${host.origin}\n`)
  } catch (error) {
    const hint = error instanceof HostError ? ` ${error.hint}` : ''
    console.error(`The host could not start: ${messageOf(error)}.${hint}`.replace('..', '.'))
    process.exitCode = 1
  }
}

/** Null after the usage was said. */
function argumentsIn(argv: readonly string[]): Arguments | null {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        port: { type: 'string', default: '3080' },
        data: { type: 'string', default: './data' },
        'import-db': { type: 'string' },
        'no-suspend': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      process.stdout.write(`${usage}\n`)
      return null
    }
    if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65_535)
      throw new Error(`Not a port: ${values.port}`)
    const importDb = values['import-db']
    return {
      port: Number(values.port),
      dataDir: values.data,
      offers: { suspend: !values['no-suspend'], beforeOpen: true },
      ...(importDb === undefined ? {} : { importDb }),
    }
  } catch (error) {
    console.error(`${messageOf(error)}\n${usage}`)
    process.exitCode = 2
    return null
  }
}

/** The first signal stops cleanly; a second one is for whoever can't wait. */
function stopOnSignal(stop: () => Promise<void>): void {
  let stopping = false
  const onSignal = (): void => {
    if (stopping) process.exit(130)
    stopping = true
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(`The host did not stop cleanly: ${messageOf(error)}`)
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
}
