import { plotlyType } from "./figure-bundle.js";
import type { MarkdownRenderer } from "./markdown.js";
import { type CellOutput, joinedText, type MimeBundle, type MultilineText } from "./nbformat.js";
import type { SafeHtml } from "./safe-html.js";
import { escapeHtml } from "./table.js";

/** Turns what notebooks contain into HTML that needs nothing from elsewhere and does nothing. */
export interface Renderers {
  markdown: MarkdownRenderer;
  safe: SafeHtml;
}

function textOf(data: MimeBundle, type: string): string | undefined {
  const value = data[type];
  return value === undefined ? undefined : joinedText(value as MultilineText);
}

function svgImage(svg: string, alt: string): string {
  return `<img src="data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}" alt="${escapeHtml(alt)}">`;
}

/** JSON in a script element: nothing in it may end the element. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

function figureHtml(figure: unknown, svg: string | undefined, alt: string): string {
  const fallback = svg === undefined ? "" : svgImage(svg, alt);
  return `<div class="figure live">${fallback}<script type="application/json">${scriptJson(figure)}</script></div>`;
}

/** Keeps `± 0.003` and `top-1` in cells of tables on one line, where columns are narrow. */
function withoutBreaks(html: string): string {
  return html.replaceAll(/(?<=>)[^<>]+(?=<\/t[hd]>)/g, text =>
    text.replaceAll(/±\s?[\d.]+|\b\w+-\d+\b/g, '<span class="one">$&</span>'),
  );
}

function dataHtml(data: MimeBundle, metadata: Record<string, unknown>, render: Renderers): string {
  const plain = textOf(data, "text/plain") ?? "";
  const svg = textOf(data, "image/svg+xml");
  if (data[plotlyType] !== undefined) return figureHtml(data[plotlyType], svg, plain);
  if (svg !== undefined) return `<div class="figure">${svgImage(svg, plain)}</div>`;
  for (const type of ["image/png", "image/jpeg", "image/gif"]) {
    const base64 = textOf(data, type)?.replaceAll(/\s/g, "");
    if (base64 === undefined) continue;
    const width = (metadata[type] as { width?: number } | undefined)?.width;
    const size = width === undefined ? "" : ` width="${width}"`;
    return `<img src="data:${type};base64,${base64}" alt="${escapeHtml(plain)}"${size}>`;
  }
  const html = textOf(data, "text/html");
  if (html !== undefined) return `<div class="wide">${withoutBreaks(render.safe(html))}</div>`;
  const source = textOf(data, "text/markdown") ?? textOf(data, "text/latex");
  return source === undefined ? `<pre>${escapeHtml(plain)}</pre>` : render.markdown(source);
}

/** Terminal colours have no place in a page. */
function withoutColours(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  return text.replaceAll(/\u001b\[[\d;]*[A-Za-z]/g, "");
}

/** One output of a cell as HTML that needs nothing from elsewhere. */
export function outputHtml(output: CellOutput, render: Renderers): string {
  switch (output.output_type) {
    case "stream": {
      const text = escapeHtml(withoutColours(joinedText(output.text)));
      return `<div class="output ${output.name}"><pre>${text}</pre></div>`;
    }
    case "error":
      return `<div class="output error"><pre>${escapeHtml(withoutColours(output.traceback.join("\n")))}</pre></div>`;
    case "display_data":
    case "execute_result":
      return `<div class="output">${dataHtml(output.data, output.metadata, render)}</div>`;
  }
}
