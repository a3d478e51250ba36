import Database from 'better-sqlite3'

/** Tracks of the album that people lose in tests. */
export const albumTracks = 10

/** A shop of records, with artists, albums, tracks and invoices, made like the well-known sample database. */
export function openShop(path: string): void {
  const database = new Database(path)
  database.pragma('journal_mode = WAL')
  database.exec(`
    DROP TABLE IF EXISTS notes;
    CREATE TABLE Artist (ArtistId INTEGER PRIMARY KEY, Name TEXT);
    CREATE TABLE Album (AlbumId INTEGER PRIMARY KEY, Title TEXT, ArtistId INTEGER REFERENCES Artist);
    CREATE TABLE Track (TrackId INTEGER PRIMARY KEY, Name TEXT, AlbumId INTEGER REFERENCES Album, Milliseconds INTEGER);
    CREATE TABLE Invoice (InvoiceId INTEGER PRIMARY KEY, CustomerName TEXT, InvoiceDate DATETIME, Total NUMERIC);
    CREATE TEMP VIEW numbers AS
      WITH RECURSIVE counted(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM counted WHERE value < 300) SELECT value FROM counted;
    INSERT INTO Artist VALUES (1, 'AC/DC'), (2, 'Accept'), (3, 'Aerosmith');
    INSERT INTO Album SELECT value, 'Album ' || value, 1 + value % 3 FROM numbers WHERE value <= 30;
    INSERT INTO Track SELECT value, 'Track ' || value, 1 + (value - 1) / ${albumTracks}, 200000 + value FROM numbers WHERE value <= 300;
    INSERT INTO Invoice SELECT value, 'Customer ' || value, datetime('2026-11-01', '+' || value || ' hours'), 9.9 FROM numbers WHERE value <= 240;
  `)
  database.close()
}
