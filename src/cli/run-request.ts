import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import type { RunRequest, Vault } from '../engine/engine.ts'

/** A run that somebody started from a shell; their name on the machine stands in the audit log. */
export function runRequest(vault: Vault): RunRequest {
  return {
    vault,
    runId: randomUUID(),
    startedAt: new Date().toISOString(),
    trigger: 'manual',
    actor: shellUser(),
  }
}

function shellUser(): RunRequest['actor'] {
  const name = loginName()
  return { id: `shell:${name}`, name }
}

/** A user id without an entry among the users is usual in containers. */
function loginName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}
