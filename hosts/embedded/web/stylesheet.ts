/** Every rule names a class of the host's own: the sheet is loaded on plugins' pages too, for the header. */
export const stylesheet = `
.host-body, .host-header {
  --host-bg: #f6f7f9; --host-card: #fff; --host-ink: #17202b; --host-soft: #566273; --host-line: #dfe4ea;
  --host-accent: #1f5fbf; --host-accent-ink: #fff; --host-ok: #14703d; --host-ok-bg: #e3f4ea;
  --host-warn: #8a5200; --host-warn-bg: #fdf0d8; --host-bad: #b3261e; --host-bad-bg: #fde8e6;
  --host-info: #334e75; --host-info-bg: #e7eef8; --host-none-bg: #e8ebef;
  color-scheme: light dark;
}
@media (prefers-color-scheme: dark) {
  .host-body, .host-header {
    --host-bg: #11151b; --host-card: #1a2029; --host-ink: #e8edf4; --host-soft: #a3afbf; --host-line: #2c3541;
    --host-accent: #7fb0ff; --host-accent-ink: #0d1620; --host-ok: #7ed9a4; --host-ok-bg: #143324;
    --host-warn: #f2c06b; --host-warn-bg: #3a2b10; --host-bad: #ff9b92; --host-bad-bg: #431c19;
    --host-info: #a9c3ea; --host-info-bg: #1f2d42; --host-none-bg: #2a323d;
  }
}

/* Header: on every page, plugins' included */
.host-header {
  background: var(--host-card); border-bottom: 1px solid var(--host-line); color: var(--host-ink);
  font: 16px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
.host-header-row {
  max-width: 1080px; margin: 0 auto; padding: 8px 20px; display: flex; flex-wrap: wrap; gap: 4px 20px; align-items: center;
}
.host-header a { color: var(--host-ink); text-decoration: none; }
.host-brand { display: inline-flex; gap: 8px; align-items: center; font-weight: 700; min-height: 44px; }
.host-brand svg {
  width: 24px; height: 24px; fill: none; stroke: var(--host-accent); stroke-width: 2; stroke-linejoin: round;
}
.host-nav { display: flex; gap: 4px; }
.host-header .host-link { display: inline-flex; align-items: center; min-height: 44px; padding: 0 10px; color: var(--host-soft); }
.host-header .host-link:hover, .host-header .host-button:hover { color: var(--host-ink); text-decoration: underline; }
.host-header .host-link[aria-current] { color: var(--host-ink); font-weight: 600; box-shadow: inset 0 -3px var(--host-accent); }
.host-who { display: flex; flex-wrap: wrap; gap: 2px 12px; align-items: center; margin-left: auto; font-size: .875rem; }
.host-tenant { font-weight: 600; }
.host-user { color: var(--host-soft); }
.host-form { display: inline; margin: 0; }
.host-header .host-button {
  font: inherit; color: var(--host-soft); background: none; border: 0; padding: 0 4px; min-height: 44px; cursor: pointer;
}
.host-header :focus-visible, .host-body :focus-visible, .host-body input[type="time"]:focus-within { outline: 3px solid var(--host-accent); outline-offset: 2px; border-radius: 6px; }
.host-hidden { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; white-space: nowrap; }
@media (max-width: 640px) {
  .host-header-row { padding: 4px 12px; gap: 0 8px; }
  .host-nav { margin-left: auto; }
  .host-who { margin-left: 0; width: 100%; gap: 0 8px; font-size: .8125rem; border-top: 1px solid var(--host-line); }
  .host-who .host-form:last-child { margin-left: auto; }
  .host-header .host-button { padding: 0; }
}
@media print { .host-header { display: none; } }

/* The host's own pages */
.host-body {
  margin: 0; background: var(--host-bg); color: var(--host-ink);
  font: 16px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
.host-body *, .host-header * { box-sizing: border-box; }
.host-body .host-main { max-width: 1080px; margin: 0 auto; padding: 24px 20px 64px; display: grid; gap: 20px; grid-template-columns: minmax(0, 1fr); }
.host-main:focus { outline: none; }
.host-main p, .host-main ul, .host-main dl, .host-main dd { margin: 0; }
.host-main h1 { font-size: 1.75rem; line-height: 1.2; margin: 0; overflow-wrap: anywhere; }
.host-main h2 { font-size: 1.1rem; margin: 0 0 12px; overflow-wrap: anywhere; }
.host-main h3 { font-size: 1rem; margin: 0; }
.host-main a { color: var(--host-accent); }
.host-main small { color: var(--host-soft); font-size: .875rem; display: block; font-weight: 400; }
.host-skip { position: absolute; left: -999px; }
.host-skip:focus { left: 12px; top: 12px; background: var(--host-card); color: var(--host-ink); padding: 10px 16px; z-index: 3; }
.host-head { display: flex; gap: 16px; align-items: end; justify-content: space-between; flex-wrap: wrap; }
.host-crumbs { font-size: .875rem; display: flex; gap: 6px; flex-wrap: wrap; }
.host-main .host-crumbs a { color: var(--host-soft); }
.host-crumbs a + a::before { content: "/"; padding-right: 6px; display: inline-block; }
.host-card { background: var(--host-card); border: 1px solid var(--host-line); border-radius: 12px; padding: 20px; min-width: 0; }
.host-lead, .host-soft, .host-foot { color: var(--host-soft); }
.host-soft { font-weight: 400; }
.host-foot { font-size: .9rem; }
.host-main .host-tasks ~ .host-foot { margin-top: 18px; }
.host-strong { font-weight: 600; }
.host-wrap { overflow-wrap: anywhere; }
.host-main .host-bad-text { color: var(--host-bad); }
.host-notice, .host-alert { border-radius: 10px; padding: 12px 14px; }
.host-notice { background: var(--host-ok-bg); color: var(--host-ok); font-weight: 600; }
.host-alert { background: var(--host-bad-bg); color: var(--host-ink); overflow-wrap: anywhere; }
.host-alert strong { color: var(--host-bad); }
.host-problem { display: grid; gap: 10px; }

.host-main .host-cards { list-style: none; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 280px), 1fr)); gap: 20px; }
.host-cards .host-card { position: relative; }
.host-cards .host-card h2 { margin-bottom: 6px; }
.host-cards .host-card a::after { content: ""; position: absolute; inset: 0; border-radius: 12px; }
.host-cards .host-card:hover { border-color: var(--host-accent); }
.host-cards .host-card p { color: var(--host-soft); }
.host-main .host-list { list-style: none; padding: 0; }
.host-list li { display: flex; gap: 12px; justify-content: space-between; align-items: center; padding: 12px 0; border-top: 1px solid var(--host-line); }
.host-list li:first-child { border-top: 0; }

.host-primary, .host-plain {
  font: inherit; font-weight: 600; border-radius: 9px; border: 1px solid var(--host-line); padding: 9px 16px; min-height: 44px;
  cursor: pointer; display: inline-flex; align-items: center; text-decoration: none; background: var(--host-card);
}
.host-primary { background: var(--host-accent); border-color: var(--host-accent); color: var(--host-accent-ink); }
.host-main .host-plain { color: var(--host-ink); }
.host-plain:hover { border-color: var(--host-soft); }
.host-main .host-danger { color: var(--host-bad); }
.host-actions { display: flex; flex-wrap: wrap; gap: 10px; }
.host-field { display: grid; gap: 4px; font-size: .95rem; align-content: start; }
.host-field input, .host-field select {
  font: inherit; color: var(--host-ink); background: var(--host-card); border: 1px solid var(--host-soft); border-radius: 8px;
  padding: 9px 11px; min-height: 44px; width: 100%; min-width: 0;
}
.host-field input[aria-invalid] { border-color: var(--host-bad); }
.host-field ::placeholder { color: var(--host-soft); opacity: 1; }
.host-check { display: flex; gap: 12px; align-items: center; min-height: 44px; }
.host-check input { width: 22px; height: 22px; accent-color: var(--host-accent); }
.host-edit { display: grid; gap: 16px; }
.host-card > .host-edit { margin-top: 16px; }
.host-card > summary { cursor: pointer; }
.host-edit h2 { margin: 0; }
.host-edit > .host-primary { justify-self: start; }
.host-fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 220px), 1fr)); gap: 16px; }
.host-sign-in { display: grid; gap: 16px; }
.host-sign { max-width: 440px; margin: 12vh auto 0; padding: 0 20px; font-weight: 700; color: var(--host-accent); }
.host-body .host-sign + .host-main { max-width: 440px; padding-top: 4px; }
.host-sign-in .host-primary { justify-content: center; }
.host-filter { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 170px), 1fr)); gap: 12px; align-items: end; }
.host-filter .host-plain { justify-self: start; }

.host-badge {
  display: inline-flex; align-items: center; border-radius: 999px; padding: 3px 10px; font-size: .875rem; font-weight: 600; white-space: nowrap;
}
.host-ok { background: var(--host-ok-bg); color: var(--host-ok); }
.host-warn { background: var(--host-warn-bg); color: var(--host-warn); }
.host-bad { background: var(--host-bad-bg); color: var(--host-bad); }
.host-info { background: var(--host-info-bg); color: var(--host-info); }
.host-none { background: var(--host-none-bg); color: var(--host-ink); }
.host-state { display: flex; gap: 16px; justify-content: space-between; align-items: center; flex-wrap: wrap; border-left: 6px solid; }
.host-state h2 { margin: 0 0 2px; }
.host-state > div { flex: 1 1 300px; }
.host-state p { color: var(--host-soft); }
.host-state-ok { border-left-color: var(--host-ok); }
.host-state-warn { border-left-color: var(--host-warn); }
.host-main .host-tasks { list-style: none; padding: 0; }
.host-tasks > li { border-top: 1px solid var(--host-line); padding: 18px 0; display: grid; gap: 14px; }
.host-tasks > li:first-child { border-top: 0; padding-top: 0; }
.host-tasks > li:last-child { padding-bottom: 0; }
.host-task-head { display: flex; flex-wrap: wrap; gap: 6px 12px; align-items: center; }
.host-facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 200px), 1fr)); gap: 14px 24px; }
.host-facts dt { color: var(--host-soft); font-size: .875rem; }
.host-facts dd { font-weight: 600; overflow-wrap: anywhere; }
.host-progress progress { width: 100%; height: 12px; accent-color: var(--host-accent); }

.host-table { width: 100%; border-collapse: collapse; }
.host-table caption { text-align: left; font-weight: 600; font-size: 1.1rem; padding-bottom: 12px; }
.host-table th { text-align: left; font-size: .875rem; color: var(--host-soft); font-weight: 500; padding: 0 12px 8px 0; vertical-align: bottom; }
.host-table td { padding: 10px 12px 10px 0; border-top: 1px solid var(--host-line); vertical-align: top; }
.host-table time, .host-table:not(.host-rows) td:nth-child(2) { white-space: nowrap; }
.host-scroll { overflow-x: auto; }
.host-rows td { white-space: nowrap; max-width: 340px; overflow: hidden; text-overflow: ellipsis; vertical-align: middle; }
.host-rows tr > :last-child:has(form) { position: sticky; right: 0; padding: 4px 0 4px 12px; background: var(--host-card); }
.host-rows:has(form) th:last-child { padding-left: 12px; }
.host-rows .host-plain { padding: 4px 12px; min-height: 36px; }
.host-pager { display: flex; gap: 16px; justify-content: space-between; align-items: center; padding-top: 12px; }
.host-pager a { min-height: 44px; display: inline-flex; align-items: center; }
@media (max-width: 760px) {
  .host-body .host-main { padding: 16px 12px 48px; gap: 14px; }
  .host-card { padding: 16px; }
  .host-table:not(.host-rows) thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .host-table:not(.host-rows) tr { display: grid; gap: 4px; border-top: 1px solid var(--host-line); padding: 12px 0; }
  .host-table:not(.host-rows) td { border: 0; padding: 0; }
}
`

export const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#1f5fbf" stroke-width="2" ' +
  'stroke-linejoin="round"><path d="M4 7l8-4 8 4v10l-8 4-8-4z"/><path d="M4 7l8 4 8-4M12 11v10"/></svg>'
