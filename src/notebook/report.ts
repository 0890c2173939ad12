import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, extname, resolve } from "node:path";
import { duration } from "../core/progress.js";
import { plotlyBundle } from "../plots/plotly-window.js";
import type { ExecutedNotebook } from "./execute.js";
import { highlightTypeScript } from "./highlight.js";
import { type MarkdownRenderer, markdownRenderer } from "./markdown.js";
import { joinedText, type MultilineText, type NotebookCell } from "./nbformat.js";
import { outputHtml } from "./report-outputs.js";
import { reportScript, reportStyle } from "./report-page.js";
import { escapeHtml } from "./table.js";

export interface ReportOptions {
  /** Heading of the report. Default: "hashbook report". */
  title?: string;
  /** Lines under the heading: when, on what machine. Default: none. */
  facts?: readonly string[];
}

/** A heading of the table of contents. */
interface Heading {
  id: string;
  level: number;
  html: string;
}

const pictureTypes: Readonly<Record<string, string>> = {
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".svg": "image/svg+xml",
  ".webp": "image/webp",
};

/** A picture of a text cell as data URI: an attachment of the cell or a file beside the notebook. */
function pictureOf(cell: NotebookCell, notebookFile: string, target: string): string | undefined {
  const attachment = cell.attachments?.[target.replace(/^attachment:/, "")];
  if (attachment !== undefined) {
    const [type, data] = Object.entries(attachment)[0];
    return `data:${type};base64,${joinedText(data as MultilineText)}`;
  }
  const file = resolve(dirname(notebookFile), decodeURIComponent(target));
  const type = pictureTypes[extname(file).toLowerCase()];
  if (/^\w+:/.test(target) || type === undefined || !existsSync(file)) return undefined;
  return `data:${type};base64,${readFileSync(file).toString("base64")}`;
}

/** Gives the headings of a text ids and collects them. */
function withHeadingIds(html: string, prefix: string, headings: Heading[]): string {
  return html.replaceAll(/<h([1-3])>([\s\S]*?)<\/h\1>/g, (_, level: string, inner: string) => {
    const id = `${prefix}-${headings.length + 1}`;
    headings.push({ id, level: Number(level), html: inner.replaceAll(/<\/?a\b[^>]*>/g, "") });
    return `<h${level} id="${id}">${inner}</h${level}>`;
  });
}

function codeHtml(cell: NotebookCell, markdown: MarkdownRenderer): string {
  const source = joinedText(cell.source);
  const outputs = (cell.outputs ?? []).map(output => outputHtml(output, markdown)).join("\n");
  if (source.trim() === "") return outputs;
  const count = cell.execution_count == null ? "not run" : `code ${cell.execution_count}`;
  const code = `<details class="code" open><summary>${count}</summary><pre><code>${highlightTypeScript(source)}</code></pre></details>`;
  return `${code}\n${outputs}`;
}

function notebookHtml(executed: ExecutedNotebook, markdown: MarkdownRenderer, headings: Heading[]): string {
  const name = basename(executed.file, ".ipynb");
  const cellHtml = (cell: NotebookCell): string => {
    switch (cell.cell_type) {
      case "raw":
        return "";
      case "code":
        return codeHtml(cell, markdown);
      case "markdown": {
        const picture = (target: string): string | undefined => pictureOf(cell, executed.file, target);
        return withHeadingIds(markdown(joinedText(cell.source), { picture }), name, headings);
      }
    }
  };
  const body = executed.notebook.cells.map(cellHtml);
  const note =
    executed.error === undefined ? "" : `<p class="failed"><strong>${escapeHtml(executed.error.message)}</strong></p>`;
  return `<article id="${escapeHtml(name)}">\n${body.join("\n")}\n${note}</article>`;
}

function contentsHtml(headings: readonly Heading[]): string {
  let html = "";
  let open = false;
  let inner = false;
  for (const { id, level, html: text } of headings) {
    if (level === 1 || !open) {
      html += `${inner ? "</ol>" : ""}${open ? "</li>" : ""}<li><a href="#${id}">${text}</a>`;
      open = true;
      inner = false;
    } else if (level === 2) {
      html += `${inner ? "" : "<ol>"}<li><a href="#${id}">${text}</a></li>`;
      inner = true;
    }
  }
  return `<nav class="contents" aria-label="Contents"><ol>${html}${inner ? "</ol>" : ""}${open ? "</li>" : ""}</ol></nav>`;
}

/**
 * Executed notebooks as one HTML page that needs nothing from elsewhere: prose, code that folds, tables, pictures,
 * and figures that answer to the mouse (the plotly.js bundle is in it once; without scripts the SVGs stay).
 */
export async function reportHtml(notebooks: readonly ExecutedNotebook[], options: ReportOptions = {}): Promise<string> {
  const [markdown, bundle] = await Promise.all([markdownRenderer(), readFile(plotlyBundle(), "utf8")]);
  const headings: Heading[] = [];
  const articles = notebooks.map(executed => notebookHtml(executed, markdown, headings)).join("\n");
  const title = escapeHtml(options.title ?? "hashbook report");
  const seconds = notebooks.reduce((sum, { seconds }) => sum + seconds, 0);
  const facts = [...(options.facts ?? []), `${notebooks.length} notebooks in ${duration(seconds)}`];
  const live = articles.includes('class="figure live"');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${reportStyle}</style>
</head>
<body>
<main>
<header>
<h1>${title}</h1>
<p class="facts">${facts.map(escapeHtml).join("<br>")}</p>
<button id="fold" type="button" hidden>Hide all code</button>
</header>
${contentsHtml(headings)}
${articles}
</main>
${live ? `<script>${bundle.replaceAll("</script", "<\\/script")}</script>` : ""}
<script>${reportScript}</script>
</body>
</html>
`;
}
