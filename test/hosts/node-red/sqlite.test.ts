import { readFileSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FlowNode, inject, tenant } from '../../support/node-red/flows.ts'
import { sqliteNodeMissing } from '../../support/node-red/installation.ts'
import { NodeRedProcess } from '../../support/node-red/node-red-process.ts'
import { useNodeRed } from '../../support/node-red/use-node-red.ts'

const backups = Number(process.env.NODE_RED_BACKUPS ?? 50)
const json = { accept: 'application/json' }
const tab = 'f000000000000001'
const task = 'f000000000000002'
const data = 'f000000000000003'
/** Reads the database like any file, in Node-RED's process. */
const careless = 'f00000000000000b'

/** Moves an amount between two of a hundred accounts: their sum never changes. The sqlite node's answer comes back. */
const transaction = `
const from = 1 + Math.floor(Math.random() * 100), to = 1 + (from % 100), amount = Math.floor(Math.random() * 100);
msg.topic = 'BEGIN IMMEDIATE;' +
  'UPDATE accounts SET balance = balance - ' + amount + ' WHERE id = ' + from + ';' +
  'UPDATE accounts SET balance = balance + ' + amount + ' WHERE id = ' + to + ';' +
  'INSERT INTO notes (text) VALUES (hex(randomblob(200)));' +
  'UPDATE counter SET value = value + 1; COMMIT';
return msg;`

const flows: readonly FlowNode[] = [
  { id: tab, type: 'tab', label: 'Writer' },
  tenant(data),
  inject('f000000000000004', tab, task),
  { id: task, type: 'backup', z: tab, tenant: data, wires: [['f000000000000009'], ['f000000000000009']] },
  { id: 'f000000000000009', type: 'debug', z: tab, active: true, console: true, complete: 'payload' },
  inject('f000000000000005', tab, 'f000000000000006', { once: true }),
  {
    id: 'f000000000000006',
    type: 'function',
    z: tab,
    func: transaction,
    outputs: 1,
    wires: [['f000000000000007']],
  },
  {
    id: 'f000000000000007',
    type: 'sqlite',
    z: tab,
    mydb: 'f000000000000008',
    sqlquery: 'batch',
    sql: '',
    wires: [['f000000000000006']],
  },
  { id: 'f000000000000008', type: 'sqlitedb', db: '', mode: 'RW' },
  inject(careless, tab, 'f00000000000000a'),
  { id: 'f00000000000000a', type: 'file in', z: tab, filenameType: 'str', format: '', wires: [[]] },
]

let red: NodeRedProcess

describe('a Node-RED whose flows write through node-red-node-sqlite meanwhile', () => {
  useNodeRed(sqliteNodeMissing)
  beforeAll(async () => {
    if (sqliteNodeMissing) return
    red = await NodeRedProcess.start({ flows: [{ id: tab, type: 'tab', label: 'Empty' }] })
    await red.stop()
    const database = new Database(red.database())
    database.exec(`
      CREATE TABLE accounts (id INTEGER PRIMARY KEY, balance INTEGER);
      CREATE TABLE counter (value INTEGER);
      INSERT INTO counter VALUES (0);`)
    const add = database.prepare('INSERT INTO accounts (balance) VALUES (1000)')
    for (let count = 0; count < 100; count++) add.run()
    database.close()
    await writeFlows(red)
    await red.start()
  }, 120_000)
  afterAll(() => red?.end())

  it(`makes ${backups} backups, each one committed moment, and Node-RED loses no lock by it`, async () => {
    await expect.poll(written, { timeout: 30_000 }).toBeGreaterThan(0)
    const held = await locksHeld()
    expect(held).toEqual([
      expect.stringMatching(/^database READ/),
      expect.stringMatching(/^database-shm READ 128-128/),
    ])
    let last = 0
    for (let made = 0; made < backups; made++) {
      const before = written()
      const name = await backUp()
      const after = written()
      const found = read(join(red.userDir, 'data/backups', name))
      expect(found).toMatchObject({ whole: 'ok', sum: 100_000 })
      expect(found.counter).toBeGreaterThanOrEqual(before)
      expect(found.counter).toBeLessThanOrEqual(after)
      last = found.counter
    }
    expect(await locksHeld()).toEqual(held)
    await expect.poll(written).toBeGreaterThan(last)
    expect(await red.log()).not.toMatch(/SQLITE_|\[error\]/)
  }, 300_000)

  it('would show a lost lock: reading the file in that process, as a copy there would, loses one', async () => {
    const held = await locksHeld()
    await fetch(`${red.address}/inject/${careless}`, { method: 'POST' })
    await expect.poll(locksHeld, { timeout: 20_000 }).not.toEqual(held)
  })
})

/** With the database's path, which wasn't known before. */
async function writeFlows({ userDir }: NodeRedProcess): Promise<void> {
  const paths: Readonly<Record<string, object>> = {
    sqlitedb: { db: red.database() },
    'file in': { filename: red.database() },
  }
  const real = flows.map((node) => ({ ...node, ...paths[node.type] }))
  await writeFile(join(userDir, 'flows.json'), JSON.stringify(real))
}

/** One by the page, as fast as they follow each other. */
async function backUp(): Promise<string> {
  const page = `${red.address}/settings/admin/backup`
  const started = await fetch(`${page}/create`, { method: 'POST', headers: json })
  expect(started.status).toBe(202)
  const { run } = (await started.json()) as { run: { id: string } }
  for (;;) {
    const answer = (await (await fetch(`${page}/runs/${run.id}`, { headers: json })).json()) as {
      run: { status: string; backups: string[]; error: unknown }
    }
    const { status, backups, error } = answer.run
    if (status === 'completed') return backups[0] ?? ''
    expect([status, error]).toEqual([expect.stringMatching(/queued|running/), null])
  }
}

/** By a connection of this process, which is not Node-RED's. */
function written(): number {
  const database = new Database(red.database(), { readonly: true })
  try {
    return database.prepare('SELECT value FROM counter').pluck().get() as number
  } finally {
    database.close()
  }
}

function read(path: string) {
  const copy = new Database(readFileSync(path))
  try {
    return {
      whole: copy.pragma('integrity_check', { simple: true }),
      sum: copy.prepare('SELECT sum(balance) FROM accounts').pluck().get(),
      counter: copy.prepare('SELECT value FROM counter').pluck().get() as number,
    }
  } finally {
    copy.close()
  }
}

/**
 * The locks that Node-RED's connection holds for as long as it is open: a read lock on the database, and one on the
 * byte of its shared memory that says that somebody is there. What a transaction takes comes and goes.
 */
async function locksHeld(): Promise<readonly string[]> {
  const inodes = new Map(
    ['', '-shm'].map((end) => [String(statSync(red.database() + end).ino), `database${end}`]),
  )
  const lasting = new Set<string>()
  for (let looks = 0; looks < 50; looks++) {
    const now = readFileSync('/proc/locks', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
    const own = now
      .filter(([, , , , pid]) => pid === String(red.pid))
      .map(
        ([, , , kind, , place = '', from, to]) =>
          `${inodes.get(place.split(':')[2] ?? '')} ${kind} ${from}-${to}`,
      )
    // Node-RED's own writes need the shared memory's other bytes from time to time.
    for (const lock of own.filter((one) => /^database (READ|WRITE) |^database-shm READ 128-128$/.test(one)))
      lasting.add(lock)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  return [...lasting].sort()
}
