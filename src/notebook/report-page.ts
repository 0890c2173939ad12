/** Style of the report: one readable column, a table of contents beside it where there is room, plain on paper. */
export const reportStyle: string = `
:root { --ink: #222; --soft: #666; --line: #ddd; --wash: #f7f7f5; --accent: #0072b2; --wrong: #b3261e; }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body { margin: 0; color: var(--ink); background: #fff; font: 16px/1.6 Georgia, "Times New Roman", serif; }
main { max-width: 760px; margin: 0 auto; padding: 32px 24px 96px; }
h1, h2, h3, h4, nav, table, summary, .facts, .caption { font-family: Helvetica, Arial, sans-serif; }
h1 { font-size: 28px; line-height: 1.25; margin: 0 0 12px; }
h2 { font-size: 21px; margin: 40px 0 8px; }
h3 { font-size: 17px; margin: 28px 0 6px; }
article { border-top: 1px solid var(--line); margin-top: 56px; padding-top: 40px; }
article > h1:first-of-type { font-size: 26px; }
p, ul, ol { margin: 0 0 14px; }
a { color: var(--accent); }
code, pre { font: 13px/1.5 "DejaVu Sans Mono", Menlo, Consolas, monospace; }
p code, li code, td code { background: var(--wash); padding: 1px 4px; border-radius: 3px; font-size: 0.85em; }
pre { margin: 0; padding: 10px 14px; overflow-x: auto; white-space: pre; }
details.code { margin: 16px 0 8px; background: var(--wash); border-left: 3px solid var(--line); }
details.code summary { cursor: pointer; padding: 4px 14px; color: var(--soft); font-size: 12px; user-select: none; }
details.code[open] summary { padding-bottom: 0; }
.comment { color: #6a737d; font-style: italic; } .string { color: #00664a; }
.number { color: #a04000; } .keyword { color: #00528a; font-weight: 600; }
.output { margin: 6px 0 14px; overflow-x: auto; }
.output:has(+ .output) { margin-bottom: 0; }
.output pre { padding: 6px 14px; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 420px; overflow-y: auto; }
.stderr pre { color: var(--soft); border-left: 3px solid #e69f00; }
.error pre { color: var(--wrong); border-left: 3px solid var(--wrong); background: #fdf3f2; }
.output img, .output svg { max-width: 100%; height: auto; }
.figure { min-height: 80px; } .figure > img { display: block; margin: 0 auto; }
.equation { overflow: auto hidden; margin: 14px 0; padding: 4px 0; text-align: center; } math { font-size: 1.05em; }
table { border-collapse: collapse; font-size: 14px; line-height: 1.35; margin: 4px 0 14px; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); text-align: left; }
th { border-bottom: 1px solid var(--ink); } [align=right] { text-align: right; }
blockquote { margin: 0 0 14px; padding: 2px 16px; border-left: 3px solid var(--accent); color: #444; }
header .facts { color: var(--soft); font-size: 14px; } .failed { color: var(--wrong); white-space: pre-line; }
nav.contents { font-size: 14px; line-height: 1.45; margin: 28px 0; padding: 14px 18px; background: var(--wash); }
nav.contents ol { list-style: none; margin: 0; padding: 0; } nav.contents ol ol { padding-left: 16px; }
nav.contents a { color: var(--ink); text-decoration: none; } nav.contents a:hover { color: var(--accent); }
nav.contents > ol > li { margin-bottom: 5px; } nav.contents > ol > li > a { font-weight: 600; }
button { font: 13px Helvetica, Arial, sans-serif; padding: 4px 12px; border: 1px solid var(--line); background: #fff; cursor: pointer; }
@media (min-width: 1280px) {
  main { margin-left: max(340px, calc(50% - 380px)); }
  nav.contents { position: fixed; top: 0; left: 0; bottom: 0; width: 300px; margin: 0; overflow-y: auto; padding: 32px 20px; }
}
@media print {
  nav.contents, button { display: none; } main { max-width: none; padding: 0; } body { font-size: 11pt; }
  article { break-before: page; border: 0; } .output, pre, .figure { break-inside: avoid; }
  .output pre { max-height: none; } pre { white-space: pre-wrap; }
}
`;

/** Script of the report: figures come alive when they scroll into view; code can be folded all at once. */
export const reportScript: string = `
(() => {
  const draw = holder => {
    const figure = JSON.parse(holder.querySelector("script").textContent);
    const target = document.createElement("div");
    const image = holder.querySelector("img");
    Plotly.newPlot(target, figure.data, { ...figure.layout, autosize: true }, { ...figure.config, responsive: true, displayModeBar: false });
    target.style.height = (figure.layout.height || 400) + "px";
    if (image) image.replaceWith(target); else holder.append(target);
    Plotly.Plots.resize(target);
  };
  const seen = new IntersectionObserver(entries => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      draw(target);
    }
  }, { rootMargin: "400px" });
  if (typeof Plotly !== "undefined") for (const holder of document.querySelectorAll(".figure.live")) seen.observe(holder);
  const button = document.getElementById("fold");
  button.hidden = false;
  button.addEventListener("click", () => {
    const all = [...document.querySelectorAll("details.code")];
    const open = !all.some(cell => cell.open);
    for (const cell of all) cell.open = open;
    button.textContent = open ? "Hide all code" : "Show all code";
  });
})();
`;
