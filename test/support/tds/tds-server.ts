import { createServer, type Socket } from 'node:net'
import { type Message, packetBytes, packetType } from './packets.ts'
import { type Login, type Request, readBatch, readEncryption, readLogin, readRpc } from './requests.ts'
import {
  done,
  loginTokens,
  messageToken,
  returnStatus,
  type ServerMessage,
  type Table,
  tableTokens,
} from './tokens.ts'
import { type Credentials, Wire } from './wire.ts'

/** What a statement is answered with, as it goes on. */
export interface Answer {
  say(message: ServerMessage): void
  table(table: Table): void
  /** Cuts the connection without a word. */
  drop(): void
  /** The client has asked to stop, or is gone. */
  readonly signal: AbortSignal
}

/** What works behind the protocol. */
export interface Engine {
  /** Null to let it in, otherwise what it is told. */
  login(login: Login): ServerMessage | null
  execute(request: Request, answer: Answer): Promise<void>
}

export interface TdsServer {
  readonly port: number
  /** How many connections are open. */
  connections(): number
  /** Whether each login so far came over TLS. */
  readonly logins: readonly { readonly encrypted: boolean }[]
  close(): Promise<void>
}

/** Listens on the loopback interface. */
export async function startTdsServer(engine: Engine, credentials: Credentials): Promise<TdsServer> {
  const sockets = new Set<Socket>()
  const logins: { encrypted: boolean }[] = []
  const server = createServer((socket) => {
    sockets.add(socket.setNoDelay(true))
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    new Conversation(socket, engine, credentials, logins)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    connections: () => sockets.size,
    logins,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const encryption = { notSupported: 2, required: 3, on: 1 } as const

class Conversation {
  readonly #wire: Wire
  readonly #engine: Engine
  readonly #credentials: Credentials
  readonly #logins: { encrypted: boolean }[]
  #running: { readonly stop: AbortController; readonly ended: Promise<void> } | null = null

  constructor(socket: Socket, engine: Engine, credentials: Credentials, logins: { encrypted: boolean }[]) {
    this.#engine = engine
    this.#credentials = credentials
    this.#logins = logins
    this.#wire = new Wire(socket, (message) => this.#receive(message))
    socket.on('close', () => this.#running?.stop.abort())
  }

  #receive(message: Message): void {
    try {
      if (message.type === packetType.prelogin) this.#prelogin(message.data)
      else if (message.type === packetType.login) this.#login(readLogin(message.data))
      else if (message.type === packetType.attention) void this.#attention()
      else if (message.type === packetType.rpc) this.#start(readRpc(message.data))
      else if (message.type === packetType.batch) this.#start(readBatch(message.data))
      else throw new Error(`A message of type ${message.type}`)
    } catch (error) {
      this.#answer([
        messageToken({ number: 4002, severity: 16, message: String(error) }),
        done({ failed: true }),
      ])
    }
  }

  #prelogin(data: Buffer): void {
    const asked = readEncryption(data)
    const offered = asked === encryption.on ? encryption.on : encryption.required
    const word = this.#credentials === null ? encryption.notSupported : offered
    this.#answer([preloginOptions(word)])
    if (this.#credentials !== null) this.#wire.startTls(this.#credentials)
  }

  #login(login: Login): void {
    this.#logins.push({ encrypted: this.#wire.encrypted })
    const refusal = this.#engine.login(login)
    if (refusal === null) {
      this.#answer([loginTokens(login.database || 'master', packetBytes)])
    } else {
      this.#answer([messageToken(refusal), done({ failed: true })])
      this.#wire.destroySoon()
    }
  }

  #start(request: Request): void {
    const stop = new AbortController()
    this.#running = { stop, ended: this.#run(request, stop.signal) }
  }

  async #run(request: Request, signal: AbortSignal): Promise<void> {
    const of = request.how === 'rpc' ? 'inProcedure' : 'batch'
    let failed = false
    await this.#engine.execute(request, {
      signal,
      say: (message) => {
        failed ||= message.severity > 10
        this.#send([messageToken(message)], { last: false })
      },
      table: (table) => {
        const more = request.how === 'rpc'
        this.#send([tableTokens(table), done({ of, more, rows: table.rows.length })], { last: false })
      },
      drop: () => this.#wire.destroy(),
    })
    const end =
      request.how === 'rpc'
        ? [returnStatus(failed ? 1 : 0), done({ of: 'procedure', failed })]
        : [done({ failed })]
    this.#answer(end)
    this.#running = null
  }

  /** First what was running comes to its end, then the attention has an answer of its own. */
  async #attention(): Promise<void> {
    this.#running?.stop.abort()
    await this.#running?.ended
    this.#answer([done({ attention: true })])
  }

  #answer(tokens: readonly Buffer[]): void {
    this.#send(tokens, { last: true })
  }

  #send(tokens: readonly Buffer[], options: { readonly last: boolean }): void {
    this.#wire.send(packetType.response, Buffer.concat(tokens), options)
  }
}

/** Version 16.0, the word on encryption, no instance check, no thread, no multiple results. */
function preloginOptions(word: number): Buffer {
  const options: readonly (readonly [number, Buffer])[] = [
    [0, Buffer.from([16, 0, 0x10, 0x55, 0, 0])],
    [1, Buffer.from([word])],
    [2, Buffer.from([0])],
    [3, Buffer.alloc(0)],
    [4, Buffer.from([0])],
  ]
  let at = options.length * 5 + 1
  const heads = options.map(([token, value]) => {
    const head = Buffer.alloc(5)
    head[0] = token
    head.writeUInt16BE(at, 1)
    head.writeUInt16BE(value.length, 3)
    at += value.length
    return head
  })
  return Buffer.concat([...heads, Buffer.from([0xff]), ...options.map(([, value]) => value)])
}
