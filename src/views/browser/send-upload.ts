import type { Language } from '../model.ts'

type Format = (value: number, language: Language) => string

/**
 * Sends the chosen file by tus 1.0, part after part, with progress. A connection that breaks is waited for; after a
 * reload choosing the same file goes on where it stopped.
 */
export function sendUpload(formatBytes: Format): void {
  const FIRST_PART = 4 * 1024 * 1024
  const LARGEST_PART = 256 * 1024 * 1024
  const QUICK_MS = 10_000
  const SLOW_MS = 40_000
  const MOST_FAILURES = 6
  const MOST_WAIT_MS = 15_000
  const form = document.querySelector<HTMLFormElement>('form[data-upload]')
  const input = form?.querySelector<HTMLInputElement>('input[type="file"]')
  const bar = form?.querySelector<HTMLProgressElement>('[data-upload-bar]')
  const status = form?.querySelector<HTMLElement>('[data-upload-status]')
  const cancel = form?.querySelector<HTMLButtonElement>('[data-upload-cancel]')
  const submit = form?.querySelector<HTMLButtonElement>('button[type="submit"]')
  if (!form || !input || !bar || !status || !cancel || !submit) return
  const words = form.dataset
  const language: Language = document.documentElement.lang === 'de' ? 'de' : 'en'
  const tus = { 'tus-resumable': '1.0.0', accept: 'application/json' }
  const known = new Map<string, string>()
  let request: XMLHttpRequest | null = null
  let current: string | null = null
  let stopping = false

  const keyOf = (name: string, size: string, fingerprint: string) => [name, size, fingerprint].join('\n')
  const keyOfFile = (file: File) => keyOf(file.name, String(file.size), String(file.lastModified))
  const encode = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)))
  const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
  const say = (text: string) => {
    status.textContent = text
  }

  const show = (done: number, total: number) => {
    bar.max = Math.max(1, total)
    bar.value = done
    const text = (words.sending ?? '')
      .replace('{done}', formatBytes(done, language))
      .replace('{total}', formatBytes(total, language))
    if (status.textContent !== text) say(text)
  }

  class Refused extends Error {}

  /** What the server says against it; null when trying again may help. */
  const refusal = (code: number, text: string): Refused | null => {
    if (code === 409 || code === 423 || code >= 500 || code === 0) return null
    try {
      const { detail, hint } = JSON.parse(text) as { detail?: string; hint?: string }
      return new Refused([detail, hint].filter(Boolean).join(' '))
    } catch {
      return new Refused(String(code))
    }
  }

  const begin = async (file: File): Promise<string> => {
    const metadata: Record<string, string> = {
      filename: file.name,
      fingerprint: String(file.lastModified),
    }
    for (const name of ['tenant', 'database']) {
      const value = String(new FormData(form).get(name) ?? '')
      if (value) metadata[name] = value
    }
    const answer = await fetch(form.action, {
      method: 'POST',
      headers: {
        ...tus,
        'upload-length': String(file.size),
        'upload-metadata': Object.entries(metadata)
          .map(([key, value]) => `${key} ${encode(value)}`)
          .join(','),
      },
    })
    const location = answer.headers.get('location')
    if (answer.status === 201 && location) return new URL(location, form.action).href
    throw refusal(answer.status === 409 ? 400 : answer.status, await answer.text()) ?? new Error('begin')
  }

  /** Null when it is gone. */
  const offsetOf = async (href: string): Promise<number | null> => {
    const answer = await fetch(href, { method: 'HEAD', headers: tus })
    if (answer.status === 404 || answer.status === 410) return null
    const offset = Number(answer.headers.get('upload-offset') ?? Number.NaN)
    if (!answer.ok || Number.isNaN(offset)) throw new Error('offset')
    return offset
  }

  const send = (href: string, file: File, from: number, to: number) =>
    new Promise<number>((resolve, reject) => {
      const sending = new XMLHttpRequest()
      request = sending
      sending.open('PATCH', href)
      for (const [name, value] of Object.entries(tus)) sending.setRequestHeader(name, value)
      sending.setRequestHeader('content-type', 'application/offset+octet-stream')
      sending.setRequestHeader('upload-offset', String(from))
      sending.upload.onprogress = ({ loaded }) => show(from + loaded, file.size)
      sending.onload = () => {
        const offset = Number(sending.getResponseHeader('upload-offset') ?? Number.NaN)
        if (sending.status === 204 && !Number.isNaN(offset)) resolve(offset)
        else reject(refusal(sending.status, sending.responseText) ?? new Error('part'))
      }
      sending.onerror = () => reject(new Error('connection'))
      sending.onabort = () => reject(new Error('aborted'))
      sending.send(file.slice(from, to))
    })

  /** All parts from where it stands; the larger the faster they go. True when the file is there. */
  const sendAll = async (file: File): Promise<boolean> => {
    let part = FIRST_PART
    let failures = 0
    while (!stopping) {
      try {
        current ??= known.get(keyOfFile(file)) ?? (await begin(file))
        known.set(keyOfFile(file), current)
        let offset = await offsetOf(current)
        if (offset === null) {
          known.delete(keyOfFile(file))
          current = null
          if (++failures > MOST_FAILURES) return false
          continue
        }
        show(offset, file.size)
        while (offset < file.size && !stopping) {
          const began = performance.now()
          offset = await send(current, file, offset, Math.min(file.size, offset + part))
          failures = 0
          const took = performance.now() - began
          if (took < QUICK_MS) part = Math.min(LARGEST_PART, part * 2)
          if (took > SLOW_MS) part = Math.max(FIRST_PART, part / 2)
        }
        if (offset >= file.size) return true
      } catch (error) {
        if (error instanceof Refused || stopping) throw error
        if (++failures > MOST_FAILURES) return false
        say(words.waiting ?? '')
        await wait(Math.min(MOST_WAIT_MS, 500 * 2 ** failures))
      }
    }
    return false
  }

  const working = (on: boolean) => {
    bar.hidden = !on
    cancel.hidden = !on
    submit.disabled = on
    input.disabled = on
  }

  const start = async (file: File) => {
    stopping = false
    current = null
    working(true)
    try {
      if (await sendAll(file)) {
        location.assign(words.done ?? '')
        return
      }
      say((stopping ? words.cancelled : words.stopped) ?? '')
    } catch (error) {
      say(stopping ? (words.cancelled ?? '') : error instanceof Error ? error.message : '')
    }
    working(false)
  }

  const remove = async (href: string) => {
    for (let tries = 0; tries < MOST_FAILURES; tries++) {
      const answer = await fetch(href, { method: 'DELETE', headers: tus }).catch(() => null)
      if (answer && answer.status !== 423) return
      await wait(300)
    }
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    event.stopPropagation()
    const file = input.files?.[0]
    if (file) void start(file)
    else say(words.none ?? '')
  })
  cancel.addEventListener('click', () => {
    stopping = true
    request?.abort()
    for (const [key, href] of known) if (href === current) known.delete(key)
    if (current) void remove(current)
  })
  const list = document.querySelector<HTMLElement>('[data-open-uploads]')
  if (!list) return
  list.hidden = false
  for (const item of list.querySelectorAll<HTMLElement>('[data-href]')) {
    const { href = '', name = '', size = '', fingerprint = '' } = item.dataset
    const key = keyOf(name, size, fingerprint)
    known.set(key, new URL(href, form.action).href)
    item.querySelector('[data-upload-remove]')?.addEventListener('click', async () => {
      known.delete(key)
      await remove(href)
      item.remove()
      if (!list.querySelector('[data-href]')) list.hidden = true
      input.focus()
    })
  }
}
