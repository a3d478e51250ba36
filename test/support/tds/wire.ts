import type { Socket } from 'node:net'
import { type Duplex, duplexPair } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { type Message, MessageReader, packets, packetType } from './packets.ts'

/** Key and certificate of a server that encrypts; null for one that refuses to. */
export type Credentials = { readonly key: string; readonly cert: string } | null

/** The first byte of a TLS record, as opposed to that of a packet. */
const isRecord = (chunk: Buffer) => chunk[0]! >= 0x14 && chunk[0]! <= 0x17

/**
 * A server's side of a connection. Up to TDS 7.4 the TLS handshake travels inside PRELOGIN packets, and only what comes
 * after it is TLS as it is elsewhere: the first record outside of a packet is where that begins.
 */
export class Wire {
  readonly #socket: Socket
  readonly #onMessage: (message: Message) => void
  #plain = new MessageReader()
  #secret = new MessageReader()
  #tls: { readonly socket: TLSSocket; readonly records: Duplex } | null = null
  #bare = false

  constructor(socket: Socket, onMessage: (message: Message) => void) {
    this.#socket = socket
    this.#onMessage = onMessage
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
  }

  get encrypted(): boolean {
    return this.#bare
  }

  send(type: number, data: Buffer, options: { readonly last: boolean }): void {
    const bytes = packets(type, data, options)
    if (this.#bare) this.#tls!.socket.write(bytes)
    else this.#socket.write(bytes)
  }

  /** From here on the client shakes hands. */
  startTls({ key, cert }: NonNullable<Credentials>): void {
    const [inside, records] = duplexPair()
    const socket = new TLSSocket(inside as unknown as Socket, {
      isServer: true,
      key,
      cert,
      maxVersion: 'TLSv1.2',
      ALPNProtocols: [],
    })
    socket.on('error', () => this.#socket.destroy())
    socket.on('data', (chunk: Buffer) => this.#deliver(this.#secret, chunk))
    this.#tls = { socket, records }
    this.#wrapRecords(records)
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Once everything was sent. */
  destroySoon(): void {
    this.#tls?.socket.end()
    this.#socket.destroySoon()
  }

  /** A flight of the handshake is one message: the client sends the next one after one answer. */
  #wrapRecords(records: Duplex): void {
    let flight: Buffer[] = []
    records.on('data', (chunk: Buffer) => {
      if (this.#bare) return void this.#socket.write(chunk)
      if (flight.push(chunk) > 1) return
      setImmediate(() => {
        this.#socket.write(packets(packetType.prelogin, Buffer.concat(flight), { last: true }))
        flight = []
      })
    })
  }

  #receive(chunk: Buffer): void {
    if (this.#tls !== null && !this.#bare && this.#plain.atBoundary && isRecord(chunk)) this.#bare = true
    if (this.#bare) this.#tls!.records.write(chunk)
    else this.#deliver(this.#plain, chunk)
  }

  #deliver(reader: MessageReader, chunk: Buffer): void {
    for (const message of reader.push(chunk)) {
      const shaking = this.#tls !== null && !this.#bare
      if (shaking && message.type === packetType.prelogin) this.#tls!.records.write(message.data)
      else this.#onMessage(message)
    }
  }
}
