import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Browser } from '../../support/host-browser.ts'

const entry = fileURLToPath(new URL('../../../dist/hosts/embedded/main.js', import.meta.url))
const deadline = 20_000

interface Output {
  readonly child: ChildProcess
  /** Standard output and standard error as they came so far. */
  readonly text: () => string
  readonly errors: () => string
  readonly exit: Promise<number | null>
}

describe('the host as a program', () => {
  let dataDir: string
  const running = new Set<ChildProcess>()
  beforeEach(async () => {
    if (!existsSync(entry)) throw new Error('The host is not built: run "npm run build" first')
    dataDir = await mkdtemp(join(tmpdir(), 'host-main-'))
  })
  afterEach(async () => {
    for (const child of running) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    await rm(dataDir, { recursive: true })
  })

  function run(args: readonly string[], nodeArgs: readonly string[] = []): Output {
    const env = { PATH: process.env.PATH ?? '', AUTOMATE_ADMIN_PASSWORD: 'admin-password' }
    const child = spawn(process.execPath, [...nodeArgs, entry, ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    running.add(child)
    let text = ''
    let errors = ''
    child.stdout?.on('data', (chunk) => {
      text += chunk
    })
    child.stderr?.on('data', (chunk) => {
      errors += chunk
    })
    const exit = once(child, 'close').then(([code]) => {
      running.delete(child)
      return code as number | null
    })
    return { child, text: () => text, errors: () => errors, exit }
  }

  async function listening(output: Output): Promise<Browser> {
    const until = Date.now() + deadline
    while (Date.now() < until) {
      const [, origin] = /^Listening on (http:\/\/127\.0\.0\.1:\d+)$/m.exec(output.text()) ?? []
      if (origin !== undefined) return new Browser(origin)
      if (output.child.exitCode !== null) break
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    throw new Error(`It did not come up: ${output.text()} ${output.errors()}`)
  }

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'says where it listens, serves with the plugin, and stops on %s',
    async (signal) => {
      const output = run(['--port', '0', '--data', dataDir])
      const browser = await listening(output)
      await browser.signIn('admin', 'admin-password')
      const { plugins } = (await browser.json('/settings/admin')).json as { plugins: unknown }
      expect(plugins).toEqual([{ name: 'Backup', version: expect.any(String), problem: null }])
      output.child.kill(signal)
      expect(await output.exit).toBe(0)
      expect(output.errors()).toBe('')
      expect(existsSync(join(dataDir, 'host.sqlite-wal'))).toBe(false)
    },
  )

  test('comes up again on the same folder after it was killed', async () => {
    const first = run(['--port', '0', '--data', dataDir])
    const browser = await listening(first)
    await browser.signIn('admin', 'admin-password')
    await browser.post('/data/add', { table: 'customers', values: { name: 'Kept', city: 'Here' } })
    await browser.post('/settings/admin/automate/pause')
    first.child.kill('SIGKILL')
    await first.exit
    const second = run(['--port', '0', '--data', dataDir])
    const again = await listening(second)
    await again.signIn('admin', 'admin-password')
    expect((await again.page('/data?table=customers')).text).toContain('Kept')
    expect((await again.json('/settings/admin/automate')).json).toMatchObject({ paused: { by: 'admin' } })
  })

  test.each([
    [['--prot', '1'], /Unknown option '--prot'/],
    [['--port', 'x'], /Not a port: x/],
    [['--port', '70000'], /Not a port: 70000/],
    [['stray'], /Unexpected argument 'stray'/],
    [['--data'], /--data/],
  ])('refuses %j with its usage', async (args, problem) => {
    const output = run(args)
    expect(await output.exit).toBe(2)
    expect(output.errors()).toMatch(problem)
    expect(output.errors()).toContain('Usage: npm start -- [--port N]')
    expect(output.errors()).not.toMatch(/\n\s+at /)
  })

  test('says in one line that the port is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const output = run(['--port', String(port), '--data', dataDir])
    expect(await output.exit).toBe(1)
    expect(output.errors()).toBe(
      `The host could not start: Port ${port} is in use. Choose another one with --port.\n`,
    )
    server.close()
  })

  test('says in one line that a file to import is none', async () => {
    const output = run(['--port', '0', '--data', dataDir, '--import-db', join(dataDir, 'missing.sqlite')])
    expect(await output.exit).toBe(1)
    expect(output.errors()).toMatch(/^The host could not start: \S+missing\.sqlite can't be imported: .*\n$/)
  })

  test('says in one line that Node is too old, before it loads anything', async () => {
    const old =
      'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } })'
    const output = run([], ['--import', `data:text/javascript,${encodeURIComponent(old)}`])
    expect(await output.exit).toBe(1)
    expect(output.errors()).toMatch(/^Node 22\.12 or newer is needed, this is 20\.20\.2\. .*\n$/)
  })
})
