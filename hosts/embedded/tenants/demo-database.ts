import Database from 'better-sqlite3'
import { writeWhole } from '../../durable/write-whole.ts'

const customers = [
  ['Alpenblick Hotel', 'Garmisch', 'info@alpenblick.example'],
  ['Bäckerei Sommer', 'Bremen', 'laden@sommer.example'],
  ['Fahrrad Kontor', 'Münster', 'service@kontor.example'],
  ['Gärtnerei Lindner', 'Potsdam', 'post@lindner.example'],
  ['Hafenlogistik Nord', 'Rostock', 'dispo@hafen-nord.example'],
  ['Kanzlei Weiß', 'Köln', 'office@weiss.example'],
  ['Malerbetrieb Özdemir', 'Stuttgart', 'auftrag@oezdemir.example'],
  ['Weingut Hartmann', 'Trier', 'keller@hartmann.example'],
] as const

const articles = [
  'Maintenance contract',
  'Support, 10 hours',
  'Scanner',
  'Label printer',
  'Training day',
] as const

/** A small shop, so that there is something to lose and to get back. */
export async function createDemoDatabase(file: string): Promise<void> {
  const database = new Database(':memory:')
  try {
    database.exec(schema)
    database.transaction(() => fill(database))()
    await writeWhole(file, database.serialize())
  } finally {
    database.close()
  }
}

const schema = `
  create table customers (id integer primary key, name text not null, city text not null, email text unique);
  create table invoices (
    id integer primary key, customer_id integer not null references customers (id),
    number text not null unique, issued_on text not null, paid integer not null default 0
  );
  create table invoice_lines (
    id integer primary key, invoice_id integer not null references invoices (id) on delete cascade,
    article text not null, quantity integer not null, price_cents integer not null
  );
  create table tickets (
    id integer primary key, customer_id integer references customers (id),
    subject text not null, opened_at text not null, closed_at text
  );
  create index invoices_by_customer on invoices (customer_id);
  create index lines_by_invoice on invoice_lines (invoice_id);`

function fill(database: Database.Database): void {
  const customer = database.prepare('insert into customers (name, city, email) values (?, ?, ?)')
  const invoice = database.prepare(
    'insert into invoices (customer_id, number, issued_on, paid) values (?, ?, ?, ?)',
  )
  const line = database.prepare(
    'insert into invoice_lines (invoice_id, article, quantity, price_cents) values (?, ?, ?, ?)',
  )
  const ticket = database.prepare(
    'insert into tickets (customer_id, subject, opened_at, closed_at) values (?, ?, ?, ?)',
  )
  for (const row of customers) customer.run(...row)
  for (let i = 0; i < 60; i++) {
    const month = String((i % 12) + 1).padStart(2, '0')
    const number = `2025-${String(i + 1).padStart(4, '0')}`
    const id = invoice.run(
      (i % customers.length) + 1,
      number,
      `2025-${month}-15`,
      i % 4 === 0 ? 0 : 1,
    ).lastInsertRowid
    for (let n = 0; n <= i % 3; n++) line.run(id, articles[(i + n) % articles.length], n + 1, 4900 + 1300 * n)
  }
  for (let i = 0; i < 12; i++) {
    const day = `2025-11-${String(i + 1).padStart(2, '0')}T09:00:00Z`
    ticket.run((i % customers.length) + 1, `Question about invoice ${i + 1}`, day, i % 3 === 0 ? null : day)
  }
}
