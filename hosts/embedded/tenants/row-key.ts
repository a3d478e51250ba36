type KeyValue = string | number | bigint | null | Buffer

/** JSON, with whole numbers as `{"i":"..."}` and bytes as `{"b":"..."}` so that nothing is lost on the way. */
export function keyText(values: readonly unknown[]): string {
  const [only] = values
  if (values.length === 1 && typeof only === 'bigint') return String(only)
  return JSON.stringify(
    values.map((value) =>
      typeof value === 'bigint'
        ? { i: String(value) }
        : Buffer.isBuffer(value)
          ? { b: value.toString('base64') }
          : value,
    ),
  )
}

/** Empty for a text that is no key. */
export function parseKey(text: string): KeyValue[] {
  if (/^-?\d{1,19}$/.test(text)) return [BigInt(text)]
  try {
    const values: unknown = JSON.parse(text)
    return Array.isArray(values) ? values.map(keyValue) : []
  } catch {
    return []
  }
}

function keyValue(value: unknown): KeyValue {
  if (typeof value === 'string' || typeof value === 'number') return value
  const { i, b } = (value ?? {}) as { i?: unknown; b?: unknown }
  if (typeof i === 'string' && /^-?\d{1,19}$/.test(i)) return BigInt(i)
  return typeof b === 'string' ? Buffer.from(b, 'base64') : null
}
