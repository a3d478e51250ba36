export const media = `
@media (max-width: 760px) {
  main { padding: 16px 12px 48px; gap: 14px; }
  .card { padding: 16px; }
  .settings { grid-template-columns: minmax(0, 1fr); }
  .head > *, .create, .create label, .create .button { width: 100%; }
  .facts, .status .facts { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 14px 16px; }
  .health li, .notice { grid-template-columns: auto minmax(0, 1fr); }
  .health a { grid-column: 2; }
  .four { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  thead { position: absolute; clip-path: inset(50%); }
  tbody, caption { display: block; }
  tbody tr { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 4px 12px; border-top: 1px solid var(--line); padding: 12px 0 8px; }
  td.number { text-align: right; }
  tbody th, td { border: 0; padding: 0; min-width: 0; }
  .outcome { grid-template-columns: auto minmax(0, 1fr); }
  .outcome > :nth-child(3) { grid-column: 1 / -1; margin-top: 8px; }
  .changes tbody tr { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
  .changes tbody th, .changes .difference { grid-column: 1 / -1; }
  .changes tbody th { font-weight: 600; }
  .changes td[data-label]::before { content: attr(data-label); display: block; font-size: .875rem; color: var(--soft); }
  .rows thead { position: static; clip-path: none; }
  .rows tbody { display: table-row-group; }
  .rows tbody tr { display: table-row; }
  .rows tbody td { border-top: 1px solid var(--line); padding: 8px 14px; }
  td.database, td.made { grid-column: 1 / -1; }
  td.proof { align-self: center; }
  tr:not(:has(.doing)) td.proof { grid-column: 1 / -1; }
  .history li { grid-template-columns: minmax(0, 1fr) auto; }
  .history li > :nth-child(2) { grid-row: 2; grid-column: 1 / -1; }
}
@media (max-width: 420px) {
  .strip { gap: 4px; }
  .day { border-radius: 4px; }
  .status > .icon { width: 38px; height: 38px; padding: 8px; }
}
@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after { animation: none !important; transition: none !important; scroll-behavior: auto !important; }
  progress:indeterminate { background: var(--nothing); }
}
@media (forced-colors: active) {
  .day, .badge { border: 1px solid; }
  .day.made { background: CanvasText; forced-color-adjust: none; }
  .day.missed { border: 4px double; }
  .health li, .notice, .preview { border: 1px solid; }
}
@media print {
  body, .card { background: none; }
  .card { break-inside: avoid; box-shadow: none; }
  .create, .actions, .skip, .run, #settings, thead th:last-child:has(.hidden) { display: none; }
}
`
