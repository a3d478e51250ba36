/** Hides the schedule's fields that don't go with "how often". They are sent all the same, as without a script. */
export function foldSchedule(): void {
  const every = document.querySelector<HTMLSelectElement>('select[data-every]')
  if (!every) return
  every.form?.classList.add('live')
  const fold = () => {
    for (const field of document.querySelectorAll<HTMLElement>('[data-fits]')) {
      field.hidden = !field.dataset.fits?.split(' ').includes(every.value)
    }
  }
  every.addEventListener('change', fold)
  // A reload or the way back may restore an older choice without a change event.
  window.addEventListener('pageshow', fold)
  fold()
}
