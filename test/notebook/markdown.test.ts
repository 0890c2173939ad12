import { describe, expect, it } from "vitest";
import { markdownRenderer } from "../../src/notebook/markdown.js";
import { safeHtml } from "../../src/notebook/safe-html.js";

describe("markdown", async () => {
  const render = await markdownRenderer(await safeHtml());

  it("turns equations into MathML, in lines and on their own", () => {
    const html = render("Let $h_i = \\tanh(\\beta z_i)$ be.\n\n$$\nL = \\sum_{i<j} w_{ij}\n$$\n\nAfter.");
    expect(html.match(/<math /g)).toHaveLength(2);
    expect(html).toContain('display="block"');
    expect(html).toContain('<annotation encoding="application/x-tex">h_i = \\tanh(\\beta z_i)</annotation>');
    expect(html).toContain("<p>After.</p>");
  });

  it("does not take underscores and stars in equations for emphasis", () => {
    const html = render("$a_1 * b_1$ and $a_2 * b_2$");
    expect(html).not.toContain("<em>");
    expect(html.match(/<math /g)).toHaveLength(2);
  });

  it("leaves prices and code alone", () => {
    const html = render("It costs $5 or $6, `$x$` is code.\n\n```\n$y$\n```");
    expect(html).not.toContain("<math");
    expect(html).toContain("<code>$x$</code>");
  });

  it("knows tables", () => {
    expect(render("| a | b |\n|---|--:|\n| 1 | 2 |")).toContain('<td align="right">2</td>');
  });

  it("lets no HTML of the text do anything", () => {
    const html = render('<img src=x onerror="alert(1)">\n\n**b** <script>alert(1)</script>[l](javascript:alert(1))');
    expect(html).not.toMatch(/onerror|<script|javascript:/);
    expect(html).toContain("<strong>b</strong>");
  });

  it("embeds pictures or leaves their text", () => {
    const picture = (target: string): string | undefined =>
      target === "a.png" ? "data:image/png;base64,AA" : undefined;
    expect(render("![one](a.png)", picture)).toContain('alt="one"');
    expect(render("![one](a.png)", picture)).toContain('src="data:image/png;base64,AA"');
    expect(render("![two](https://x.org/b.png)", picture)).toContain("<em>[two]</em>");
  });
});
