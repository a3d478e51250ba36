import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Why the independent client can't be asked; null when it can. */
export function missingFreeTds(): string | null {
  return spawnSync('tsql', ['-C']).error
    ? 'NOT RUN: tsql is missing (Debian: apt-get install freetds-bin)'
    : null
}

/** What `tsql` of FreeTDS has to say about a server, with everything that it prints. */
export async function askWithFreeTds(
  sql: string,
  server: {
    readonly port: number
    readonly user: string
    readonly password: string
    readonly encrypts: boolean
  },
): Promise<{ readonly printed: string; readonly exitCode: number | null }> {
  const folder = mkdtempSync(join(tmpdir(), 'backup-freetds-'))
  const config = join(folder, 'freetds.conf')
  const encryption = server.encrypts ? 'require' : 'off'
  writeFileSync(
    config,
    `[fake]\nhost = 127.0.0.1\nport = ${server.port}\ntds version = 7.4\nencryption = ${encryption}\n`,
  )
  try {
    return await run(['-S', 'fake', '-U', server.user, '-P', server.password], `${sql}\nGO\nEXIT\n`, config)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function run(args: readonly string[], input: string, config: string) {
  const client = spawn('tsql', args, { env: { ...process.env, FREETDSCONF: config, LC_ALL: 'C.UTF-8' } })
  let printed = ''
  for (const stream of [client.stdout, client.stderr])
    stream.on('data', (chunk: Buffer) => {
      printed += chunk
    })
  client.stdin.on('error', () => {})
  client.stdin.end(input)
  return new Promise<{ printed: string; exitCode: number | null }>((resolve, reject) => {
    client.on('error', reject)
    client.on('close', (exitCode) => resolve({ printed, exitCode }))
  })
}
