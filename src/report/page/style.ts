// How the pages look: dense, calm, the same in light and dark. States are told by a word and a shape; colour only repeats it.

export const style = `
:root {
  color-scheme: light dark;
  --ground: #ffffff;
  --raised: #f5f7f9;
  --line: #d3dae1;
  --text: #1c2126;
  --soft: #555f6a;
  --link: #0a4ea3;
  --failed: #a8071a;
  --unknown: #5e35a8;
  --held: #7a4b00;
  --ready: #0b6127;
  --cut: #ffebe9;
  --new: #e2f6e6;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #101418;
    --raised: #181d23;
    --line: #363f49;
    --text: #e3e8ed;
    --soft: #9fabb7;
    --link: #86bdff;
    --failed: #ff8f87;
    --unknown: #cbaeff;
    --held: #eab54d;
    --ready: #6fd68a;
    --cut: #3a1a1c;
    --new: #12311d;
  }
}
* { box-sizing: border-box; }
html { background: var(--ground); color: var(--text); font: 14px/1.5 system-ui, sans-serif; scroll-padding-top: 1rem; }
body { margin: 0 auto; max-width: 1440px; padding: 0 1.5rem 2rem; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
p a, li a { text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: 2px; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 2px; }
main:focus { outline: none; }
h1, h2, h3, h4, p, ul, ol, dl, dd, pre { margin: 0; }
h1 { font-size: 1.5rem; line-height: 1.3; font-weight: 600; margin: 1rem 0 0.25rem; }
h2 { font-size: 1.15rem; line-height: 1.3; font-weight: 600; margin: 2rem 0 0.5rem; }
h3 { font-size: 1rem; font-weight: 600; margin: 1rem 0 0.35rem; }
h4 { font-size: 1rem; font-weight: 600; margin: 0.75rem 0 0.25rem; }
code, pre { font: 0.93em/1.5 ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
h1, h2, h3, h4, p, li, th, td, dd, summary, code, a { overflow-wrap: anywhere; unicode-bidi: isolate; }
ul, ol { padding: 0; list-style: none; }
.soft, .count { color: var(--soft); font-weight: 400; }
.id { color: var(--soft); font-weight: 400; font-size: 0.9em; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.scripted { display: none; }
html.scripts .scripted { display: revert; }
.skip { position: absolute; left: 1rem; top: -4rem; padding: 0.5rem 1rem; background: var(--ground); border: 1px solid var(--line); z-index: 1; }
.skip:focus { top: 0.5rem; }

header { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0.25rem 1.5rem; padding: 0.75rem 0; border-bottom: 1px solid var(--line); }
.instance a { font-weight: 600; margin-right: 0.5rem; }
nav ol, nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; margin-top: 0.75rem; }
nav ol { gap: 0.25rem 0.5rem; }
nav ol li + li::before { content: '/'; color: var(--soft); margin-right: 0.5rem; }
.summary { font-size: 1.05rem; }
footer { margin-top: 3rem; padding-top: 0.75rem; border-top: 1px solid var(--line); color: var(--soft); display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0.25rem 1.5rem; }

.state { white-space: nowrap; font-weight: 600; }
.state::before { content: ''; display: inline-block; width: 0.7em; height: 0.7em; margin-right: 0.4em; background: currentColor; forced-color-adjust: none; }
h1 .state, h2 .state { font-size: 1rem; margin-left: 0.5rem; }
.state + .state { margin-left: 0.6rem; }
.ready { color: var(--ready); }
.held { color: var(--held); }
.failed { color: var(--failed); }
.unknown { color: var(--unknown); }
.state.ready::before { border-radius: 50%; }
.state.held::before { background: linear-gradient(90deg, currentColor 36%, transparent 36% 64%, currentColor 64%); }
.state.failed::before { clip-path: polygon(20% 0, 50% 30%, 80% 0, 100% 20%, 70% 50%, 100% 80%, 80% 100%, 50% 70%, 20% 100%, 0 80%, 30% 50%, 0 20%); }
.state.unknown::before { background: none; border: 2px solid currentColor; transform: rotate(45deg) scale(0.85); }
.badge { font-size: 0.85em; border: 1px solid currentColor; border-radius: 3px; padding: 0 0.3em; white-space: nowrap; }

.problem { color: var(--text); border-left: 3px solid; padding: 0.3rem 0 0.3rem 0.75rem; margin: 0.4rem 0; max-width: 110ch; }
.problem.failed { border-left-color: var(--failed); border-left-style: double; border-left-width: 5px; }
.problem.unknown { border-left-color: var(--unknown); border-left-style: dotted; }
.problem.held { border-left-color: var(--held); }
details > summary { cursor: pointer; }
summary h3 { display: inline; }
details { margin: 0.75rem 0; }
td details, td p { margin: 0; }
td ul { padding-left: 1.1em; list-style: disc; }
.warnings { list-style: disc; padding-left: 1.2em; }

.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 1.25rem 0.3rem 0; border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--soft); font-weight: 600; white-space: nowrap; border-bottom-color: var(--soft); }
tbody th { font-weight: 600; }
tbody th.moment { font-weight: 400; }
.name { min-width: 12rem; }
.moment { min-width: 10.5rem; }
.short { min-width: 7.5rem; }
.text { min-width: 15rem; }
.number { text-align: right; }
.id, .moment time { white-space: nowrap; }
tbody tr:hover { background: var(--raised); }
tr[hidden] { display: none; }

.filter { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 0.5rem 1.5rem; margin-bottom: 0.25rem; }
.filter label { color: var(--soft); }
input[type='search'] { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--soft); border-radius: 3px; padding: 0.2rem 0.5rem; width: 18rem; max-width: 100%; }
.states { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; }
.states a { display: inline-block; padding: 0.1rem 0.2rem; text-decoration: none; }
.states a[aria-current] { font-weight: 600; color: var(--text); border-bottom: 2px solid currentColor; }
button { font: inherit; font-size: 0.9em; color: var(--text); background: var(--raised); border: 1px solid var(--soft); border-radius: 3px; padding: 0.05rem 0.5rem; cursor: pointer; }
.command code { background: var(--raised); padding: 0.1em 0.4em; border-radius: 3px; }
#live { color: var(--soft); }
#live.lost { color: var(--failed); font-weight: 600; }

.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 0.5rem 1.5rem; }
.facts dt { color: var(--soft); }
section.account { border-top: 2px solid var(--line); margin-top: 2rem; }
section.account h2 { margin-top: 0.75rem; }

.document { background: var(--raised); padding: 0.5rem 0.75rem; overflow-x: auto; max-height: 32rem; }
.who { color: var(--soft); font-style: italic; }
.diff { table-layout: fixed; }
.diff td { font: 0.93em/1.5 ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace; white-space: pre-wrap; border-bottom: 0; padding: 0 0.5rem 0 1.25rem; }
.diff th { padding-left: 1.25rem; }
.diff td + td, .diff th + th { border-left: 1px solid var(--line); }
.diff .cut { background: var(--cut); }
.diff .new { background: var(--new); }
.diff .sign { float: left; margin-left: -0.9rem; font-weight: 700; }
.diff tbody tr:hover { background: none; }

@media (max-width: 60rem) {
  .diff, .diff tbody, .diff tr { display: block; }
  .diff thead, .diff .none, .diff .same td + td { display: none; }
  .diff td { display: block; border-left: 0 !important; }
}
/* Too narrow for columns: each row is a block, and each cell says what it is. */
@media (max-width: 40rem) {
  body { padding: 0 0.75rem 1.5rem; }
  table:not(.diff), table:not(.diff) tbody, table:not(.diff) tbody tr, table:not(.diff) tbody th { display: block; }
  table:not(.diff) thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table:not(.diff) tr { border-bottom: 1px solid var(--line); padding: 0.4rem 0; }
  table:not(.diff) tbody tr[hidden] { display: none; }
  table:not(.diff) th, table:not(.diff) td { border: 0; padding: 0.1rem 0; min-width: 0; text-align: left; }
  table:not(.diff) tbody td { display: flow-root; padding-left: 7rem; }
  table:not(.diff) tbody td::before { content: attr(data-title); color: var(--soft); float: left; width: 6.5rem; margin-left: -7rem; }
  .id { white-space: normal; }
}
@media print {
  .scripted, .skip, nav { display: none !important; }
}
`;
