export const controls = `
.button { display: inline-flex; align-items: center; justify-content: center; font: inherit; font-weight: 600; text-decoration: none; border-radius: 9px; border: 1px solid var(--edge); background: var(--card); color: var(--ink); padding: 9px 16px; min-height: 44px; cursor: pointer; }
.button:hover { background: var(--page); }
.button.small { min-height: 36px; padding: 5px 12px; }
.button.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.button.danger { background: var(--bad); border-color: var(--bad); color: var(--on-bad); }
.button.primary:hover, .button.danger:hover { filter: brightness(1.08); }
.button:disabled { cursor: not-allowed; opacity: .55; }
.button[aria-busy] { cursor: progress; }
.buttons { display: flex; gap: 12px; flex-wrap: wrap; }
input, select { font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--edge); border-radius: 8px; padding: 8px 11px; min-height: 44px; width: 100%; min-width: 0; }
input:disabled { opacity: .55; cursor: not-allowed; }
[aria-invalid] { border-color: var(--bad); border-width: 2px; }
.create { display: flex; gap: 12px; align-items: end; flex-wrap: wrap; }
.create label { display: grid; gap: 4px; font-size: .875rem; color: var(--soft); width: 230px; }
.create label input { font-size: 1rem; }
.settings { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 24px 32px; }
.settings > .drill { grid-column: 1 / -1; }
.drill > .pair { max-width: 640px; }
.drill-passed .icon { color: var(--good); }
.drill-other .icon { color: var(--bad); }
.settings > .preview, .settings > .summary, .settings > .buttons { grid-column: 1 / -1; }
fieldset { border: 0; margin: 0; padding: 0; min-width: 0; display: grid; gap: 16px; align-content: start; }
legend { font-weight: 600; padding: 0 0 12px; }
.field { display: grid; gap: 4px; align-content: start; font-size: .95rem; }
.field input, .field select { font-size: 1rem; }
.live .fits { display: none; }
.fits { color: var(--soft); }
.error { color: var(--bad); font-weight: 600; font-size: .9rem; }
.check { display: grid; grid-template-columns: auto 1fr; gap: 0 12px; align-items: center; }
.check input { width: 22px; height: 22px; min-height: 0; margin: 0; accent-color: var(--accent); grid-row: 1 / 3; }
.check small { grid-column: 2; }
.pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 4px 16px; }
.pair > .field { grid-row: span 4; grid-template-rows: subgrid; margin-bottom: 8px; }
.pair label { align-self: end; }
.four { display: grid; align-items: start; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 12px; margin-top: 12px; }
.more-rules summary { cursor: pointer; padding: 4px 0; }
.more-rules .soft { font-size: .9rem; }
fieldset > .soft { font-size: .9rem; }
.preview { background: var(--note-back); border-radius: 10px; padding: 14px 16px; display: grid; gap: 6px; }
.preview ul, .summary ul { padding-left: 20px; margin: 0; }
.preview em { font-style: normal; color: var(--soft); }
.preview .caution { display: flex; gap: 8px; align-items: baseline; color: var(--warn); }
.preview .caution .icon { position: relative; top: .15em; }
.summary { border: 2px solid var(--bad); border-radius: 10px; padding: 14px 16px; display: grid; gap: 6px; }
`
