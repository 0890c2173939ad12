import type { TokenizerAndRendererExtension } from "marked";
import type { PictureOf, SafeHtml } from "./safe-html.js";

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

/** Turns Markdown with equations in `$…$` and `$$…$$` into HTML that a page may hold. */
export type MarkdownRenderer = (markdown: string, picture?: PictureOf) => string;

/** Loads what rendering needs. @param safe makes the HTML harmless that the text may contain */
export async function markdownRenderer(safe: SafeHtml): Promise<MarkdownRenderer> {
  const [{ Marked }, { default: katex }] = await Promise.all([import("marked"), import("katex")]);
  const render: RenderMath = (tex, displayMode) =>
    katex.renderToString(tex.trim(), { displayMode, output: "mathml", throwOnError: false, strict: "ignore" });
  const marked = new Marked({ gfm: true, extensions: undefined });
  marked.use({ extensions: mathExtensions(render) });
  return (markdown, picture) => safe(marked.parse(markdown, { async: false }), picture);
}
