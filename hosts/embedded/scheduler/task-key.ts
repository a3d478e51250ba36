/** One task in a map: its type and its scope. Type ids hold no space. */
export function keyOf(typeId: string, scope: string): string {
  return `${typeId} ${scope}`
}

export function splitKey(key: string): [typeId: string, scope: string] {
  const at = key.indexOf(' ')
  return [key.slice(0, at), key.slice(at + 1)]
}
