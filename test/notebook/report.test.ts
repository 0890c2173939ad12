import { readFileSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { JSDOM, VirtualConsole } from "jsdom";
import { beforeAll, describe, expect, it } from "vitest";
import type { ExecutedNotebook } from "../../src/notebook/execute.js";
import { plotlyType } from "../../src/notebook/figure-bundle.js";
import type { CellOutput } from "../../src/notebook/nbformat.js";
import { NotebookError } from "../../src/notebook/notebook-error.js";
import { reportHtml } from "../../src/notebook/report.js";
import { plotlyBundle } from "../../src/plots/plotly-window.js";
import { code, markdown, notebook } from "./fixture-notebook.js";

const figure = { data: [{ type: "bar", y: [1], name: "</script><b>" }], layout: { height: 300 }, config: {} };
const display = (data: Record<string, unknown>): CellOutput => ({ output_type: "display_data", data, metadata: {} });
const plot = display({
  [plotlyType]: figure,
  "image/svg+xml": ["<svg ", 'xmlns="http://www.w3.org/2000/svg"/>'],
  "text/plain": ["[PR]"],
});

async function fixture(): Promise<ExecutedNotebook[]> {
  const folder = await mkdtemp(join(tmpdir(), "hashbook-test-"));
  await writeFile(join(folder, "p.png"), Buffer.from([0x89, 0x50]));
  const book = notebook(
    markdown("# Chapter *one*\n\n![local](p.png) ![remote](https://example.org/x.png)\n\n## Why\n\n$x_1$"),
    markdown('*No picture above.* <img src="x" onerror="bad()">'),
    {
      ...code("const a: number = 1; // <b>"),
      metadata: { tags: ["results"] },
      execution_count: 1,
      outputs: [
        display({
          "text/html": "<table id=t><tr><td>0.8 ± 0.1</td></tr></table><script>bad()</script>",
          "text/plain": "t",
        }),
        plot,
        plot,
      ],
    },
    markdown("*What to see.*"),
    {
      ...code("fail()"),
      execution_count: 2,
      outputs: [
        { output_type: "error", ename: "E", evalue: "v", traceback: ["E: \u001b[31mv\u001b[0m", "    at <x>"] },
      ],
    },
    { ...code("never()"), outputs: [] },
  );
  const error = new NotebookError("cell 3\n  E: v", { file: "one.ipynb" });
  const one = { file: join(folder, "one.ipynb"), notebook: book, seconds: 1.5, cellsDone: 1, cells: 3, error };
  const { error: _, ...done } = one;
  return [one, { ...done, file: join(folder, "two.ipynb") }];
}

describe("reportHtml", () => {
  let html: string;
  let document: Document;
  type Document = {
    querySelectorAll(selector: string): Iterable<Element>;
    querySelector(selector: string): Element | null;
  };
  type Element = { innerHTML: string; textContent: string | null; getAttribute(name: string): string | null };
  const all = (selector: string): Element[] => [...document.querySelectorAll(selector)];

  beforeAll(async () => {
    html = await reportHtml(await fixture(), { title: "A & B", facts: ["today"] });
    document = new JSDOM(html, { virtualConsole: new VirtualConsole() }).window.document as unknown as Document;
  });

  it("needs nothing from elsewhere", () => {
    const sources = all("[src], link[href], object, iframe, embed").map(e => e.getAttribute("src") ?? "other");
    expect(sources.length).toBeGreaterThan(0);
    expect(sources.filter(source => !source.startsWith("data:"))).toEqual([]);
    expect(html.match(/<style>[\s\S]*?<\/style>/)?.[0]).not.toMatch(/url\(|@import/);
  });

  it("has the plotly bundle in it once, however many figures", () => {
    const start = readFileSync(plotlyBundle(), "utf8").slice(0, 200);
    expect(html.split(start)).toHaveLength(2);
    expect(all(".figure.live")).toHaveLength(8);
  });

  it("keeps figures intact and shows their SVG without scripts", () => {
    const [holder] = all(".figure.live script");
    expect(JSON.parse(holder.textContent ?? "")).toEqual(figure);
    const [image] = all(".figure.live > img");
    expect(image.getAttribute("alt")).toBe("[PR]");
    const svg = Buffer.from((image.getAttribute("src") ?? "").split(",")[1], "base64").toString();
    expect(svg).toBe('<svg xmlns="http://www.w3.org/2000/svg"/>');
  });

  it("leads from the contents to every heading", () => {
    const targets = all("nav.contents a").map(link => link.getAttribute("href"));
    expect(targets).toHaveLength(5);
    for (const target of targets) expect(document.querySelector(`${target}`)).not.toBeNull();
    expect(all("nav.contents > ol > li")).toHaveLength(3);
    expect(all("nav.contents > ol > li > ol > li").map(item => item.textContent)).toEqual(["Why", "Why"]);
  });

  it("shows prose, code, tables and errors", () => {
    expect(all("details.code pre code")[0].textContent).toBe("const a: number = 1; // <b>");
    expect(all("article #t")).toHaveLength(2);
    expect(all(".output.error pre")[0].textContent).toBe("E: v\n    at <x>");
    expect(all("article .failed")).toHaveLength(1);
    expect(all("math")).toHaveLength(2);
    expect(all("h1")[0].textContent).toBe("A & B");
    expect(
      all("details.code summary")
        .map(s => s.textContent)
        .slice(0, 3),
    ).toEqual(["code 1", "code 2", "not run"]);
  });

  it("begins with where it stopped and what came out, figures first, and says from which chapter", () => {
    const ids = html.match(/<h1|class="failed"|<h2 id="results"|<nav|<article/g);
    expect(ids?.slice(0, 5)).toEqual(["<h1", 'class="failed"', '<h2 id="results"', "<nav", "<article"]);
    expect(all("header > .failed").map(note => note.textContent)).toEqual(["Stopped: one.ipynb: cell 3\n  E: v"]);
    expect(all("header > h3 > a").map(link => link.getAttribute("href"))).toEqual(["#chapter-1-1", "#chapter-2-1"]);
    const kinds = all("header > .output").map(({ innerHTML }) =>
      innerHTML.includes("figure live") ? "figure" : "table",
    );
    expect(kinds).toEqual(["figure", "figure", "table", "figure", "figure", "table"]);
  });

  it("runs nothing of a notebook", () => {
    expect(all("[onerror]")).toEqual([]);
    expect(all("script").filter(script => script.textContent?.startsWith("bad"))).toEqual([]);
  });

  it("knows a caption by what it stands under, and keeps deviations on one line", () => {
    expect(all(".caption").map(caption => caption.textContent)).toEqual(["What to see.", "What to see."]);
    expect(all("article td .one").map(part => part.textContent)).toEqual(["± 0.1", "± 0.1"]);
  });

  it("leaves the bundle out when there is no figure", async () => {
    const plain = { file: "a.ipynb", notebook: notebook(markdown("# A")), seconds: 0, cellsDone: 0, cells: 0 };
    expect((await reportHtml([plain])).length).toBeLessThan(20_000);
  });
});
