import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageFolder } from "../../src/core/paths.js";
import type { Notebook } from "../../src/notebook/nbformat.js";
import { joinedText } from "../../src/notebook/nbformat.js";
import { quotedNumbers, unfoundedNumbers } from "./quoted-numbers.js";

const folder = join(packageFolder, "notebooks");
const notebooks = readdirSync(folder).filter(name => name.endsWith(".ipynb"));
const read = (name: string): Notebook => JSON.parse(readFileSync(join(folder, name), "utf8")) as Notebook;

/** A notebook of one output and one text. */
function notebook(output: string, markdown: string): Notebook {
  return {
    cells: [
      {
        cell_type: "code",
        id: "made",
        execution_count: 1,
        metadata: {},
        source: "",
        outputs: [{ output_type: "display_data", metadata: {}, data: { "text/plain": output } }],
      },
      { cell_type: "markdown", id: "said", metadata: {}, source: markdown },
    ],
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
  } as Notebook;
}

describe("numbers in prose", () => {
  it("are found outside of equations, code, links and versions", () => {
    const text =
      "mAP .43, of 0.838 and 7 % at $\\beta = 0.5$ with `x = 0.1` in [a](b/0.2), arXiv 1702.00758, 4.5.1, v2.0.";
    expect(quotedNumbers(text)).toEqual([".43", "0.838", "7"]);
    expect(quotedNumbers("[arXiv:1702.00758](https://arxiv.org/abs/1702.00758)\n\n    0.7 in code\n")).toEqual([]);
  });

  it("are those of an output, rounded as they are written; others are named", () => {
    expect(unfoundedNumbers(notebook("mAP 0.8384\nempty 0.074", "It is .84, 0.838; 7 % are empty."))).toEqual([]);
    expect(unfoundedNumbers(notebook("mAP 0.8384", "It is 0.839, or 12 %."))).toEqual(["said: 0.839", "said: 12"]);
  });

  it.each(notebooks)("%s quotes no number that none of its cells has put out", name => {
    expect(unfoundedNumbers(read(name))).toEqual([]);
  });
});

/** README's table on new classes, against the notebook it is taken from; that of results is in readme-results.test.ts. */
describe("README's numbers", () => {
  const readme = readFileSync(join(packageFolder, "README.md"), "utf8");
  const table = (name: string, id: string): Map<string, string>[] => {
    const cell = read(name).cells.find(one => one.id === id);
    const output =
      cell?.cell_type === "code" ? cell.outputs?.find(one => "data" in one && "text/html" in one.data) : undefined;
    const data = output !== undefined && "data" in output ? output.data["text/plain"] : "";
    const [head, ...rows] = joinedText(data as string | string[])
      .split("\n")
      .map(line => line.trim().split(/ {2,}/));
    return rows.map(row => new Map(head.map((column, i) => [column, row[i]])));
  };

  it("on classes never trained on are those of notebook 8", () => {
    const made = table("08-protocols.ipynb", "08-27-code");
    expect(made).toHaveLength(6);
    const columns = ["mAP, classes seen", "mAP, classes new", "accuracy on new classes"];
    const rows = [...readme.matchAll(/^\| ([^|]+) \| [a-z4 ]* ?\| ([\d.± ]+) \| ([\d.± ]+) \| ([\d.± ]+) \|$/gm)];
    const quoted = rows.map(([, name, ...values]) => [name, ...values]);
    expect(quoted).toEqual(made.map(row => [row.get("method"), ...columns.map(column => row.get(column))]));
  });
});
