/** Style of the report: one readable column, contents beside it where there is room, dark where the reader's system is, plain on paper. */
export const reportStyle: string = `
:root {
  --paper: #fff; --ink: #1f2328; --soft: #5f6670; --line: #d8dce1; --wash: #f6f7f8; --accent: #0063a0;
  --wrong: #b3261e; --wrong-wash: #fdf3f2; --comment: #626a73; --string: #00664a; --number: #9a3b00; --keyword: #004d85;
  --sans: "Helvetica Neue", Helvetica, Arial, "Liberation Sans", Arimo, sans-serif;
  color-scheme: light;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #16191d; --ink: #dde1e6; --soft: #9aa3ad; --line: #363c44; --wash: #1f2429; --accent: #6cb6ee;
    --wrong: #ff8a80; --wrong-wash: #2c1b1a; --comment: #8b949e; --string: #7fd1ae; --number: #f0a36b; --keyword: #7ab8f5;
    color-scheme: dark;
  }
  .figure { filter: invert(0.91) hue-rotate(180deg); }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 16px; }
body { margin: 0; color: var(--ink); background: var(--paper); font: 16px/1.6 Georgia, "Times New Roman", "Liberation Serif", serif; }
main { max-width: 808px; margin: 0 auto; padding: 32px 24px 96px; }
h1, h2, h3, h4, nav, table, summary, button, .facts, .caption { font-family: var(--sans); }
h1 { font-size: 28px; line-height: 1.25; margin: 0 0 12px; } h2 { font-size: 21px; line-height: 1.3; margin: 40px 0 8px; }
h3 { font-size: 17px; margin: 28px 0 6px; } header h3 { font-size: 15px; } header .output { font-size: 14px; }
article { border-top: 1px solid var(--line); margin-top: 56px; padding-top: 40px; } article > h1:first-of-type { font-size: 26px; }
p, ul, ol { margin: 0 0 14px; } a { color: var(--accent); text-underline-offset: 2px; } h3 a { text-decoration: none; }
code, pre { font: 13px/1.5 "DejaVu Sans Mono", Menlo, Consolas, "Liberation Mono", monospace; tab-size: 2; }
p code, li code, td code { background: var(--wash); padding: 1px 4px; border-radius: 3px; font-size: 0.85em; overflow-wrap: anywhere; }
pre { margin: 0 0 14px; padding: 8px 14px; white-space: pre-wrap; overflow-wrap: anywhere; }
details.code { margin: 18px 0 10px; background: var(--wash); border-left: 3px solid var(--line); }
details.code summary { cursor: pointer; padding: 4px 14px; color: var(--soft); font-size: 12px; user-select: none; }
details.code pre { margin: 0; padding-top: 2px; } .line { display: block; padding-left: 4ch; text-indent: -4ch; }
.comment { color: var(--comment); font-style: italic; } .string { color: var(--string); }
.number { color: var(--number); } .keyword { color: var(--keyword); font-weight: 600; }
.output { margin: 8px 0 14px; } .output:has(+ .output) { margin-bottom: 0; } .wide { overflow-x: auto; }
.output pre { margin: 0; padding: 6px 14px; max-height: 420px; overflow-y: auto; }
.stderr pre { color: var(--soft); border-left: 3px solid #e69f00; }
.error pre { color: var(--wrong); border-left: 3px solid var(--wrong); background: var(--wrong-wash); }
img, svg { max-width: 100%; height: auto; } .output > img { display: block; background: #fff; }
.figure { min-height: 80px; padding: 4px 0; background: #fff; border-radius: 4px; } .output:has(> .figure) + .output:has(> .figure) { margin-top: 12px; } .figure > img { display: block; margin: 0 auto; } .figure.drawn > img { display: none; }
.equation { overflow: auto hidden; margin: 14px 0; padding: 4px 0; text-align: center; } math { font-size: 1.05em; }
table { border-collapse: collapse; font-size: 13.5px; line-height: 1.35; margin: 4px 0 14px; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { border-bottom-color: var(--soft); vertical-align: bottom; } [align=right] { text-align: right; } .one { white-space: nowrap; }
tr > :last-child { padding-right: 0; }
blockquote { margin: 0 0 14px; padding: 2px 16px; border-left: 3px solid var(--accent); color: var(--soft); }
.facts { color: var(--soft); font-size: 14px; } .caption { color: var(--soft); font-size: 14px; line-height: 1.5; } .caption > em { font-style: normal; }
.failed { color: var(--wrong); white-space: pre-line; } .failed a { color: inherit; }
nav.contents { font-size: 14px; line-height: 1.45; margin: 40px 0; padding: 14px 18px; background: var(--wash); }
nav.contents p { margin: 0 0 8px; color: var(--soft); font-size: 12px; }
nav.contents ol { list-style: none; margin: 0; padding: 0; } nav.contents ol ol { padding-left: 14px; }
nav.contents li { margin-bottom: 3px; } nav.contents > ol > li { margin-bottom: 7px; } nav.contents > ol > li > a { font-weight: 600; }
nav.contents a { color: var(--ink); text-decoration: none; } nav.contents a:hover, nav.contents a.here { color: var(--accent); }
button { font-size: 13px; padding: 4px 12px; color: inherit; border: 1px solid var(--line); border-radius: 3px; background: var(--paper); cursor: pointer; }
@media screen and (min-width: 1120px) {
  main { display: grid; max-width: none; grid-template-columns: 290px minmax(0, 760px); column-gap: clamp(48px, 50vw - 560px, 280px); padding-left: 0; }
  header, .chapters { grid-column: 2; }
  nav.contents { grid-column: 1; grid-row: 1 / span 2; position: sticky; top: 0; height: 100vh; margin: -32px 0 -96px; padding: 32px 20px; overflow-y: auto; }
}
@media screen and (max-width: 700px) { main { padding: 20px 16px 64px; } nav.contents ol ol { display: none; } }
@page { margin: 16mm 17mm 18mm; @bottom-right { content: counter(page) " / " counter(pages); font: 9pt Helvetica, Arial, sans-serif; color: #666; } }
@media print {
  html { font-size: 10pt; } body { font-size: 10.5pt; line-height: 1.45; } main { max-width: none; padding: 0; } button, summary { display: none; }
  article { break-before: page; border: 0; margin: 0; padding: 0; } 
  nav.contents { break-before: page; background: none; padding: 0; margin: 0; columns: 2; font-size: 8pt; line-height: 1.35; } nav.contents > ol > li { break-inside: avoid; }
  .contents p { column-span: all; }
  h1, h2, h3, h4 { break-after: avoid; break-inside: avoid; } p { orphans: 3; widows: 3; }
  details.code { break-after: avoid; break-inside: avoid; } .figure, .output > img, .equation, tr { break-inside: avoid; } .caption { break-before: avoid; break-inside: avoid; }
  .figure > img, .figure.drawn > img { display: block; max-width: 70%; } .figure.drawn > div { display: none; } .wide { overflow: visible; }
  code, pre { font-size: 8.5pt; } details.code pre { padding: 6px 10px; } .output pre { max-height: none; overflow: visible; }
  table { font-size: 8pt; break-inside: auto; } th, td { padding: 3px 8px 3px 0; } a { color: inherit; text-decoration: none; }
}
`;
