/**
 * A program that writes to the database at its first argument as fast as it can: every transaction moves an amount
 * between two accounts, so that their sum never changes, and counts. The other arguments are pragmas. It tells the parent the counter it has committed
 * when it is asked.
 */
import Database from 'better-sqlite3'

const database = new Database(process.argv[2] ?? '', { timeout: 10_000 })
for (const pragma of process.argv.slice(3)) database.pragma(pragma)
const move = database.prepare('UPDATE accounts SET balance = balance + ? WHERE id = ?')
const count = database.prepare('UPDATE counter SET value = value + 1 RETURNING value').pluck()
const note = database.prepare('INSERT INTO notes (text) VALUES (hex(randomblob(200)))')
const prune = database.prepare('DELETE FROM notes WHERE id <= (SELECT max(id) FROM notes) - 2000')
let committed = 0

const transaction = database.transaction(() => {
  const amount = Math.floor(Math.random() * 100)
  const from = 1 + Math.floor(Math.random() * 100)
  move.run(-amount, from)
  move.run(amount, 1 + (from % 100))
  note.run()
  prune.run()
  return count.get() as number
})

process.on('message', () => void process.send?.(committed))
process.on('disconnect', () => process.exit())

function work(): void {
  const until = performance.now() + 5
  while (performance.now() < until) committed = transaction.immediate()
  setImmediate(work)
}
work()
