/** Bytes of UTF-8; what any file system takes, with the ending. */
const maxBytes = 200

/**
 * A database's name as the name of a file: a server allows slashes, control characters and dots at either end in it. Two
 * names may come out alike: which database it is says the manifest.
 */
export function entryNameOf(database: string): string {
  const plain = database
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{N} ._-]/gu, '_')
    .replace(/^[. ]+/, '_')
  let name = ''
  for (const character of plain) {
    if (Buffer.byteLength(name + character) > maxBytes) break
    name += character
  }
  return `${name || '_'}.bak`
}
