/**
 * Commits small transactions at a steady rate, as an application does, and says how it fared when asked: commits,
 * worst commit in milliseconds, SQLITE_BUSY errors, since it was asked last.
 */
import Database from 'better-sqlite3'

const [path = '', rate = '2000'] = process.argv.slice(2)
const database = new Database(path, { timeout: 0 })
database.pragma('synchronous = NORMAL')
const insert = database.prepare('INSERT INTO ticks (text) VALUES (?)')
const text = 'x'.repeat(100)
let figures = { commits: 0, worst: 0, busy: 0 }
let began = performance.now()
let due = 0

process.on('message', () => {
  process.send?.({ ...figures, ms: performance.now() - began })
  figures = { commits: 0, worst: 0, busy: 0 }
  began = performance.now()
  due = 0
})
process.on('disconnect', () => process.exit())

/** A tenth of a second's worth at most is made up for, so that a stall shows in the throughput. */
function work(): void {
  const wanted = ((performance.now() - began) / 1000) * Number(rate)
  due = Math.max(due, wanted - Number(rate) / 10)
  for (; due < wanted; due++) commit()
  setTimeout(work, 1)
}

function commit(): void {
  const start = performance.now()
  try {
    insert.run(text)
    figures.commits++
  } catch (error) {
    if ((error as { code?: string }).code?.startsWith('SQLITE_BUSY')) figures.busy++
    else throw error
  }
  figures.worst = Math.max(figures.worst, performance.now() - start)
}

work()
