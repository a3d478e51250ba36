/** What the editor in a browser does, without a browser: it holds the token, and exchanges it for the page's session. */
export class EditorSession {
  readonly #address: string
  #token: string | null = null
  #cookies = new Map<string, string>()

  /** Of the admin root, without a trailing slash. */
  constructor(address: string) {
    this.#address = address
  }

  get token(): string | null {
    return this.#token
  }

  /** Signs in to the editor, and opens a session of the page. */
  async signIn(username: string, password = 'secret'): Promise<void> {
    const form = { client_id: 'node-red-editor', grant_type: 'password', scope: '', username, password }
    const answer = await fetch(`${this.#address}/auth/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    })
    if (!answer.ok) throw new Error(`Signing in answered ${answer.status}`)
    this.#token = ((await answer.json()) as { access_token: string }).access_token
    await this.openPage()
  }

  async openPage(next = '/', language = ''): Promise<Response> {
    const { ticket } = (await (await this.own('/ticket', { language })).json()) as { ticket: string }
    return this.redeem(ticket, next)
  }

  async redeem(ticket: string, next = '/'): Promise<Response> {
    const answer = await fetch(`${this.#address}/automate-plugin-backup/session`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ ticket, next }),
    })
    for (const line of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=')
      this.#cookies.set(name, value)
    }
    return answer
  }

  async signOut(): Promise<void> {
    await this.admin('/auth/revoke', { token: this.#token })
  }

  async choose(tenant: string): Promise<void> {
    const answer = await this.fetch('/automate-plugin-backup/tenant', {
      method: 'POST',
      body: new URLSearchParams({ tenant, next: '/' }),
    })
    if (answer.status !== 303) throw new Error(`Choosing answered ${answer.status}`)
  }

  /** Node-RED's own API, with the token. */
  admin(path: string, body: object): Promise<Response> {
    return fetch(this.#address + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.#authorization() },
      body: JSON.stringify(body),
    })
  }

  /** The adapter's addresses that the editor calls, with the token. */
  own(path: string, form: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(`${this.#address}/automate-plugin-backup${path}`, {
      method: 'POST',
      headers: this.#authorization(),
      body: new URLSearchParams(form),
    })
  }

  /** A page, with the session's cookie and without the token. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    if (cookie !== '') headers.set('cookie', cookie)
    return fetch(this.#address + path, { redirect: 'manual', ...init, headers })
  }

  #authorization(): Readonly<Record<string, string>> {
    return this.#token === null ? {} : { authorization: `Bearer ${this.#token}` }
  }
}
