import { BackupError } from '../../errors.ts'
import { codeOf } from '../../failure.ts'

/** The server could not be talked to, or not in the way that the connection string asks for. */
export function unreachable(error: unknown, { server }: { readonly server: string }): BackupError {
  const why = reasonFor(error)
  return new BackupError(why.code, `The SQL Server ${server} ${why.text}`, {
    hint: why.hint,
    details: { server, ...(why.said === undefined ? {} : { said: why.said }) },
  })
}

interface Reason {
  readonly code: 'server-unreachable' | 'server-refused'
  readonly text: string
  readonly hint: string
  readonly said?: string
}

function reasonFor(error: unknown): Reason {
  const code = codeOf(error)
  if (code === 'EENCRYPT') {
    return {
      code: 'server-refused',
      text: 'does not encrypt connections, so nothing was sent to it, the password neither',
      hint: 'Set up encryption on the server. "Encrypt=false" in the connection string does without, and shows the password to the network.',
    }
  }
  if (code === 'ELOGIN') {
    const said = messageOf(error)
    return {
      code: 'server-refused',
      text: `did not let this program in: ${said}`,
      hint: 'Check user and password of the connection. The server’s own log has the exact cause.',
      said,
    }
  }
  const certificate = certificateProblem(error)
  if (certificate !== null) {
    return {
      code: 'server-refused',
      text: `has a certificate that can’t be trusted (${certificate})`,
      hint: 'Give the server a certificate from an authority that this machine trusts, or name yours in NODE_EXTRA_CA_CERTS. "TrustServerCertificate=true" in the connection string does without the check.',
      said: certificate,
    }
  }
  const system = systemCode(error) ?? (code === 'ETIMEOUT' ? 'no answer in time' : 'the connection was lost')
  return {
    code: 'server-unreachable',
    text: `can’t be reached: ${system}`,
    hint: 'Check that it runs, listens on TCP, and that name, port and firewall let this machine through.',
    said: system,
  }
}

const certificateCodes =
  /\b(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)\b/

function certificateProblem(error: unknown): string | null {
  return codesWithin(error).find((code) => certificateCodes.test(code)) ?? null
}

/** `ECONNREFUSED` and the like; the driver wraps it several times. */
function systemCode(error: unknown): string | null {
  return codesWithin(error).find((code) => /^(E[A-Z]{4,}|EAI_\w+)$/.test(code) && !ownCodes.has(code)) ?? null
}

/** The driver's, which say nothing. */
const ownCodes = new Set([
  'ESOCKET',
  'ETIMEOUT',
  'EREQUEST',
  'ECLOSE',
  'EINVALIDSTATE',
  'ECANCEL',
  'ECONNCLOSED',
])

function codesWithin(error: unknown, depth = 0): readonly string[] {
  if (!(error instanceof Error) || depth > 5) return []
  const { originalError, errors, cause } = error as Error & {
    readonly originalError?: unknown
    readonly errors?: readonly unknown[]
  }
  const within = [originalError, cause, ...(Array.isArray(errors) ? errors : [])]
  return [codeOf(error), ...within.flatMap((one) => codesWithin(one, depth + 1))].filter(
    (code) => code !== '',
  )
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : '').slice(0, 300)
