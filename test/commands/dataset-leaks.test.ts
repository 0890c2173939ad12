import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { LEAK_CHECK_LIMITS, leakLines } from "../../src/commands/dataset-leaks.js";

const page = await readFile(new URL("../../bench/leak-check.md", import.meta.url), "utf8");

/** The first figure, of photographs, in a row of a table of the measurement. */
function measured(row: string, column = 0): string {
  const cells = page
    .split("\n")
    .find(line => line.startsWith(`| ${row} |`))!
    .split("|")
    .slice(2);
  return cells[column].trim().replace(/ \(.*/, "");
}

describe("what the leak check says of itself", () => {
  it.each([
    ["10 % cropped off each side", "with 10 % cropped off each side"],
    ["mirrored", "of mirrored ones"],
    ["turned by 90°", "turned by 90°"],
    ["turned by 10°, corners white", "turned by 10°"],
    ["5 % cropped off one side", "with 5 % cropped off one side"],
    ["15 % cropped off each side", "with 15 % off each side"],
    ["10 % cropped off two sides", "with 10 % off two sides"],
  ])("is what was measured: %s", (row, words) => {
    expect(LEAK_CHECK_LIMITS).toContain(`${measured(row)} ${words}`);
  });

  it("README's count of false alarms is the measured one", async () => {
    const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
    const pairs = [0, 1, 2].map(column => Number(measured("pairs of different classes", column).replaceAll(",", "")));
    const millions = (pairs.reduce((sum, count) => sum + count, 0) / 1e6).toFixed(1);
    const [, told] = /of ([\d.]+) million pairs of different/.exec(readme.replaceAll(/\s+/g, " "))!;
    expect(told).toBe(millions);
    expect([0, 1, 2].map(column => measured("taken for changed copies", column))).toEqual(["0", "0", "0"]);
  });

  it("is said once, under all counts", () => {
    const none = { sameFile: 0, near: 0, transformed: 0, pairs: [], radius: 24, bits: 256 };
    const lines = leakLines([
      { between: "a and b", ...none },
      {
        between: "a and c",
        ...none,
        near: 1,
        transformed: 1,
        pairs: [
          { first: "x", second: "y", sameFile: false, distance: 7 },
          { first: "u", second: "v", sameFile: false, distance: 90, agreement: 0.987 },
        ],
      },
    ]);
    expect(lines).toEqual([
      expect.stringMatching(/^leaks, a and b: 0 pairs of equal files, 0 of near-duplicates .*, 0 of cropped, mirrored/),
      expect.stringMatching(/^leaks, a and c: /),
      "  x  y  7 bits",
      "  u  v  99 % of places agree",
      LEAK_CHECK_LIMITS,
    ]);
    expect(leakLines([])).toEqual([]);
  });
});
