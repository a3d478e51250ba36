import { join } from 'node:path'
import { quoted } from '../restore-command.ts'
import type { ProfileSite } from './profile-sites.ts'

/** What makes a profile's archive without the host. */
export function profileCommand(profileId: string): string {
  return `automate-backup create --profile ${quoted(profileId)} --config FILE`
}

/** What puts an archive back on the machine itself. */
export function archiveCommand({ vault }: ProfileSite, name: string): string {
  return `automate-backup restore ${quoted(join(vault.folder, name))} --config FILE`
}
