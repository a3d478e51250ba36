export const system = `
textarea { font: inherit; font-size: 1rem; color: var(--ink); background: var(--card); border: 1px solid var(--edge); border-radius: 8px; padding: 8px 11px; width: 100%; min-width: 0; resize: vertical; }
.tabs ul { list-style: none; padding: 0; display: flex; gap: 8px; flex-wrap: wrap; }
.tab { display: inline-flex; gap: 8px; align-items: center; min-height: 44px; padding: 8px 14px; border: 1px solid var(--line); border-radius: 9px; background: var(--card); color: var(--ink); text-decoration: none; }
.tab[aria-current] { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); font-weight: 600; }
.tab .icon { color: var(--soft); }
.tab.protected .icon { color: var(--good); }
.tab.attention .icon { color: var(--bad); }
.notice ul { padding-left: 20px; }
.make { display: grid; gap: 16px; margin-bottom: 12px; }
.choices { display: flex; gap: 8px 24px; flex-wrap: wrap; align-items: center; }
.choices legend { padding-bottom: 8px; }
.choices label, .tick { display: flex; gap: 10px; align-items: center; min-height: 44px; }
.choices input, .tick input { width: 22px; height: 22px; min-height: 0; margin: 0; flex: none; accent-color: var(--accent); }
.note-field, .to { display: grid; gap: 4px; font-size: .875rem; color: var(--soft); max-width: 520px; }
.note-field input, .to input { font-size: 1rem; }
.settings > .wide { grid-column: 1 / -1; }
form.asking { display: grid; gap: 18px; }
.source { gap: 8px; border-top: 1px solid var(--line); padding-top: 12px; }
.source legend { padding: 0; float: left; width: 100%; }
.left-out summary { cursor: pointer; padding: 6px 0; }
.left-out ul { padding-left: 20px; font-size: .9rem; }
.board th[scope=row] { font-weight: 600; }
.board .age { white-space: nowrap; }
.board .why { font-size: .9rem; }
.card > .board { margin-top: 12px; }
@media (max-width: 760px) {
  .board .why, .board .age { grid-column: 1 / -1; }
  .board .state { grid-row: 1; grid-column: 2; }
}
`
