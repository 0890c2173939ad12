import { DataFrame } from "danfojs-node";
import { describe, expect, it } from "vitest";
import { InputError } from "../../src/core/errors.js";
import { tableHtml, tablePlain } from "../../src/notebook/table.js";

const rows = [
  { method: "HashNet", bits: 48, mAP: 0.75123 },
  { method: "<LSH>", bits: 16, mAP: null },
];

describe("tables", () => {
  it("set numbers to the right with as many digits as asked for, whole numbers without", () => {
    expect(tablePlain(rows)).toBe("method   bits    mAP\nHashNet    48  0.751\n<LSH>      16");
    expect(tablePlain(rows, { digits: 1 })).toContain("0.8");
  });

  it("take a dash for a missing number", () => {
    expect(tablePlain([{ a: 0.5 }, { a: "–" }, { a: 1 }])).toBe("  a\n0.5\n  –\n1.0");
    expect(tablePlain([{ a: 1 }, { a: "many" }])).toBe("a\n1\nmany");
  });

  it("show no small number as zero, and no digits that the values do not have", () => {
    expect(
      tablePlain([
        { s: 8.4, p: 3e-4 },
        { s: 10, p: 0.84049 },
      ]),
    ).toBe("   s        p\n 8.4  0.00030\n10.0    0.840");
    expect(tablePlain([{ a: "0.840 ± 0.003" }, { a: 0.72 }, { a: 1 / 3 }])).toBe("a\n0.840 ± 0.003\n0.72\n0.333");
  });

  it("escape HTML", () => {
    const html = tableHtml(rows);
    expect(html).toContain(
      '<td style="text-align:left">&lt;LSH&gt;</td><td style="text-align:right">16</td><td style="text-align:right"></td>',
    );
    expect(html).toContain('<th style="text-align:right">bits</th>');
  });

  it("show danfojs DataFrames the same way", () => {
    const numbers = [{ method: "HashNet", bits: 48, mAP: 0.75123 }];
    expect(tableHtml(new DataFrame(numbers))).toBe(tableHtml(numbers));
  });

  it("say how many rows they leave out", () => {
    expect(tablePlain([{ a: 1 }, { a: 2 }, { a: 3 }], { rows: 2 })).toBe("a\n1\n2\nand 1 more row");
  });

  it("take the columns of all rows together and refuse what is no table", () => {
    expect(tablePlain([{ a: 1 }, { b: 2 }])).toBe("a  b\n1\n   2");
    expect(() => tablePlain(3 as never)).toThrow(InputError);
  });
});
