import { BackupError } from '../../engine/errors.ts'
import type { LiveRun } from '../../service/active-run.ts'
import type { SystemParts } from './parts.ts'

/** A run of whichever profile, in flight or ended. Throws `not-found`. */
export async function findRun(
  { profiles, board, ofProfile }: Pick<SystemParts, 'profiles' | 'board' | 'ofProfile'>,
  id: string,
): Promise<{ readonly profile: string; readonly run: LiveRun }> {
  const ids = await profiles.ids()
  for (const profile of ids) {
    const active = board.active(profile)?.run
    if (active?.id === id) return { profile, run: active }
  }
  for (const profile of ids) {
    const run = await ofProfile.run(profile, id).catch(() => null)
    if (run) return { profile, run }
  }
  throw new BackupError('not-found', 'There is no such run.', {
    hint: 'The logs keep the last 400 of a profile.',
  })
}
