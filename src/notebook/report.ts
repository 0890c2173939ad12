import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { duration } from "../core/progress.js";
import { plotlyBundle } from "../plots/plotly-window.js";
import type { ExecutedNotebook } from "./execute.js";
import { markdownRenderer } from "./markdown.js";
import { type Heading, type ReportArticle, reportArticle } from "./report-notebook.js";
import { reportScript } from "./report-script.js";
import { reportStyle } from "./report-style.js";
import { safeHtml } from "./safe-html.js";
import { escapeHtml } from "./table.js";

export interface ReportOptions {
  /** Heading of the report. Default: "hashbook report". */
  title?: string;
  /** Lines under the heading: when, on what machine. Default: none. */
  facts?: readonly string[];
}

/** A notebook with its name: that of its first heading, else that of its file. */
interface Chapter extends ReportArticle {
  id: string;
  title: string;
}

function entryHtml({ id, html }: Heading): string {
  return `<li><a href="#${id}">${html}</a></li>`;
}

/** A chapter of the contents: its title, and its sections below. */
function chapterEntry({ id, title, headings }: Chapter): string {
  const sections = headings.filter(({ level }) => level === 2);
  const inner = sections.length === 0 ? "" : `<ol>${sections.map(entryHtml).join("")}</ol>`;
  return `<li><a href="#${headings[0]?.id ?? id}">${title}</a>${inner}</li>`;
}

/** What the report is about, for someone who reads no further: where it stopped, tables and figures of the results. */
function resultsHtml(chapters: readonly Chapter[]): string {
  const faults = chapters.flatMap(({ id, error }) =>
    error === undefined ? [] : `<p class="failed"><a href="#${id}">Stopped</a>: ${escapeHtml(error)}</p>`,
  );
  const results = chapters
    .filter(({ results }) => results.length > 0)
    .map(
      ({ id, title, headings, results }) =>
        `<h3><a href="#${headings[0]?.id ?? id}">${title}</a></h3>\n${results.join("\n")}`,
    );
  const heading = results.length > 0 ? '<h2 id="results">Results</h2>' : "";
  return [...faults, heading, ...results].join("\n");
}

function contentsHtml(chapters: readonly Chapter[], withResults: boolean): string {
  const first = withResults ? entryHtml({ id: "results", level: 1, html: "Results" }) : "";
  const list = `<ol>${first}${chapters.map(chapterEntry).join("")}</ol>`;
  return `<nav class="contents" aria-label="Contents"><p>Contents</p>${list}</nav>`;
}

/** The notebooks as chapters whose ids differ. */
async function chaptersOf(notebooks: readonly ExecutedNotebook[]): Promise<Chapter[]> {
  const safe = await safeHtml();
  const render = { safe, markdown: await markdownRenderer(safe) };
  return notebooks.map((executed, index) => {
    const id = `chapter-${index + 1}`;
    const article = reportArticle(executed, id, render);
    return { ...article, id, title: article.headings[0]?.html ?? escapeHtml(basename(executed.file, ".ipynb")) };
  });
}

/**
 * Executed notebooks as one HTML page that needs nothing from elsewhere: first the outputs of cells tagged "results", then
 * prose, code that folds, tables, pictures, and figures that answer to the mouse (the plotly.js bundle is in it once; without
 * scripts, and on paper, the SVGs stay). Nothing of a notebook is run by the page but its figures.
 */
export async function reportHtml(notebooks: readonly ExecutedNotebook[], options: ReportOptions = {}): Promise<string> {
  const [chapters, bundle] = await Promise.all([chaptersOf(notebooks), readFile(plotlyBundle(), "utf8")]);
  const title = escapeHtml(options.title ?? "hashbook report");
  const seconds = notebooks.reduce((sum, { seconds }) => sum + seconds, 0);
  const count = notebooks.length === 1 ? "1 notebook" : `${notebooks.length} notebooks`;
  const facts = [...(options.facts ?? []), `${count} in ${duration(seconds)}`];
  const withResults = chapters.some(({ results }) => results.length > 0);
  const articles = chapters.map(({ html }) => html).join("\n");
  const live = articles.includes('class="figure live"');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${reportStyle}</style>
</head>
<body>
<main>
<header>
<h1>${title}</h1>
<p class="facts">${facts.map(escapeHtml).join("<br>")}</p>
<button id="fold" type="button" hidden>Hide all code</button>
${resultsHtml(chapters)}
</header>
${contentsHtml(chapters, withResults)}
<div class="chapters">
${articles}
</div>
</main>
${live ? `<script>${bundle.replaceAll("</script", "<\\/script")}</script>` : ""}
<script>${reportScript}</script>
</body>
</html>
`;
}
