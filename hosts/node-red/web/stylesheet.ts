/** Of the header and the adapter's own small pages. Its classes don't meet those of plugins. */
export const stylesheet = `
:root { color-scheme: light dark; --nr-bar: #fff; --nr-ink: #2b2b2b; --nr-soft: #595959; --nr-line: #d9d9d9; --nr-red: #8f0000; --nr-note: #fff4d6; --nr-note-ink: #5c4400; --nr-back: #f5f5f5; }
@media (prefers-color-scheme: dark) {
  :root { --nr-bar: #1b1b1b; --nr-ink: #eee; --nr-soft: #b8b8b8; --nr-line: #3a3a3a; --nr-red: #ff9d9d; --nr-note: #3a2f10; --nr-note-ink: #f4dda0; --nr-back: #121212; }
}
.nr-header { background: var(--nr-bar); color: var(--nr-ink); border-bottom: 3px solid var(--nr-red); font: 15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
.nr-row { display: flex; gap: 8px 24px; flex-wrap: wrap; justify-content: space-between; padding: 10px 20px; }
.nr-header nav { display: flex; gap: 8px 20px; flex-wrap: wrap; }
.nr-header a { color: var(--nr-ink); padding: 3px 0; }
.nr-user { color: var(--nr-soft); overflow-wrap: anywhere; }
.nr-open { margin: 0; padding: 8px 20px; background: var(--nr-note); color: var(--nr-note-ink); }
.nr-page { margin: 0; background: var(--nr-back); color: var(--nr-ink); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
.nr-page main { max-width: 560px; margin: 10vh auto; padding: 0 20px; }
.nr-page h1 { font-size: 1.5rem; line-height: 1.25; }
.nr-page a { color: var(--nr-red); }
.nr-page form { display: grid; gap: 10px; }
.nr-page button { font: inherit; color: inherit; text-align: start; padding: 12px 16px; background: var(--nr-bar); border: 1px solid var(--nr-soft); border-radius: 8px; cursor: pointer; overflow-wrap: anywhere; }
.nr-page :focus-visible, .nr-header :focus-visible { outline: 3px solid var(--nr-red); outline-offset: 2px; }
`
