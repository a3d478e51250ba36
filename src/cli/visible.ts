/**
 * Text from files and arguments as a terminal may show it: what would move the cursor, colour or reorder the line, or
 * be seen by nobody is written as `\u{...}`.
 */
export function visible(text: string): string {
  return text.replaceAll(
    /[\p{C}\u2028\u2029]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  )
}

/** JSON over several lines whose strings keep their value and are harmless on a terminal. */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll(/(?!\n)[\p{C}\u2028\u2029]/gu, escaped)
}

function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
}
