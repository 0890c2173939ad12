import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { highlightTypeScript } from "../../src/notebook/highlight.js";
import { escapeHtml } from "../../src/notebook/table.js";

describe("highlightTypeScript", () => {
  it("marks comments, strings, numbers and keywords, and no keyword inside of them", () => {
    const html = highlightTypeScript('const a = "for"; // if 1\nx.of(2)');
    expect(html).toBe(
      '<span class="line"><span class="keyword">const</span> a = <span class="string">&quot;for&quot;</span>; <span class="comment">// if 1</span>\n</span><span class="line">x.of(<span class="number">2</span>)</span>',
    );
  });

  it("gives each line an element of its own, also within a comment of several", () => {
    const html = highlightTypeScript("a /* b\n\nc */\nd");
    const line = (inner: string): string => `<span class="line">${inner}</span>`;
    expect(html).toBe(
      [
        line('a <span class="comment">/* b</span>\n'),
        line("\n"),
        line('<span class="comment">c */</span>\n'),
        line("d"),
      ].join(""),
    );
  });

  it("changes no character of the code, whatever it is", () => {
    const source = fc.string({
      unit: fc.constantFrom("a", "const ", "1", '"', "'", "`", "/", "*", "\\", "\n", "<", "&"),
    });
    fc.assert(
      fc.property(source, code => {
        expect(highlightTypeScript(code).replaceAll(/<\/?span[^>]*>/g, "")).toBe(escapeHtml(code));
      }),
    );
  });
});
