import type { Language, RunModel } from '../model.ts'

type Format = (value: number, language: Language) => string

/** Keeps the card of the run in progress up to date and shows the result when it has ended. */
export function watchRun(formatBytes: Format, formatCount: Format): void {
  const RETRY_MS = 3000
  const MAX_FAILURES = 3
  const card = document.querySelector<HTMLElement>('[data-events]')
  if (!card) return
  const words = card.dataset
  const language: Language = document.documentElement.lang === 'de' ? 'de' : 'en'
  const steps = [...card.querySelectorAll<HTMLElement>('[data-stage]')]
  const announcement = card.querySelector<HTMLElement>('[data-announcement]')
  let announced: string | null = null
  let failures = 0

  const announce = (text: string) => {
    if (announcement && announced !== null && announced !== text) announcement.textContent = text
    announced = text
  }

  const amountOf = ({ progress }: RunModel) => {
    if (!progress || progress.total <= 0) return ''
    const say = progress.unit === 'bytes' ? formatBytes : formatCount
    const amount = (words.amount ?? '')
      .replace('{done}', say(progress.done, language))
      .replace('{total}', say(progress.total, language))
    return progress.unit === 'pages' ? `${amount} ${words.pages}` : amount
  }

  const showBar = ({ progress }: RunModel) => {
    const bar = card.querySelector('progress')
    if (!bar) return
    if (!progress || progress.total <= 0) {
      bar.removeAttribute('value')
      return
    }
    bar.max = progress.total
    bar.value = Math.min(progress.done, progress.total)
  }

  const showSteps = (run: RunModel) => {
    const cancel = card.querySelector<HTMLElement>('[data-cancel]')
    if (cancel) cancel.hidden = (words.final ?? '').split(' ').includes(run.stage ?? '-')
    const current = steps.findIndex((step) => step.dataset.stage === run.stage)
    const waiting = card.querySelector<HTMLElement>('[data-waiting]')
    if (waiting) waiting.hidden = current >= 0
    steps.forEach((step, index) => {
      const state = index < current ? 'done' : index === current ? 'now' : 'todo'
      const amount = state === 'now' ? amountOf(run) : ''
      step.className = state
      step.textContent = amount ? `${step.dataset[state]}: ${amount}` : (step.dataset[state] ?? '')
      if (state === 'now') step.setAttribute('aria-current', 'step')
      else step.removeAttribute('aria-current')
    })
    announce(steps[current]?.dataset.now ?? words.queued ?? '')
  }

  const showCurrent = ({ current }: RunModel) => {
    const line = card.querySelector<HTMLElement>('[data-current]')
    if (!line) return
    line.hidden = current === undefined
    const [count, item] = [line.querySelector('[data-count]'), line.querySelector('[data-item]')]
    if (!current || !count || !item) return
    count.textContent = (words.files ?? '').replace('{count}', formatCount(current.files, language))
    item.textContent = current.item
  }

  const isTouched = (control: HTMLInputElement | HTMLSelectElement) => {
    if (control instanceof HTMLInputElement) {
      return control.type === 'checkbox'
        ? control.checked !== control.defaultChecked
        : control.type !== 'hidden' && control.value !== control.defaultValue
    }
    const chosen = [...control.options].findIndex((option) => option.defaultSelected)
    return control.selectedIndex !== Math.max(0, chosen)
  }

  // What somebody has typed is not thrown away, and a page that answers a POST can't be loaded again without
  // sending the form again: there a link does it.
  const showResult = () => {
    const controls = [...document.querySelectorAll<HTMLInputElement | HTMLSelectElement>('input, select')]
    const page = words.page ?? ''
    if (location.pathname === page && !controls.some(isTouched)) {
      location.reload()
      return
    }
    const link = document.createElement('a')
    link.href = words.home ?? page
    link.textContent = words.show ?? ''
    announcement?.classList.remove('hidden')
    announcement?.replaceChildren(`${words.finished} `, link)
  }

  const source = new EventSource(words.events ?? '')
  source.addEventListener('run', (event: MessageEvent<string>) => {
    failures = 0
    const run = JSON.parse(event.data) as RunModel
    if (run.status === 'queued' || run.status === 'running') {
      showBar(run)
      showSteps(run)
      showCurrent(run)
      return
    }
    source.close()
    showResult()
  })
  source.addEventListener('error', () => {
    failures += 1
    if (source.readyState !== EventSource.CLOSED && failures < MAX_FAILURES) return
    source.close()
    setTimeout(showResult, RETRY_MS)
  })
}
