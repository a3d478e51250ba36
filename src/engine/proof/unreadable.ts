/** What the disk says when it can't give the content of a file back any more. */
const lostCodes = ['EIO', 'SQLITE_IOERR_READ', 'SQLITE_IOERR_SHORT_READ', 'SQLITE_IOERR_CORRUPTFS']

/** SQLite's numbers for the same, and for what says nothing about the file: locks, full memories and disks, limits. */
const environment: Readonly<Record<number, string>> = {
  266: 'SQLITE_IOERR_READ',
  522: 'SQLITE_IOERR_SHORT_READ',
  8458: 'SQLITE_IOERR_CORRUPTFS',
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  7: 'SQLITE_NOMEM',
  10: 'SQLITE_IOERR',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
}

/** Whether content is lost. Every other code of the system and of the disk is an error of that one attempt. */
export const saysLost = (code: string) => lostCodes.includes(code)

/**
 * The error that an integrity check ran into instead of coming to an end, or null when what it found are findings.
 * A page that it could not get it reports like damage, with the reason as a number at the end: "error code=266".
 */
export function errorInFindings(found: readonly string[]): Error | null {
  const codes = found.map(environmentCode)
  // Whatever else it found may follow from that.
  const passing = codes.findIndex((code) => code !== null && !saysLost(code))
  const index = passing >= 0 ? passing : codes.includes(null) ? -1 : 0
  const code = codes[index]
  return code ? Object.assign(new Error(found[index]), { code }) : null
}

function environmentCode(message: string): string | null {
  const number = Number(/error code=(\d+)/.exec(message)?.[1])
  return environment[number] ?? environment[number & 0xff] ?? null
}
