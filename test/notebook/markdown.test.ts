import { describe, expect, it } from "vitest";
import { markdownRenderer } from "../../src/notebook/markdown.js";

describe("markdown", async () => {
  const render = await markdownRenderer();

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

  it("embeds pictures or leaves their text", () => {
    const picture = (target: string): string | undefined =>
      target === "a.png" ? "data:image/png;base64,AA" : undefined;
    expect(render("![one](a.png)", { picture })).toContain('<img src="data:image/png;base64,AA" alt="one">');
    expect(render("![two](https://x.org/b.png)", { picture })).toContain("<em>[two]</em>");
  });
});
