import { describe, expect, it } from "vitest";
import { codeWords, differingBits } from "../../../src/service/page/code-words.js";

it("differing bits are counted from 0", () => {
  expect(differingBits("0110", "0011")).toEqual([1, 3]);
  expect(differingBits("0110", "0110")).toEqual([]);
  expect(differingBits("0110", "011")).toEqual([]);
});

describe("a code in words", () => {
  it.each([
    ["0110", undefined, "Code of the query: 4 bits, 2 ones"],
    ["1", undefined, "Code of the query: 1 bit, 1 one"],
    ["0110", "0110", "No bit differs"],
    ["0110", "0111", "Differing bit: 3"],
    ["0110", "1001", "Differing bits: 0, 1, 2 and 3"],
    ["1".repeat(12), "0".repeat(12), "Differing bits: 0, 1, 2, 3, 4, 5, 6, 7 and 4 more"],
    ["0110", "011", "Code of 4 bits"],
  ])("%s beside %s", (code, query, words) => {
    expect(codeWords(code, query)).toBe(words);
  });
});
