import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkSubmission, readSubmission } from "../../src/challenge/check-submission.js";
import { faultsText } from "../../src/challenge/submission-fault.js";

const known = {
  queries: ["q1.jpg", "q2.jpg", "q3.jpg"],
  gallery: Array.from({ length: 14 }, (_, i) => `g${i + 1}.jpg`),
};
const list = known.gallery.slice(0, 10);
const line = (query: string, gallery: readonly string[] = list): string => `${query},{${gallery.join(",")}}\n`;
const valid = known.queries.map(query => line(query)).join("");
const [first, second, third] = known.queries.map(query => line(query));

/** Every fault as `line kind`, the message of the first. */
function faultsOf(content: string | Uint8Array): { found: string[]; message: string | undefined } {
  const { faults } = checkSubmission(Buffer.from(content), known);
  return { found: faults.map(fault => `${fault.line ?? "-"} ${fault.kind}`), message: faults[0]?.message };
}

const bytes = (...parts: (string | number[])[]): Buffer =>
  Buffer.concat(parts.map(part => Buffer.from(part as string)));

/** What is wrong, the file, the faults expected, and what the first message says. */
const MALFORMED: [what: string, content: string | Uint8Array, faults: string[], message: RegExp][] = [
  ["an empty file", "", ["1 empty-file", "- missing-query", "- missing-query", "- missing-query"], /is empty/],
  ["a byte order mark", bytes([0xef, 0xbb, 0xbf], valid), ["1 byte-order-mark"], /byte order mark/],
  [
    "UTF-16",
    Buffer.from(`\ufeff${valid}`, "utf16le"),
    ["1 encoding", "- missing-query", "- missing-query", "- missing-query"],
    /UTF-16/,
  ],
  [
    "bytes that are not UTF-8",
    bytes(first, "q2.jpg,{", [0xe9], `${second.slice(8)}${third}`),
    ["2 encoding", "2 unknown"],
    /not UTF-8/,
  ],
  ["CR LF in a line", `${first}${second.trimEnd()}\r\n${third}`, ["2 line-end"], /CR LF/],
  ["CR LF in all lines", valid.replaceAll("\n", "\r\n"), ["1 line-end", "2 line-end", "3 line-end"], /CR LF/],
  ["CR alone", valid.replaceAll("\n", "\r"), ["1 line-end", "2 line-end", "3 line-end"], /ends in CR;/],
  ["a header", `image,result\n${valid}`, ["1 header"], /looks like a header, "image,result"/],
  ["a header with braces", `query,{gallery}\n${valid}`, ["1 header"], /header/],
  ["an empty line inside", `${first}\n${second}${third}`, ["2 empty-line"], /empty/],
  ["an empty line at the end", `${valid}\n`, ["4 empty-line"], /empty/],
  ["a line of blanks", `${first}  \t\n${second}${third}`, ["2 empty-line"], /empty/],
  ["no braces", valid.replaceAll(/[{}]/g, ""), ["1 braces", "2 braces", "3 braces"], /no opening brace/],
  ["no opening brace", `${first.replace("{", "")}${second}${third}`, ["1 braces"], /no opening brace/],
  ["no closing brace inside the file", `${first.replace("}", "")}${second}${third}`, ["1 braces"], /no closing brace/],
  [
    "doubled braces",
    `${first}${second.replace("{", "{{").replace("}", "}}")}${third}`,
    ["2 braces"],
    /more than one pair/,
  ],
  ["square brackets", `${first.replace("{", "[").replace("}", "]")}${second}${third}`, ["1 braces"], /brace/],
  ["quotes around the list", `${first.replace("{", '"{').replace("}", '}"')}${second}${third}`, ["1 quotes"], /quotes/],
  ["quotes around names", `${first.replaceAll(/([qg]\d+\.jpg)/g, "'$1'")}${second}${third}`, ["1 quotes"], /quotes/],
  [
    "a blank after each comma",
    `${first}${line(
      "q2.jpg",
      list.map((name, i) => (i === 0 ? name : ` ${name}`)),
    )}${third}`,
    Array(9).fill("2 spaces"),
    /blanks around the gallery name " g2/,
  ],
  ["a blank before the list", `${first.replace(",{", ", {")}${second}${third}`, ["1 spaces"], /between query and list/],
  ["a blank after the line", `${first.replace("}", "} ")}${second}${third}`, ["1 spaces"], /after the closing brace/],
  ["semicolons in the list", `${first}${second.replaceAll(",g", ";g")}${third}`, ["2 separator"], /comma alone/],
  ["blanks in place of commas", `${first}${second.replaceAll(",g", " g")}${third}`, ["2 separator"], /comma alone/],
  ["tabs in place of commas", `${first}${second.replaceAll(",g", "\tg")}${third}`, ["2 separator"], /comma alone/],
  ["a semicolon after the query", `${first.replace(",{", ";{")}${second}${third}`, ["1 separator"], /";" between/],
  ["nothing between query and list", `${first.replace(",{", "{")}${second}${third}`, ["1 separator"], /"" between/],
  ["a colon after the query", `${first.replace(",{", ":{")}${second}${third}`, ["1 separator"], /":" between/],
  ["text after the list", `${first.replace("}", "},0.93")}${second}${third}`, ["1 trailing-text"], /",0.93" after/],
  ["nine images", `${first}${line("q2.jpg", list.slice(1))}${third}`, ["2 count"], /9 gallery images; exactly 10/],
  ["eleven images", `${first}${line("q2.jpg", known.gallery.slice(0, 11))}${third}`, ["2 count"], /11 gallery images/],
  ["no images", `${first}q2.jpg,{}\n${third}`, ["2 count"], /0 gallery images/],
  ["a comma too many", `${first}${second.replace("}", ",}")}${third}`, ["2 empty-name"], /is empty/],
  ["an image twice", `${first}${second.replace("g10", "g1")}${third}`, ["2 duplicate"], /"g1.jpg" in places 1 and 10/],
  [
    "an image twice in different case",
    `${first}${second.replace("g10", "G1")}${third}`,
    ["2 case", "2 duplicate"],
    /differs in case/,
  ],
  ["an unknown image", `${first}${second.replace("g10", "g99")}${third}`, ["2 unknown"], /"g99.jpg" is not known/],
  [
    "an image in the wrong case",
    `${first}${second.replace("g10.jpg", "g10.JPG")}${third}`,
    ["2 case"],
    /differs in case from "g10.jpg"/,
  ],
  [
    "an image of another extension",
    `${first}${second.replace("g10.jpg", "g10.png")}${third}`,
    ["2 extension"],
    /extension/,
  ],
  [
    "images without extension",
    `${first}${second.replaceAll(/(g\d+)\.jpg/g, "$1")}${third}`,
    Array(10).fill("2 extension"),
    /extension/,
  ],
  [
    "a folder before an image",
    `${first}${second.replace("g10", "gallery/g10")}${third}`,
    ["2 path"],
    /a folder before/,
  ],
  ["a Windows folder before the query", `test\\query\\${first}${second}${third}`, ["1 path"], /query name/],
  [
    "a query in the list",
    `${first}${second.replace("g10", "q1")}${third}`,
    ["2 wrong-side"],
    /"q1.jpg" is a query image/,
  ],
  [
    "a gallery image as query",
    `${first}${second.replace("q2", "g12")}${third}`,
    ["2 wrong-side", "- missing-query"],
    /is a gallery image, not a query/,
  ],
  [
    "an unknown query",
    `${first}${second.replace("q2", "q7")}${third}`,
    ["2 unknown", "- missing-query"],
    /query image "q7.jpg" is not known/,
  ],
  [
    "no query",
    `${first}${second.replace("q2.jpg", "")}${third}`,
    ["2 empty-name", "- missing-query"],
    /query name is empty/,
  ],
  ["a query twice", `${valid}${second}`, ["4 repeated-query"], /"q2.jpg" is already in line 2/],
  ["a query too few", first + third, ["- missing-query"], /no line for query "q2.jpg"/],
  ["a last line cut in the list", valid.slice(0, -20), ["3 cut-short"], /cut short/],
  ["a last line cut in the query", `${first}${second}q3`, ["3 cut-short", "- missing-query"], /cut short/],
];

