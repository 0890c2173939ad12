import type { Marked, TokenizerAndRendererExtension } from "marked";
import { escapeHtml } from "./table.js";

/** An equation as MathML, which browsers draw without fonts or scripts of ours. */
type RenderMath = (tex: string, display: boolean) => string;

function mathExtensions(render: RenderMath): TokenizerAndRendererExtension[] {
  const inline: TokenizerAndRendererExtension = {
    name: "inlineMath",
    level: "inline",
    start: source => source.indexOf("$"),
    tokenizer: source => {
      // As in Pandoc: no space inside the dollars and no digit after them, so that prices stay prices.
      const match = /^\$\$([^$]+?)\$\$|^\$(?!\s)((?:[^$\\\n`]|\\.|\n(?!\n))+?)(?<!\s)\$(?!\d)/.exec(source);
      if (match === null) return undefined;
      return { type: "inlineMath", raw: match[0], text: match[1] ?? match[2], display: match[1] !== undefined };
    },
    renderer: token => render(token.text, token.display),
  };
  const block: TokenizerAndRendererExtension = {
    name: "blockMath",
    level: "block",
    start: source => /(?:^|\n)\$\$/.exec(source)?.index,
    tokenizer: source => {
      const match = /^\$\$([\s\S]+?)\$\$[ \t]*(?:\n|$)/.exec(source);
      return match === null ? undefined : { type: "blockMath", raw: match[0], text: match[1] };
    },
    renderer: token => `<div class="equation">${render(token.text, true)}</div>\n`,
  };
  return [block, inline];
}

/** Makes links and pictures of a document self-contained. */
export interface MarkdownOptions {
  /** The data URI of a picture; undefined when it is not to be had, then its text stands in its place. */
  picture?: (target: string) => string | undefined;
}

/** Turns Markdown with equations in `$…$` and `$$…$$` into HTML. */
export type MarkdownRenderer = (markdown: string, options?: MarkdownOptions) => string;

function setPictures(marked: Marked, picture: (target: string) => string | undefined): void {
  marked.use({
    renderer: {
      image({ href, text }): string {
        const uri = href.startsWith("data:") ? href : picture(href);
        return uri === undefined ? `<em>[${escapeHtml(text)}]</em>` : `<img src="${uri}" alt="${escapeHtml(text)}">`;
      },
    },
  });
}

/** Loads what rendering needs. */
export async function markdownRenderer(): Promise<MarkdownRenderer> {
  const [{ Marked }, { default: katex }] = await Promise.all([import("marked"), import("katex")]);
  const render: RenderMath = (tex, displayMode) =>
    katex.renderToString(tex.trim(), { displayMode, output: "mathml", throwOnError: false, strict: "ignore" });
  return (markdown, options = {}) => {
    const marked = new Marked({ gfm: true, extensions: undefined });
    marked.use({ extensions: mathExtensions(render) });
    setPictures(marked, options.picture ?? (() => undefined));
    return marked.parse(markdown, { async: false });
  };
}
