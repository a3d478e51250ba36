/**
 * Commits so many rows to a database in WAL mode, and dies without closing it, so that its log stays as it is. With
 * "restart" the log is brought into the main file and begun anew before, as far as other connections let it.
 */
import Database from 'better-sqlite3'

const [path = '', rows = '0', ...modes] = process.argv.slice(2)
const database = new Database(path, { timeout: 1_000 })
database.pragma('journal_mode = WAL')
database.pragma('wal_autocheckpoint = 0')
if (modes.includes('restart')) database.pragma('wal_checkpoint(RESTART)')
database.exec('CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT)')
const insert = database.prepare('INSERT INTO notes (text) VALUES (?)')
for (let count = 0; count < Number(rows); count++) insert.run(`note ${count} ${'x'.repeat(500)}`)
if (modes.includes('update')) database.exec("UPDATE notes SET text = text || ' changed'")
if (modes.includes('checkpoint')) database.pragma('wal_checkpoint(PASSIVE)')
process.kill(process.pid, 'SIGKILL')
