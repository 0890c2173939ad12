import { JSDOM, VirtualConsole } from "jsdom";
import { describe, expect, it } from "vitest";
import { safeHtml } from "../../src/notebook/safe-html.js";

/** What people write to have a page run something, load something, or look as if it said something else. */
const ATTACKS = [
  '<img src=x onerror="bad()">',
  "<script>bad()</script>",
  "<svg onload=bad()><script>bad()</script></svg>",
  '<a href="javascript:bad()">x</a>',
  '<a href="java\nscript:bad()">x</a>',
  '<iframe srcdoc="<script>bad()</script>"></iframe>',
  '<math><annotation-xml encoding="text/html"><img src=x onerror=bad()></annotation-xml></math>',
  "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=bad()&gt;'>",
  "<svg></p><style><a id='</style><img src=1 onerror=bad()>'>",
  '<math><semantics><annotation encoding="text/html"><img src=x onerror=bad()></annotation></semantics></math>',
  "<style>* { display: none }</style>",
  '<style>@import "https://elsewhere.org/a.css"</style>',
  '<div style="position:fixed;inset:0">over all</div>',
  '<p style="background:url(https://elsewhere.org/p.gif)">x</p>',
  '<p style="background:\\75rl(https://elsewhere.org/p.gif)">x</p>',
  '<img src="https://elsewhere.org/p.gif" srcset="https://elsewhere.org/q.gif 2x">',
  '<svg><image href="https://elsewhere.org/p.svg"/><use xlink:href="https://elsewhere.org/p.svg#a"/></svg>',
  '<svg><feImage href="https://elsewhere.org/p.svg"/></svg>',
  '<table background="https://elsewhere.org/p.gif"><tr><td>x</td></tr></table>',
  '<link rel=stylesheet href="https://elsewhere.org/a.css"><base href="https://elsewhere.org/">',
  '<meta http-equiv=refresh content="0;url=https://elsewhere.org/">',
  '<form action="https://elsewhere.org/"><input name=a><button>go</button></form>',
  '<object data="https://elsewhere.org/a.swf"></object><embed src="https://elsewhere.org/b">',
  '<video src="https://elsewhere.org/v.mp4" poster="https://elsewhere.org/p.gif"></video>',
];

interface Element {
  localName: string;
  attributes: Iterable<{ name: string; value: string }>;
}

/** What in a page would act or load. */
function faultsOf(html: string): string[] {
  const page = new JSDOM(`<!doctype html>${html}`, { virtualConsole: new VirtualConsole() }).window.document;
  const faults: string[] = [];
  for (const { localName, attributes } of page.querySelectorAll("html *") as unknown as Iterable<Element>) {
    if (/^(script|style|iframe|object|embed|link|base|meta|form|input|button|video)$/.test(localName))
      faults.push(localName);
    for (const { name, value } of attributes) {
      if (/^(on|srcset|srcdoc|action|background|poster)/.test(name)) faults.push(name);
      if (localName !== "a" && value.includes("elsewhere.org")) faults.push(value);
      if (/^javascript:|position:|url\(|rl\(/i.test(value.replaceAll(/\s/g, ""))) faults.push(value);
    }
  }
  return faults;
}

describe("safeHtml", async () => {
  const safe = await safeHtml();

  it.each(ATTACKS)("leaves nothing that acts or loads: %s", attack => {
    expect(faultsOf(attack)).not.toEqual([]);
    expect(faultsOf(safe(attack))).toEqual([]);
    // What is harmless in one reading must be so when the page is read from its text.
    expect(faultsOf(safe(safe(attack)))).toEqual([]);
  });

  it("leaves what tables, links, drawings and equations are made of", () => {
    const kept = [
      '<table id="t"><tbody><tr><td align="right" style="color: red">1</td></tr></tbody></table>',
      '<a href="https://example.org/paper.pdf">paper</a>',
      '<svg viewBox="0 0 1 1"><path d="M0 0L1 1"></path></svg>',
      '<math><semantics><mi>x</mi><annotation encoding="application/x-tex">x</annotation></semantics></math>',
      "<details><summary>more</summary>text</details>",
    ];
    for (const html of kept) expect(safe(html)).toBe(html);
  });

  it("embeds the pictures that are to be had and names the others", () => {
    const picture = (target: string): string | undefined =>
      target === "a.png" ? "data:image/png;base64,AA" : undefined;
    expect(safe('<img src="a.png" width="30">', picture)).toBe('<img src="data:image/png;base64,AA" width="30">');
    expect(safe('<img src="b.png" alt="a <b>">', picture)).toBe("<em>[a &lt;b&gt;]</em>");
    expect(safe('<img src="data:image/gif;base64,BB">')).toBe('<img src="data:image/gif;base64,BB">');
  });
});
