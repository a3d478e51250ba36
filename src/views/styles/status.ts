export const status = `
.status { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 6px 16px; align-items: center; border-left: 6px solid var(--state); --state: var(--good); --state-back: var(--good-back); }
.status.attention { --state: var(--bad); --state-back: var(--bad-back); }
.status.never { --state: var(--warn); --state-back: var(--warn-back); }
.status.first { --state: var(--note); --state-back: var(--note-back); }
.status > .icon { width: 44px; height: 44px; color: var(--state); background: var(--state-back); border-radius: 50%; padding: 9px; }
.status h2 { font-size: 1.25rem; margin: 0; }
.status p { font-size: .925rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: 14px 24px; }
.status .facts { grid-column: 1 / -1; grid-template-columns: repeat(4, minmax(0, 1fr)); margin-top: 14px; padding-top: 14px; border-top: 1px solid var(--line); }
.facts dt { color: var(--soft); font-size: .875rem; }
.facts dd { font-weight: 600; }
.facts .wide { grid-column: 1 / -1; }
.health { display: grid; gap: 10px; list-style: none; padding: 0; }
.health li, .notice { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: 12px; align-items: start; background: var(--note-back); border-radius: 10px; padding: 12px 14px; }
.health .icon, .notice .icon { margin-top: .2em; color: var(--note); }
.health a { white-space: nowrap; }
.health .error { background: var(--bad-back); font-size: inherit; font-weight: inherit; color: inherit; }
.health .error .icon { color: var(--bad); }
.health .warning, .notice.caution { background: var(--warn-back); color: inherit; }
.health .warning .icon, .notice.caution .icon { color: var(--warn); }
.card.asking { display: grid; gap: 18px; }
.happens { padding-left: 22px; display: grid; gap: 6px; }
.confirm { display: grid; gap: 16px; max-width: 520px; }
.command { background: var(--page); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.outcome { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: 4px 14px; align-items: center; border-left: 6px solid var(--edge); }
.outcome h2 { margin: 0; }
.outcome .icon { width: 1.5em; height: 1.5em; }
.outcome.success { border-left-color: var(--good); }
.outcome.success .icon { color: var(--good); }
.outcome.caution { border-left-color: var(--warn); }
.outcome.caution .icon { color: var(--warn); }
.outcome.problem { border-left-color: var(--bad); }
.outcome.problem .icon { color: var(--bad); }
.notice.success { background: var(--good-back); }
.notice.success .icon { color: var(--good); }
.notice.problem { background: var(--bad-back); }
.notice.problem .icon { color: var(--bad); }
.run { display: grid; gap: 10px; }
.run .top { display: flex; justify-content: space-between; gap: 12px; align-items: center; flex-wrap: wrap; }
.run h2 { margin: 0; }
.current { font-size: .9rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
progress { appearance: none; display: block; width: 100%; height: 10px; border: 0; border-radius: 5px; overflow: hidden; background: var(--nothing); color: var(--accent); }
progress::-webkit-progress-bar { background: var(--nothing); }
progress::-webkit-progress-value { background: var(--accent); border-radius: 5px; transition: inline-size .3s; }
progress::-moz-progress-bar { background: var(--accent); border-radius: 5px; }
progress:indeterminate { background: linear-gradient(90deg, var(--nothing) 30%, var(--accent) 50%, var(--nothing) 70%) 0 0 / 200% 100%; animation: passing 2s linear infinite; }
progress:indeterminate::-webkit-progress-bar { background: transparent; }
@keyframes passing { from { background-position: 100% 0; } to { background-position: -100% 0; } }
.steps { display: flex; gap: 4px 20px; flex-wrap: wrap; list-style: none; padding: 0; color: var(--soft); font-size: .9rem; font-variant-numeric: tabular-nums; }
.steps .done { color: var(--good); }
.steps .done::before { content: "\\2713\\00a0" / ""; }
.steps .now { color: var(--ink); font-weight: 600; }
.empty { display: grid; justify-items: center; text-align: center; gap: 8px; padding: 44px 24px; }
.empty h2 { margin: 4px 0 0; font-size: 1.25rem; }
.empty p { max-width: 36em; }
.empty > .icon { width: 56px; height: 56px; color: var(--note); background: var(--note-back); border-radius: 50%; padding: 13px; stroke-width: 1.6; }
.problem.narrow { grid-template-columns: auto minmax(0, 1fr); gap: 18px; border-left: 6px solid var(--bad); }
.problem.narrow > .icon { width: 44px; height: 44px; color: var(--bad); background: var(--bad-back); border-radius: 50%; padding: 9px; }
.problem.narrow > div { display: grid; gap: 12px; }
.problem h1 { font-size: 1.4rem; }
`
