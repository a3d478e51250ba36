import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { script } from '../../src/views/browser/script.ts'
import { stylesheet } from '../../src/views/styles/stylesheet.ts'

const policy =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"

export type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

/** Serves rendered pages on the loopback address under the policy that the product sends. */
export class PageServer {
  readonly #server: Server
  readonly #answers = new Map<string, Answer>()
  /** What forms sent, as "POST path body". */
  readonly posts: string[] = []

  constructor() {
    this.#server = createServer((request, response) => void this.#handle(request, response))
  }

  /** `path` without its query. */
  page(path: string, html: string): void {
    this.answer(path, (_request, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.end(html)
    })
  }

  answer(path: string, answer: Answer): void {
    this.#answers.set(path, answer)
  }

  async listen(): Promise<string> {
    this.#asset('page.css', 'text/css', stylesheet)
    this.#asset('page.js', 'text/javascript', script)
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #asset(name: string, type: string, text: string): void {
    this.answer(`/settings/admin/backup/assets/${name}`, (_request, response) => {
      response.setHeader('content-type', `${type}; charset=utf-8`)
      response.end(text)
    })
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    let body = ''
    for await (const chunk of request) body += chunk
    if (request.method === 'POST') this.posts.push(`POST ${path} ${body}`)
    response.setHeader('content-security-policy', policy)
    const answer = this.#answers.get(path)
    if (answer) answer(request, response, body)
    else response.writeHead(404).end()
  }
}
