import { hashPassword, makePassword } from '../access/passwords.ts'
import { writeHostFile } from './host-file.ts'
import type { HostFile } from './host-file-schema.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Writes host.json. Passwords that the environment doesn't give are made here, said once through `say`, and stored
 * as hashes only.
 */
export async function setUp(
  dataDir: string,
  environment: Environment,
  say: (line: string) => void,
): Promise<HostFile> {
  const hasAdminPassword = Boolean(environment.AUTOMATE_ADMIN_PASSWORD)
  const adminPassword = makePassword()
  const userPassword = environment.DEMO_USER_PASSWORD || makePassword()
  const file: HostFile = {
    tenants: [
      {
        id: 'demo',
        name: 'Demo GmbH',
        root: 'tenants/demo',
        databases: [{ name: 'main', path: 'main.sqlite' }],
        timeZone: 'Europe/Berlin',
        language: 'en',
      },
    ],
    users: [
      {
        name: 'admin',
        password: hasAdminPassword ? 'env:AUTOMATE_ADMIN_PASSWORD' : await hashPassword(adminPassword),
        role: 'operator',
      },
      { name: 'demo-admin', password: 'env:DEMO_ADMIN_PASSWORD', role: 'tenant-admin', tenant: 'demo' },
      { name: 'demo-user', password: await hashPassword(userPassword), role: 'user', tenant: 'demo' },
    ],
  }
  await writeHostFile(dataDir, file)
  if (!hasAdminPassword) say(`Sign in as admin with the password ${adminPassword} (shown only now)`)
  if (!environment.DEMO_USER_PASSWORD)
    say(`Sign in as demo-user with the password ${userPassword} (shown only now)`)
  return file
}
