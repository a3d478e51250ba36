import type { Backup } from '../backup.ts'
import type { CreateRequest, CreateResult, LiveDatabase } from '../engine.ts'
import { BackupError } from '../errors.ts'
import { failureFrom, reasonOf } from '../failure.ts'
import { readListing } from '../vault/listing.ts'
import { publish, type Staged } from '../vault/publish.ts'
import { publicFields } from '../vault/sidecar.ts'
import type { Warning } from '../warnings.ts'
import { applyRetention } from './apply-retention.ts'
import { comingOf, makeRoom } from './make-room.ts'
import { type RunContext, type RunTools, runInVault } from './run-in-vault.ts'
import { stageBackup } from './stage-backup.ts'

/**
 * Makes one backup per database. All of them are copied and proven before the first is published, so that a cancel
 * leaves all or nothing, unless the disk hangs in the middle of publishing. A database that can't be backed up doesn't keep the others from it, but fails the run.
 */
export function create(request: CreateRequest, tools: RunTools): Promise<CreateResult> {
  const options = {
    kind: 'create',
    expected: request.vault.databases.length,
    patient: request.patient,
  } as const
  return runInVault(request, options, tools, async (context) => {
    const failures: BackupError[] = []
    const healthy = measureAll(request.vault.databases, tools, failures)
    if (healthy.length === 0) throw failures.length > 0 ? joined(failures) : noDatabases()
    const released = await makeRoom(request, comingOf(healthy), context)
    const staged = await stageAll(request, healthy, context, failures)
    const backups = publishAll(staged, context)
    if (failures.length > 0) throw joined(failures)
    const listing = await readListing(context.place)
    const retention = await applyRetention(request, listing, context)
    return {
      backups,
      removed: [...released.removed, ...retention.removed],
      warnings: [...staged.flatMap(({ warnings }) => warnings), ...released.warnings, ...retention.warnings],
    }
  })
}

function measureAll(
  databases: readonly LiveDatabase[],
  tools: RunTools,
  failures: BackupError[],
): readonly LiveDatabase[] {
  return databases.filter((database) => {
    try {
      return tools.source.measure(database) > 0
    } catch (error) {
      failures.push(failureFrom(error, `The database "${database.name}" could not be read`))
      return false
    }
  })
}

type StagedBackup = Staged & { readonly warnings: readonly Warning[] }

async function stageAll(
  request: CreateRequest,
  databases: readonly LiveDatabase[],
  context: RunContext,
  failures: BackupError[],
): Promise<readonly StagedBackup[]> {
  const staged: StagedBackup[] = []
  for (const database of databases) {
    const taken = staged.map(({ sidecar }) => sidecar)
    try {
      staged.push(await stageBackup(request, database, context, taken))
    } catch (error) {
      if (context.tools.signal.aborted) throw reasonOf(context.tools.signal)
      failures.push(failureFrom(error, `The database "${database.name}" could not be backed up`))
    }
  }
  return staged
}

/** The last moment to cancel is before the first of them gets its name. */
function publishAll(
  staged: readonly Staged[],
  { place, tools, published, commit }: RunContext,
): readonly Backup[] {
  if (tools.signal.aborted) throw reasonOf(tools.signal)
  if (staged.length > 0) commit()
  tools.onProgress('publish', null)
  return staged.map((one) => {
    publish(place, one)
    published(one.sidecar.name)
    return publicFields(one.sidecar)
  })
}

/** Every database that failed is named; code and hint are those of the first. */
function joined(failures: readonly BackupError[]): BackupError {
  const [first, ...others] = failures as [BackupError, ...BackupError[]]
  if (others.length === 0) return first
  const { code, hint, details } = first
  return new BackupError(code, failures.map(({ message }) => message).join('; '), {
    hint,
    details,
    cause: first,
  })
}

function noDatabases(): BackupError {
  return new BackupError('source-missing', 'There is no database to back up', {
    hint: 'The application names no database for this tenant. Check its settings.',
  })
}
