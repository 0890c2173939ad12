import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { highlightTypeScript } from "../../src/notebook/highlight.js";
import { escapeHtml } from "../../src/notebook/table.js";

describe("highlightTypeScript", () => {
  it("marks comments, strings, numbers and keywords, and no keyword inside of them", () => {
    const html = highlightTypeScript('const a = "for"; // if 1\nx.of(2)');
    expect(html).toBe(
      '<span class="keyword">const</span> a = <span class="string">&quot;for&quot;</span>; <span class="comment">// if 1</span>\nx.of(<span class="number">2</span>)',
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
