export const lists = `
.uploads { list-style: none; padding: 0; display: grid; gap: 12px; }
.uploads li { display: flex; gap: 8px 16px; align-items: center; justify-content: space-between; flex-wrap: wrap; }
table { width: 100%; border-collapse: collapse; }
caption { text-align: left; font-weight: 600; font-size: 1.1rem; padding-bottom: 12px; }
thead th { text-align: left; font-size: .875rem; color: var(--soft); font-weight: 500; padding: 0 16px 8px 0; }
tbody th, td { text-align: left; font-weight: 400; padding: 12px 16px 12px 0; border-top: 1px solid var(--line); vertical-align: middle; }
th.when time, .history .when { font-weight: 600; white-space: nowrap; }
.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
.note-text { max-width: 30em; }
.badge { display: inline-flex; gap: 6px; align-items: center; border-radius: 999px; padding: 3px 10px; font-size: .875rem; font-weight: 600; margin: 2px 6px 2px 0; white-space: nowrap; background: var(--nothing); color: var(--ink); }
.badge .icon { width: 1em; height: 1em; stroke-width: 2.6; }
.badge.good { background: var(--good-back); color: var(--good); }
.badge.bad { background: var(--bad-back); color: var(--bad); }
.badge.warn { background: var(--warn-back); color: var(--warn); }
.badge.note { background: var(--note-back); color: var(--note); }
.more-rows { border-top: 1px solid var(--line); padding-top: 12px; }
td.doing { padding-right: 0; }
.actions { display: flex; justify-content: flex-end; align-items: center; gap: 8px; white-space: nowrap; }
.actions > a { padding: 6px 0; }
.menu { position: relative; }
.menu summary { list-style: none; display: grid; place-items: center; width: 40px; height: 40px; border-radius: 8px; cursor: pointer; }
.menu summary::-webkit-details-marker { display: none; }
.menu summary:hover, .menu[open] summary { background: var(--page); }
.menu summary .icon { width: 1.4em; height: 1.4em; stroke-width: 3; }
.items { position: absolute; right: 0; top: calc(100% + 4px); z-index: 2; background: var(--card); border: 1px solid var(--line); border-radius: 10px; box-shadow: 0 8px 28px rgb(0 0 0 / 18%); min-width: 210px; padding: 6px; display: grid; }
.items a, .items button { display: block; width: 100%; font: inherit; text-align: left; text-decoration: none; padding: 9px 12px; min-height: 42px; border: 0; border-radius: 7px; background: none; color: var(--ink); cursor: pointer; }
.items a:hover, .items button:hover:enabled { background: var(--page); }
.items button:disabled { color: var(--soft); cursor: not-allowed; }
.items .danger { color: var(--bad); }
.changes .difference { font-weight: 600; }
.unchanged summary { cursor: pointer; padding: 10px 0; }
.card > p + .changes { margin-top: 16px; }
.tables { margin-top: 12px; }
.tables th a { display: inline-block; padding: 4px 0; }
.left-out { padding-left: 20px; margin-top: 10px; }
.find { display: grid; gap: 14px; max-width: 640px; }
.found { display: grid; gap: 16px; margin-top: 12px; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; }
.rows { width: max-content; min-width: 100%; }
.rows th, .rows td { padding: 8px 14px; vertical-align: top; max-width: 26em; }
.rows thead th { white-space: nowrap; }
.rows tbody tr:first-child td { border-top: 1px solid var(--line); }
.rows input[type="checkbox"] { width: 24px; height: 24px; min-height: 0; margin: 0; accent-color: var(--accent); }
.takings { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 260px), 1fr)); gap: 16px; }
.takings fieldset { gap: 0; }
.paging { margin: 16px 0; }
.history summary { cursor: pointer; }
.history summary h2 { display: inline; margin: 0 10px 0 2px; }
.history ul { list-style: none; padding: 0; margin-top: 14px; }
.history li { display: grid; grid-template-columns: minmax(150px, 1fr) minmax(0, 2fr) auto; gap: 4px 16px; align-items: center; padding: 10px 0; border-top: 1px solid var(--line); }
.history .badge { justify-self: end; margin-right: 0; }
.history .cause { grid-column: 1 / -1; font-size: .925rem; }
`
