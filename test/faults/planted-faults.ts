import type { CreateRequest, Vault } from '../../src/engine/engine.ts'
import { keepAll } from '../support/tenant.ts'
import {
  acknowledge,
  create,
  createAfterClockJump,
  firstCreateElsewhere,
  firstNoteElsewhere,
  noteSchedule,
  protect,
  remove,
  type Scenario,
} from './scenarios.ts'

/** One piece of source text of the engine and what a bad engineer would have written instead. */
export interface Edit {
  readonly file: string
  readonly from: string
  readonly to: string
}

export interface PlantedFault {
  readonly title: string
  readonly edits: readonly Edit[]
  /** What brings it to light. */
  readonly shownBy:
    | 'kills'
    | 'errors'
    | 'power cuts'
    | 'a normal run'
    | 'a writer in mid-run'
    | 'a kill and a power cut'
  readonly scenario: Scenario
}

/** Keeps the newest one only. */
const tight: Scenario<'create'> = {
  ...create,
  mayGo: ({ scheduled }) => scheduled,
  arguments: (vault) => ({ ...requestIn(vault), retention: { ...keepAll, maxCount: 1 } }),
}

/** Removes nothing, so that no sync of a removal makes up for a missing one. */
const lax: Scenario<'create'> = {
  ...create,
  mayGo: () => [],
  arguments: (vault) => ({ ...requestIn(vault), retention: keepAll }),
}

const requestIn = (vault: Vault): CreateRequest =>
  create.arguments(vault, { scheduled: ['', '', ''], manual: '' })

