/**
 * Shows what the settings would remove while they are being changed. The server renders it: the answer to the form's
 * own Preview button is asked for and its preview, or its list of errors, taken over.
 */
export function previewSettings(): void {
  const PAUSE_MS = 400
  const form = document.querySelector<HTMLFormElement>('form[data-preview]')
  const region = document.querySelector('#preview')
  const button = document.querySelector<HTMLElement>('[data-preview-button]')
  if (!form?.dataset.preview || !region || !button) return
  const url = form.dataset.preview
  let timer: number | undefined
  let asking = new AbortController()

  const ask = async (signal: AbortSignal) => {
    const fields = [...new FormData(form)].map(([name, value]) => [name, String(value)])
    const answer = await fetch(url, {
      method: 'POST',
      headers: { accept: 'text/html' },
      body: new URLSearchParams(fields),
      signal,
    })
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const news = page.querySelector(answer.ok ? '#preview' : '.summary')
    if (!news) throw new Error(`The preview was answered with ${answer.status}`)
    region.replaceChildren(...news.childNodes)
  }

  const changed = () => {
    clearTimeout(timer)
    asking.abort()
    asking = new AbortController()
    const { signal } = asking
    timer = window.setTimeout(() => {
      // Without an answer the button is the way.
      ask(signal).catch(() => {
        if (!signal.aborted) button.hidden = false
      })
    }, PAUSE_MS)
  }

  button.hidden = true
  form.addEventListener('input', changed)
}
