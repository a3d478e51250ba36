/** Longest path of an entry, in bytes of UTF-8: what Linux opens in one call. */
const maxPathBytes = 4096

/**
 * Why a path can't be that of an archive's entry; null when it can. Such a path stays below the folder that it is
 * joined to, on every system and however it is split, and comes out of the archive as it went in.
 */
export function pathProblem(path: string): string | null {
  if (path === '') return 'it is empty'
  if (/\p{Cs}/u.test(path)) return 'it is no text'
  if (Buffer.byteLength(path) > maxPathBytes) return `it is longer than ${maxPathBytes} bytes`
  if (path.includes('\0')) return 'it has a null byte'
  if (path.includes('\\')) return 'it has a backslash'
  if (path.startsWith('/')) return 'it is absolute'
  if (/^[a-z]:/i.test(path)) return 'it names a drive'
  const parts = path.split('/')
  if (parts.includes('..')) return 'it climbs out of its folder'
  if (parts.includes('.') || parts.includes('')) return 'it has an empty part'
  return null
}

/** Which paths an archive has: each once, and nothing beneath what is no folder. */
export class EntryPaths {
  /** `implied` is a folder that only shows in the paths of others. */
  readonly #known = new Map<string, 'folder' | 'implied' | 'leaf'>()

  /** Why it can't be added; null when it was. */
  claim(path: string, isFolder: boolean): string | null {
    const before = this.#known.get(path)
    if (before !== undefined && !(isFolder && before === 'implied'))
      return 'there is another of the same path'
    const above = ancestors(path)
    if (above.some((folder) => this.#known.get(folder) === 'leaf')) return 'it lies beneath what is no folder'
    for (const folder of above) if (!this.#known.has(folder)) this.#known.set(folder, 'implied')
    this.#known.set(path, isFolder ? 'folder' : 'leaf')
    return null
  }

  /** It did not come to be. */
  release(path: string): void {
    if (this.#known.get(path) === 'folder') this.#known.set(path, 'implied')
    else this.#known.delete(path)
  }
}

function ancestors(path: string): string[] {
  const found: string[] = []
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1))
    found.push(path.slice(0, at))
  return found
}
