export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: unknown
}

const html = 'text/html,application/xhtml+xml,*/*;q=0.8'

/** Talks to a host as a browser or as a program does: keeps its cookie, follows nothing by itself. */
export class Browser {
  readonly #origin: string
  #cookie = ''

  constructor(origin: string) {
    this.#origin = origin
  }

  get cookie(): string {
    return this.#cookie
  }

  async signIn(user: string, password: string): Promise<Answer> {
    return this.post('/login', { user, password })
  }

  /** A page as a browser sees it. */
  page(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('GET', path, { accept: html, ...headers })
  }

  json(path: string): Promise<Answer> {
    return this.send('GET', path, { accept: 'application/json' })
  }

  post(path: string, body: object = {}, headers: Record<string, string> = {}): Promise<Answer> {
    const all = { accept: 'application/json', 'content-type': 'application/json', ...headers }
    return this.send('POST', path, all, JSON.stringify(body))
  }

  /** A form sent by a browser. */
  form(path: string, fields: Record<string, string> | [string, string][] = {}): Promise<Answer> {
    const headers = {
      accept: html,
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
    }
    return this.send('POST', path, headers, new URLSearchParams(fields).toString())
  }

  /** The answer as it comes, for streams. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = {
      ...(init.headers as Record<string, string>),
      ...(this.#cookie ? { cookie: this.#cookie } : {}),
    }
    return fetch(this.#origin + path, { redirect: 'manual', ...init, headers })
  }

  async send(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: string,
  ): Promise<Answer> {
    const response = await this.fetch(path, { method, headers, ...(body === undefined ? {} : { body }) })
    const [cookie] = response.headers.getSetCookie()
    if (cookie !== undefined) this.#cookie = cookie.split(';')[0] ?? ''
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson ? JSON.parse(text) : null,
    }
  }
}