const any = (scenario: unknown) => scenario as Scenario

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: it is source text that is looked for.
export const plantedFaults: readonly PlantedFault[] = [
  {
    title: 'no sync of the sidecar',
    edits: [
      {
        file: 'vault/files.ts',
        from: '    writeFileSync(fd, text)\n    fsyncSync(fd)',
        to: '    writeFileSync(fd, text)',
      },
    ],
    shownBy: 'power cuts',
    scenario: any(create),
  },
  {
    title: 'no sync of the data',
    edits: [{ file: 'sources/sqlite/copy.ts', from: 'await syncFile(copy)', to: '' }],
    shownBy: 'power cuts',
    scenario: any(create),
  },
  {
    title: 'no sync of the folder after the commit point',
    edits: [
      {
        file: 'vault/publish.ts',
        from: 'moveWithoutReplacing(staged.path, join(place.folder, name))\n    syncFolder(place.folder)',
        to: 'moveWithoutReplacing(staged.path, join(place.folder, name))',
      },
    ],
    shownBy: 'power cuts',
    scenario: any(lax),
  },
  {
    title: 'no sync of the folder between data and sidecar of a deletion',
    edits: [
      {
        file: 'vault/publish.ts',
        from: 'unlinkSync(join(place.folder, name))\n    syncFolder(place.folder)',
        to: 'unlinkSync(join(place.folder, name))',
      },
    ],
    shownBy: 'power cuts',
    scenario: any(remove),
  },
  {
    title: 'no sync of the logs',
    edits: [{ file: 'vault/json-lines.ts', from: '      fsyncSync(fd)\n', to: '' }],
    shownBy: 'power cuts',
    scenario: any(noteSchedule),
  },
  {
    title: 'writing to the final name',
    edits: [
      {
        file: 'runs/stage-backup.ts',
        from: 'const path = join(folder, `${taken.length}.copy`)',
        to: "const path = join(context.place.folder, 'main_20260504_999999Z.sqlite')",
      },
    ],
    shownBy: 'kills',
    scenario: any(create),
  },
  {
    title: 'data before sidecar',
    edits: [
      {
        file: 'vault/publish.ts',
        from: '    renameSync(sidecar, join(place.folder, sidecarName(name)))\n    syncFolder(place.folder)\n',
        to: '',
      },
      {
        file: 'vault/publish.ts',
        from: 'moveWithoutReplacing(staged.path, join(place.folder, name))\n',
        to: 'moveWithoutReplacing(staged.path, join(place.folder, name))\n    renameSync(sidecar, join(place.folder, sidecarName(name)))\n',
      },
    ],
    shownBy: 'kills',
    scenario: any(create),
  },
  {
    title: 'sidecar before data in a deletion',
    edits: [
      {
        file: 'vault/publish.ts',
        from: '    unlinkSync(join(place.folder, name))\n',
        to: '    removeFile(join(place.folder, sidecarName(name)))\n    unlinkSync(join(place.folder, name))\n',
      },
    ],
    shownBy: 'kills',
    scenario: any(remove),
  },
  {
    title: 'retention before proof',
    edits: [
      {
        file: 'runs/create.ts',
        from: '    const staged = await stageAll(',
        to: '    await applyRetention(request, context.listing, context)\n    const staged = await stageAll(',
      },
    ],
    shownBy: 'errors',
    scenario: any(tight),
  },
  {
    title: 'a copy of the main file alone that integrity_check calls whole',
    edits: [
      { file: 'runs/stage-backup.ts', from: '  checkBinding(database.name, snapshot, examined)\n', to: '' },
      {
        file: 'sources/sqlite/copy-pinned-files.ts',
        from: '  if (!log.checkpointed)\n',
        to: '  if (log.position.frame < 0)\n',
      },
      {
        file: 'sources/sqlite/copy.ts',
        from: '    if (size !== expected)',
        to: '    if (size < 0)',
      },
    ],
    shownBy: 'a normal run',
    scenario: any(create),
  },
  {
    title: 'no pages copied taken for success',
    edits: [
      {
        file: 'sources/sqlite/copy.ts',
        from: '  const progress = await connection',
        to: '  const nothing = { totalPages: 0, remainingPages: 0 }\n  const progress = nothing.totalPages === 0 ? nothing : await connection',
      },
      {
        file: 'sources/sqlite/copy.ts',
        from: 'if (progress.totalPages !== pageCount || progress.remainingPages !== 0)',
        to: 'if (progress.remainingPages !== 0)',
      },
      {
        // Only then a copy is made page by page: as if a writer had left no moment to read the log.
        file: 'sources/sqlite/sqlite-source.ts',
        from: 'const { log, ...commit } = await pin(connection, database, run)',
        to: 'const { log, ...commit } = { ...(await pin(connection, database, run)), log: null as never }',
      },
    ],
    shownBy: 'a normal run',
    scenario: any(create),
  },
  {
    title: 'a lock file that survives its holder',
    edits: [
      {
        file: 'vault/lock.ts',
        from: "    connection.exec('BEGIN EXCLUSIVE')\n",
        to: "    writeFileSync(`${connection.name}-file`, '', { flag: 'wx' })\n",
      },
      {
        file: 'vault/lock.ts',
        from: "if (codeOf(error).startsWith('SQLITE_BUSY'))",
        to: "if (codeOf(error) === 'EEXIST')",
      },
      {
        file: 'vault/lock.ts',
        from: 'return { release: () => void connection.close() }',
        to: 'return { release: () => void (removeFile(`${path}-file`), connection.close()) }',
      },
    ],
    shownBy: 'kills',
    scenario: any(protect),
  },
  {
    title: 'order by the time in the sidecar',
    edits: [
      {
        file: 'plan-retention.ts',
        from: 'return b.sequence - a.sequence || b.backup.createdAt.localeCompare(a.backup.createdAt)',
        to: 'return b.backup.createdAt.localeCompare(a.backup.createdAt)',
      },
    ],
    shownBy: 'a normal run',
    scenario: any(createAfterClockJump),
  },
  {
    title: 'a sidecar that is overwritten in place',
    edits: [
      {
        file: 'vault/files.ts',
        from: '    writeNewFile(temporary, text)\n    renameSync(temporary, target)\n',
        to: '    writeFileSync(target, text)\n',
      },
    ],
    shownBy: 'kills',
    scenario: any(protect),
  },
  {
    title: 'a run that is written down as completed before it is published',
    edits: [
      {
        file: 'runs/run-in-vault.ts',
        from: '    const result = await work(',
        to: '    await journal.end(place, null)\n    const result = await work(',
      },
    ],
    shownBy: 'kills',
    scenario: any(create),
  },
  {
    title: 'a removal that is written down only after it',
    edits: [
      {
        file: 'runs/apply-retention.ts',
        from: 'const written = await tried(() => intend(place, entry))',
        to: 'const written = await tried(async () => {})',
      },
    ],
    shownBy: 'kills',
    scenario: any(remove),
  },
  {
    title: 'staged files that nobody sweeps',
    edits: [
      {
        file: 'vault/publish.ts',
        from: '    for (const name of readdirSync(partial)) removeTree(join(partial, name))\n',
        to: '',
      },
    ],
    shownBy: 'kills',
    scenario: any(create),
  },
  {
    title: 'an error of publishing that is swallowed',
    edits: [
      {
        file: 'vault/publish.ts',
        from: 'throw failureFrom(error, `The backup ${name} could not be published`)',
        to: 'void failureFrom(error, name)',
      },
    ],
    shownBy: 'errors',
    scenario: any(create),
  },
  {
    title: 'a log that was begun anew in mid-copy is kept',
    edits: [
      {
        file: 'sources/sqlite/pin.ts',
        from: 'checkpointed: log <= 0 || checkpointed >= log }',
        to: 'checkpointed: log <= 0 || checkpointed < 0 }',
      },
      {
        file: 'sources/sqlite/apply-log.ts',
        from: "if (header.toString('hex') !== log.header) throw sourceMoved(database, 'its log was begun anew')",
        to: '',
      },
      {
        file: 'sources/sqlite/apply-log.ts',
        from: 'if (sum.toString() !== log.position.checksum)',
        to: "if (sum.toString() === '')",
      },
    ],
    shownBy: 'a writer in mid-run',
    scenario: any(create),
  },
  {
    title: 'a log that was begun anew between the pin and its header is kept',
    edits: [
      {
        file: 'sources/sqlite/pin.ts',
        from: 'checkpointed: log <= 0 || checkpointed >= log }',
        to: 'checkpointed: log <= 0 || checkpointed < 0 }',
      },
      {
        file: 'sources/sqlite/pin.ts',
        from: 'if (before.header !== after.header || before.frame !== after.frame) return null',
        to: '',
      },
    ],
    shownBy: 'a writer in mid-run',
    scenario: any(create),
  },
  {
    title: 'no sync above a folder that was made several levels deep',
    edits: [{ file: 'vault/place.ts', from: '    if (!wasUsed(place)) syncAbove(place)\n', to: '' }],
    shownBy: 'power cuts',
    scenario: any(firstCreateElsewhere),
  },
  {
    title: 'a sync of the parent alone of a folder that was made several levels deep',
    edits: [
      {
        file: 'vault/place.ts',
        from: '    if (!wasUsed(place)) syncAbove(place)\n',
        to: '    syncFolder(dirname(place.folder))\n',
      },
    ],
    shownBy: 'power cuts',
    scenario: any(firstCreateElsewhere),
  },
  {
    title: 'a new log whose name is synced after its first line only',
    edits: [
      {
        file: 'vault/json-lines.ts',
        from: '        syncFolder(place.folder)\n',
        to: '',
      },
      {
        file: 'vault/json-lines.ts',
        from: '      fsyncSync(fd)\n',
        to: '      fsyncSync(fd)\n      if (stats.size === 0) syncFolder(place.folder)\n',
      },
    ],
    shownBy: 'a kill and a power cut',
    scenario: any(firstNoteElsewhere),
  },
  {
    title: 'audit entries that are forgotten when others are handed over',
    edits: [
      { file: 'vault/audit-outbox.ts', from: 'if (!ids.some((id) => entries.has(id))) return', to: '' },
      {
        file: 'vault/audit-outbox.ts',
        from: '.filter(({ id }) => !gone.has(id))',
        to: '.filter(() => false)',
      },
    ],
    shownBy: 'a normal run',
    scenario: any(acknowledge),
  },
  {
    title: 'a copy that still says that it has a log',
    edits: [
      {
        file: 'sources/sqlite/copy.ts',
        from: '    writePieceNow(copy, Buffer.from([rollbackFormat, rollbackFormat]), formatVersionsAt)\n',
        to: '',
      },
    ],
    shownBy: 'a normal run',
    scenario: any(create),
  },
]
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: it is source text that is looked for.
