import { createHash, randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

// 16 MiB of memory and about 40 ms a guess.
const cost: ScryptOptions = { N: 16_384, r: 8, p: 1 }
const length = 32

/** A hash for host.json: `scrypt:N:r:p:salt:key`, the last two in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password, salt, cost)
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join(':')
}

/** Takes as long for a wrong password as for the right one. False for a hash that isn't one. */
export async function isHashOf(password: string, stored: string): Promise<boolean> {
  const [, n, r, p, salt, key] = hashPattern.exec(stored) ?? []
  if (salt === undefined || key === undefined) return false
  const parameters = { N: Number(n), r: Number(r), p: Number(p) }
  return isSame(
    await derive(password, Buffer.from(salt, 'base64url'), parameters),
    Buffer.from(key, 'base64url'),
  )
}

/** For a password that is in memory anyway: compares without telling how much of it was right. */
export function digestOf(password: string): Buffer {
  return createHash('sha256').update(password.normalize('NFKC')).digest()
}

export function isSame(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}

/** Bounded, so that nobody can write a hash that takes the host's memory. */
export const hashPattern = /^scrypt:(16384|32768|65536):(8):([1-4]):([\w-]{16,64}):([\w-]{43})$/

/** 20 characters without look-alikes: about 100 bits. */
export function makePassword(): string {
  const letters = 'abcdefghijkmnpqrstuvwxyz23456789'
  const text = Array.from(randomBytes(20), (byte) => letters[byte % letters.length]).join('')
  return text.replace(/(.{5})(?=.)/g, '$1-')
}

function derive(password: string, salt: Buffer, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const text = password.normalize('NFKC')
    scrypt(text, salt, length, { ...options, maxmem: 256 * 1024 * 1024 }, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}
