import type { ArchiveTools } from '../archiving/archive-tools.ts'
import { createArchive } from '../archiving/create-archive.ts'
import { examineArchive } from '../archiving/examine-archive.ts'
import { importArchive } from '../archiving/import-archive.ts'
import { lookIntoArchive } from '../archiving/look-into-archive.ts'
import { restoreArchive } from '../archiving/restore-archive.ts'
import { settleUnpacking } from '../archiving/settle-unpacking.ts'
import { measureAll } from '../archiving/sources.ts'
import { verifyArchive } from '../archiving/verify-archive.ts'
import type { RunTools } from '../runs/run-in-vault.ts'
import { lockFolder } from '../vault/lock.ts'
import { findPlace } from '../vault/place.ts'
import { operations as ofVaults, type Table } from '../worker/operations.ts'
import type { ArchiveOperations, TakeBack } from '../worker/protocol.ts'

/** What is decided where the process begins. */
export type ArchiveParts = Pick<ArchiveTools, 'format' | 'createSource' | 'checkArchive'>

/** Milliseconds that putting a target in order waits for a run which has the folder already. */
const settleWaitMs = 300

/** What each operation does, in the archive process. */
export function archiveOperations(parts: ArchiveParts): Table<keyof ArchiveOperations | 'takeBack'> {
  const withParts = (tools: RunTools) => ({ ...tools, ...parts })
  return {
    archiveMeasure({ sources }, { signal }) {
      const opened = sources.map((config) => ({ config, source: parts.createSource(config) }))
      return measureAll(opened, signal)
    },
    archiveCreate: (request, tools) => createArchive(request, withParts(tools)),
    archiveVerify: (request, tools) => verifyArchive(request, withParts(tools)),
    archiveLook: (input, tools) => lookIntoArchive(input, withParts(tools)),
    archiveImport: (request, tools) => importArchive(request, withParts(tools)),
    archiveExamine: (input, tools) => examineArchive(input, withParts(tools)),
    archiveRestore: (request, tools) => restoreArchive(request, withParts(tools)),
    async takeBack(input, tools) {
      const taken = await ofVaults.takeBack(input, tools)
      await settle(input)
      return taken
    },
  }
}

/** What can't be put in order now, because another run has the folder, is put in order by that run. */
async function settle({ vault, runId }: TakeBack): Promise<void> {
  const place = findPlace(vault)
  if (place === null) return
  const lock = await lockFolder(place, runId, { waitMs: settleWaitMs })
  try {
    settleUnpacking(place)
  } finally {
    lock.release()
  }
}
