/**
 * The receiving process: writes what comes on standard input to the end of one file that was made for it, syncs it, and
 * says how long that is now. When its parent dies the input ends, so that what has arrived is kept.
 */
import { writeSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { failureFrom } from '../failure.ts'
import type { Answer, Job } from './job.ts'
import { PartWriter } from './part-writer.ts'

process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
try {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
} catch {
  // Where the system doesn't allow it the work is done all the same.
}
say(await receive(JSON.parse(process.argv[2] ?? '{}') as Job))

async function receive(job: Job): Promise<Answer> {
  let writer: PartWriter | undefined
  try {
    writer = new PartWriter(job)
    for await (const piece of process.stdin) writer.write(piece as Buffer)
    return { offset: writer.close(), error: null }
  } catch (error) {
    const failure = failureFrom(error, 'The upload could not be written').toJSON()
    return { offset: writer?.giveUp() ?? job.offset, error: failure }
  }
}

/** The parent may be gone. */
function say(answer: Answer): void {
  try {
    writeSync(1, JSON.stringify(answer))
  } finally {
    process.exit(0)
  }
}
