export const pictures = `
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(380px, 100%), 1fr)); gap: 20px; }
.pictures .card { display: flex; flex-direction: column; }
.strip { display: grid; grid-template-columns: repeat(15, minmax(0, 1fr)); gap: 5px; list-style: none; padding: 0; }
.strip li { position: relative; }
.day { display: grid; place-items: center; aspect-ratio: 1; border-radius: 5px; background: var(--nothing); print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.day .icon { width: 74%; height: 74%; stroke-width: 2.6; }
.day.made { background: var(--good); }
.day.failed { background: var(--bad); color: var(--on-bad); }
.day.missed { background: repeating-linear-gradient(45deg, var(--warn) 0 3px, transparent 3px 7px); border: 1px solid var(--warn); }
.day.unknown { background: transparent; border: 1px dashed var(--edge); color: var(--soft); }
.ends { display: flex; justify-content: space-between; gap: 12px; color: var(--soft); font-size: .8125rem; margin-top: 6px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; list-style: none; padding: 0; font-size: .875rem; color: var(--soft); margin-top: 10px; }
.legend li { display: inline-flex; gap: 7px; align-items: center; }
.legend .day { width: 14px; border-radius: 3px; }
.chart { display: flex; flex-direction: column; flex: 1; }
.chart .ends:first-child { margin: 0 0 4px; }
.chart > svg { display: block; width: 100%; height: 96px; flex: 1 0 96px; overflow: visible; }
.chart line { stroke: var(--line); stroke-width: 1; vector-effect: non-scaling-stroke; }
.chart polyline { fill: none; stroke: var(--accent); stroke-width: 2.5; stroke-linejoin: round; vector-effect: non-scaling-stroke; }
.chart polygon { fill: var(--accent); fill-opacity: .14; stroke: none; }
.chart .sample { width: 28px; height: 7px; }
.chart .curve-1 { stroke: var(--warn); stroke-dasharray: 7 4; }
.chart .curve-2 { stroke: var(--good); stroke-dasharray: 2 4; }
.chart .curve-3 { stroke: var(--note); stroke-dasharray: 10 3 2 3; }
`
