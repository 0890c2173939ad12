import { existsSync, readFileSync } from "node:fs";
import { dirname, extname, resolve } from "node:path";
import type { ExecutedNotebook } from "./execute.js";
import { plotlyType } from "./figure-bundle.js";
import { highlightTypeScript } from "./highlight.js";
import { type CellOutput, joinedText, type MultilineText, type NotebookCell } from "./nbformat.js";
import { outputHtml, type Renderers } from "./report-outputs.js";
import { escapeHtml } from "./table.js";

/** Tag of cells whose outputs are what a reader wants first: they also stand on the first page of the report. */
export const resultsTag = "results";

/** A heading of the table of contents. */
export interface Heading {
  id: string;
  level: number;
  html: string;
}

/** A notebook as part of the report. */
export interface ReportArticle {
  html: string;
  headings: Heading[];
  /** The outputs of its cells tagged {@link resultsTag}. */
  results: string[];
  error?: string;
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
  const type = pictureTypes[extname(target).toLowerCase()];
  if (/^\w+:|%(?![\da-f]{2})/i.test(target) || type === undefined) return undefined;
  const file = resolve(dirname(notebookFile), decodeURIComponent(target));
  return existsSync(file) ? `data:${type};base64,${readFileSync(file).toString("base64")}` : undefined;
}

/** Gives the headings of a text ids and collects them. */
function withHeadingIds(html: string, prefix: string, headings: Heading[]): string {
  return html.replaceAll(/<h([1-3])(?:\s[^>]*)?>([\s\S]*?)<\/h\1>/g, (_, level: string, inner: string) => {
    const id = `${prefix}-${headings.length + 1}`;
    headings.push({ id, level: Number(level), html: inner.replaceAll(/<\/?a\b[^>]*>/g, "") });
    return `<h${level} id="${id}">${inner}</h${level}>`;
  });
}

/** A paragraph in italics that begins a text below a picture or table says what is to be seen in it. */
function withCaption(html: string): string {
  return html.replace(/^<p>(?=<em>(?:(?!<\/?(?:em|p)>)[\s\S])*<\/em><\/p>)/, '<p class="caption">');
}

const outputsHtml = (cell: NotebookCell, render: Renderers): string =>
  (cell.outputs ?? []).map(output => outputHtml(output, render)).join("\n");

function codeHtml(cell: NotebookCell, render: Renderers): string {
  const source = joinedText(cell.source);
  if (source.trim() === "") return outputsHtml(cell, render);
  const count = cell.execution_count == null ? "not run" : `code ${cell.execution_count}`;
  const code = `<details class="code" open><summary>${count}</summary><pre><code>${highlightTypeScript(source)}</code></pre></details>`;
  return `${code}\n${outputsHtml(cell, render)}`;
}

/** Figures come first, then tables, then what is said of them. */
function resultRank(output: CellOutput): number {
  if (!("data" in output)) return 3;
  if (output.data[plotlyType] !== undefined || output.data["image/svg+xml"] !== undefined) return 0;
  return output.data["text/html"] === undefined ? 2 : 1;
}

/** A notebook as an article. @param id a prefix of its ids, unlike those of the others */
export function reportArticle(executed: ExecutedNotebook, id: string, render: Renderers): ReportArticle {
  const headings: Heading[] = [];
  const { cells } = executed.notebook;
  const cellHtml = (cell: NotebookCell, index: number): string => {
    switch (cell.cell_type) {
      case "raw":
        return "";
      case "code":
        return codeHtml(cell, render);
      case "markdown": {
        const picture = (target: string): string | undefined => pictureOf(cell, executed.file, target);
        const html = withHeadingIds(render.markdown(joinedText(cell.source), picture), id, headings);
        return (cells[index - 1]?.outputs ?? []).length > 0 ? withCaption(html) : html;
      }
    }
  };
  const body = cells.map(cellHtml);
  const error = executed.error?.message;
  if (error !== undefined) body.push(`<p class="failed"><strong>${escapeHtml(error)}</strong></p>`);
  const tagged = cells.filter(cell => cell.cell_type === "code" && cell.metadata.tags?.includes(resultsTag));
  const results = tagged.flatMap(cell => cell.outputs ?? []).sort((a, b) => resultRank(a) - resultRank(b));
  return {
    html: `<article id="${id}">\n${body.join("\n")}\n</article>`,
    headings,
    results: results.map(output => outputHtml(output, render)),
    ...(error === undefined ? {} : { error }),
  };
}
