/** Takes the word that a success left in the address away, so that a reload doesn't say it again. */
export function forgetNotice(): void {
  const address = new URL(location.href)
  if (!address.searchParams.has('done')) return
  address.searchParams.delete('done')
  history.replaceState(history.state, '', address)
}
