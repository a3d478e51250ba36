import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** A certificate that signs itself, as a SQL Server makes one when nobody gave it another. PEM. */
export function selfSigned(host: string): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  const name = sequence(set(sequence(oid('2.5.4.3'), utf8(host))))
  const ecdsa = sequence(oid('1.2.840.10045.4.3.2'))
  const body = sequence(
    context(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsa,
    name,
    sequence(time('20200101000000Z'), time('20991231235959Z')),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    context(3, sequence(alternativeName(host))),
  )
  const signature = sign('sha256', body, createPrivateKey(key))
  const der = sequence(body, ecdsa, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])))
  return { key, cert: pem(der) }
}

/** For messages of a client that names what it distrusts. */
export const fingerprintOf = (cert: string): string =>
  createHash('sha256')
    .update(Buffer.from(cert.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64'))
    .digest('hex')

function alternativeName(host: string): Buffer {
  return sequence(oid('2.5.29.17'), tagged(0x04, sequence(tagged(0x82, Buffer.from(host)))))
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content.length)]), content])
}

function lengthOf(length: number): readonly number[] {
  if (length < 0x80) return [length]
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
}

const sequence = (...parts: readonly Buffer[]) => tagged(0x30, ...parts)
const set = (...parts: readonly Buffer[]) => tagged(0x31, ...parts)
const context = (number: number, part: Buffer) => tagged(0xa0 + number, part)
const integer = (bytes: Buffer) => tagged(0x02, bytes)
const utf8 = (text: string) => tagged(0x0c, Buffer.from(text))
const time = (text: string) => tagged(0x18, Buffer.from(text))

function oid(dotted: string): Buffer {
  const [first, second, ...rest] = dotted.split('.').map(Number)
  return tagged(0x06, Buffer.from([first! * 40 + second!, ...rest.flatMap(base128)]))
}

function base128(value: number): readonly number[] {
  const digits = [value & 0x7f]
  for (let left = value >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80)
  return digits
}
