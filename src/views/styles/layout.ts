export const layout = `
*, *::before, *::after { box-sizing: border-box; }
html { scroll-padding-top: 16px; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 24px 20px 64px; display: grid; grid-template-columns: minmax(0, 1fr); gap: 20px; }
main:focus { outline: none; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0; }
h2 { font-size: 1.1rem; line-height: 1.35; margin: 0 0 12px; }
p, ul, ol, dl, dd { margin: 0; }
a { color: var(--accent); text-underline-offset: .15em; }
small { display: block; font-size: .875rem; color: var(--soft); font-weight: 400; }
code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .9em; overflow-wrap: anywhere; }
bdi { overflow-wrap: anywhere; }
[hidden] { display: none !important; }
:focus-visible, input[type="time"]:focus-within { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 6px; }
:target { scroll-margin-top: 16px; }
.soft { color: var(--soft); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.sprite { position: absolute; }
.icon { flex: none; width: 1.15em; height: 1.15em; vertical-align: -.2em; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.skip { position: absolute; left: 8px; top: -100px; z-index: 9; background: var(--card); padding: 10px 16px; border-radius: 8px; }
.skip:focus { top: 8px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: var(--radius); box-shadow: var(--shadow); padding: 20px; min-width: 0; }
.card.narrow { max-width: 680px; display: grid; gap: 18px; }
.card.narrow .facts { grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); }
.head { display: flex; gap: 16px 24px; align-items: end; justify-content: space-between; flex-wrap: wrap; }
.crumbs { font-size: .875rem; }
.crumbs a { color: var(--soft); }
.foot { color: var(--soft); font-size: .9rem; display: grid; gap: 8px; }
`
