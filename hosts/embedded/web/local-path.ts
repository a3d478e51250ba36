/** A path on this host, safe to redirect to, or null. Whatever would leave the host is none. */
export function localPath(value: unknown): string | null {
  if (typeof value !== 'string' || !/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(value)) return null
  const url = new URL(value, 'http://host.invalid')
  return url.origin === 'http://host.invalid' && !url.pathname.startsWith('//')
    ? url.pathname + url.search
    : null
}
