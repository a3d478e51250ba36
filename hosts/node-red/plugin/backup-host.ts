import { activate } from 'automate-plugin-backup'
import { startAdapter } from '../adapter.ts'
import type { Red } from '../red.ts'

/** What Node-RED calls when it loads its plugins, before any flow starts. */
export default async function backup(red: Red): Promise<void> {
  await startAdapter(red, { activate })
}
