const overridden = new Set(['PATCH', 'DELETE'])

/**
 * What tus has for clients that can only send POST: the method is the one that `X-HTTP-Method-Override` names. Nothing
 * that only reads becomes a change by it, and no change passes for reading.
 */
export function withMeantMethod(request: Request): Request {
  const meant = request.headers.get('x-http-method-override')?.trim().toUpperCase() ?? ''
  if (request.method !== 'POST' || !overridden.has(meant)) return request
  // Hosts have requests of their own making, which can't be copied as a whole.
  const { url, headers, body, signal } = request
  const init = { method: meant, headers, body, signal, duplex: 'half' }
  return new Request(url, init)
}
