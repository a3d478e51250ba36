/** A second click does not send a form twice. Coming back to the page makes it usable again. */
export function guardSubmits(): void {
  let sent = new WeakSet<Element>()

  document.addEventListener('submit', (event) => {
    const form = event.target
    // A form that is answered with a download stays on the page, and may be sent again.
    if (!(form instanceof HTMLFormElement) || form.hasAttribute('data-downloads')) return
    if (sent.has(form)) {
      event.preventDefault()
      return
    }
    sent.add(form)
    event.submitter?.setAttribute('aria-busy', 'true')
  })

  window.addEventListener('pageshow', () => {
    sent = new WeakSet()
    for (const button of document.querySelectorAll('[aria-busy]')) button.removeAttribute('aria-busy')
  })
}
