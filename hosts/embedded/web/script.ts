/** Runs in the browser: while a task runs, brings the list up to date without loading the page again. */
function keepLive(): void {
  const every = 2000
  const update = async (): Promise<void> => {
    const live = document.getElementById('live')
    if (live === null || live.dataset.live !== 'true') return
    const response = await fetch(location.href, { headers: { accept: 'text/html' } }).catch(() => null)
    if (response?.ok && !response.redirected) {
      const page = new DOMParser().parseFromString(await response.text(), 'text/html')
      const fresh = page.getElementById('live')
      // Whoever is about to press a button in it keeps the button.
      if (fresh !== null && !live.contains(document.activeElement)) live.replaceWith(fresh)
    }
    setTimeout(update, every)
  }
  setTimeout(update, every)
}

export const script = `(${keepLive.toString()})()`