describe("checkSubmission", () => {
  it.each([
    ["with a line feed at the end", valid],
    ["without one", valid.trimEnd()],
    ["in another order of queries", third + first + second],
  ])("finds no fault in a valid file %s", (_, content) => {
    const { faults, lines } = checkSubmission(Buffer.from(content), known);
    expect(faults).toEqual([]);
    expect(lines.map(({ query }) => query).sort()).toEqual(known.queries);
    for (const { gallery } of lines) expect(gallery).toEqual(list);
  });

  it.each(MALFORMED)("finds %s", (_, content, faults, message) => {
    const { found, message: said } = faultsOf(content);
    expect(found).toEqual(faults);
    expect(said).toMatch(message);
  });

  it("finds all of many faults, each with its line", () => {
    const content = `${first.replace("g10", "g1").replace("},", "}")}\n${second.replace("g3.jpg,", "").replace("g4", "x4")}`;
    expect(faultsOf(content).found).toEqual(["1 duplicate", "2 empty-line", "3 count", "3 unknown", "- missing-query"]);
  });

  it("expects the whole of a gallery of fewer than ten", () => {
    const small = { queries: ["q1.jpg"], gallery: known.gallery.slice(0, 4) };
    expect(checkSubmission(Buffer.from(line("q1.jpg", small.gallery)), small).faults).toEqual([]);
    expect(checkSubmission(Buffer.from(line("q1.jpg", small.gallery.slice(1))), small).faults).toMatchObject([
      { line: 1, kind: "count", message: "3 gallery images; exactly 4 are expected" },
    ]);
  });

  it("prefers a name as it is to what else it might mean", () => {
    const odd = { queries: ["q 1.jpg"], gallery: list.map((name, i) => (i === 0 ? "a b;c.jpg" : name)) };
    expect(checkSubmission(Buffer.from(line("q 1.jpg", odd.gallery)), odd).faults).toEqual([]);
  });

  it("refuses names that come twice", () => {
    const twice = { queries: ["q1.jpg"], gallery: ["a.jpg", "b.jpg", "a.jpg"] };
    expect(() => checkSubmission(Buffer.from(""), twice)).toThrow(
      /gallery name comes twice.*"a.jpg" in places 0 and 2/,
    );
  });
});

describe("readSubmission", () => {
  it("names the file that is missing", async () => {
    const folder = await mkdtemp(join(tmpdir(), "submission-"));
    await writeFile(join(folder, "a.csv"), valid);
    expect((await readSubmission(join(folder, "a.csv"), known)).faults).toEqual([]);
    await expect(readSubmission(join(folder, "b.csv"), known)).rejects.toThrow(/b\.csv: cannot be read/);
  });
});

describe("faultsText", () => {
  it("shows five of a kind and says how many more there are", () => {
    const { faults } = checkSubmission(Buffer.from(`${first}${second.replaceAll(/(g\d+)\.jpg/g, "$1")}`), known);
    const lines = faultsText(faults, "s.csv").split("\n");
    expect(lines).toHaveLength(5 + 1 + 1);
    expect(lines[0]).toMatch(/^s\.csv:2: gallery name "g1" differs in its extension/);
    expect(lines[5]).toBe('s.csv: no line for query "q3.jpg"');
    expect(lines[6]).toBe("s.csv: and 5 more of this kind: extension");
  });
});
