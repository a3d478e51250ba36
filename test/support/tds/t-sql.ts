/** As much of T-SQL's grammar as the statements of backups have. Variables are put in while reading. */

export class SyntaxProblem extends Error {
  readonly number: number
  constructor(number: number, message: string) {
    super(message)
    this.number = number
  }
}

type Variables = Readonly<Record<string, string>>

/** Pieces between `separator` at the top level: not within brackets, quotes or a name in square brackets. */
export function splitTop(text: string, separator: RegExp): readonly string[] {
  const pieces: string[] = []
  let [depth, from, at] = [0, 0, 0]
  while (at < text.length) {
    const quoted = /^(?:N?'(?:[^']|'')*'|\[(?:[^\]]|\]\])*\])/.exec(text.slice(at))
    const found = depth === 0 ? new RegExp(`^(?:${separator.source})`, 'i').exec(text.slice(at)) : null
    if (quoted !== null) at += quoted[0].length
    else if (found !== null) {
      pieces.push(text.slice(from, at))
      at += found[0].length
      from = at
    } else {
      if (text[at] === '(') depth++
      if (text[at] === ')') depth--
      at++
    }
  }
  return [...pieces, text.slice(from)].map((piece) => piece.trim())
}

const namePattern = String.raw`\[(?:[^\]]|\]\])+\]|@\w+|[A-Za-z_]\w*`
const textPattern = String.raw`N?'(?:[^']|'')*'|@\w+`

/** Fills a template: `<name>` and `<text>` are taken out, blanks stand for any white space. */
export function match(text: string, template: string, variables: Variables): readonly string[] | null {
  const source = template
    .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll(' ', '\\s+')
    .replaceAll('<name>', `(${namePattern})`)
    .replaceAll('<text>', `(${textPattern})`)
    .replaceAll('<rest>', '([\\s\\S]*)')
  const found = new RegExp(`^\\s*${source}\\s*;?\\s*$`, 'i').exec(text)
  return found === null ? null : found.slice(1).map((piece) => plain(piece, variables))
}

function plain(piece: string, variables: Variables): string {
  if (piece.startsWith('@') && /^@\w+$/.test(piece)) {
    const value = variables[piece.slice(1)]
    if (value === undefined) throw new SyntaxProblem(137, `Must declare the scalar variable "${piece}".`)
    return value
  }
  if (/^\[[\s\S]*\]$/.test(piece)) return piece.slice(1, -1).replaceAll(']]', ']')
  const text = /^N?'([\s\S]*)'$/.exec(piece)
  return text === null ? piece : text[1]!.replaceAll("''", "'")
}

export interface Options {
  readonly flags: ReadonlySet<string>
  readonly moves: readonly { readonly from: string; readonly to: string }[]
}

/** What follows WITH. `allowed` are those that Microsoft documents for the statement. */
export function readOptions(
  text: string,
  statement: string,
  allowed: readonly string[],
  variables: Variables,
): Options {
  const flags = new Set<string>()
  const moves: { from: string; to: string }[] = []
  for (const option of splitTop(text, /,/)) {
    const move = match(option, 'MOVE <text> TO <text>', variables)
    const [flag] = /^[A-Z_]+(?:\s*=\s*\d+)?$/.exec(option) ?? []
    const word = flag?.replace(/\s*=.*/, '') ?? option.split(/\s/)[0]!
    if (!allowed.includes(move === null ? word : 'MOVE'))
      throw new SyntaxProblem(155, `'${word}' is not a recognized ${statement} option.`)
    if (move !== null) moves.push({ from: move[0]!, to: move[1]! })
    else flags.add(word)
  }
  return { flags, moves }
}

/** `SELECT expression AS name, ... FROM table AS alias [WHERE condition]`. */
export interface Select {
  readonly columns: readonly { readonly name: string; readonly expression: string }[]
  readonly from: string | null
  readonly where: string | null
}

export function readSelect(text: string): Select | null {
  if (!/^\s*SELECT\s/i.test(text)) return null
  const [list, rest] = splitTop(text.replace(/^\s*SELECT\s+/i, ''), /\bFROM\b/)
  const [from, where] = rest === undefined ? [null, null] : splitTop(rest, /\bWHERE\b/)
  const columns = splitTop(list!, /,/).map((column) => {
    const [expression, name] = splitTop(column, /\sAS\s/)
    return { expression: expression!.replaceAll(/\s+/g, ' '), name: name ?? '' }
  })
  return { columns, from: from?.replaceAll(/\s+/g, ' ') ?? null, where: where ?? null }
}
