import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { InputError } from "../../src/core/errors.js";
import { cellFileName, cellNumberIn } from "../../src/notebook/cell-file-name.js";
import { errorOutput, framePosition } from "../../src/notebook/error-output.js";

describe("errorOutput", () => {
  it.each([
    [new TypeError("x is not a function"), "TypeError", "x is not a function"],
    [new InputError("bad", { file: "a.npy", expected: "2 axes" }), "InputError", "a.npy: bad; expected 2 axes"],
    [Object.assign(new Error("no file"), { code: "ENOENT" }), "Error", "no file"],
    [new Error(""), "Error", ""],
    ["just text", "Error", "just text"],
    [{ some: "object" }, "Error", "{ some: 'object' }"],
  ])("names what Node prints for %s", (thrown, ename, evalue) => {
    const printed = typeof thrown === "string" ? thrown : inspect(thrown);
    expect(errorOutput(`${printed}\n`)).toMatchObject({ output_type: "error", ename, evalue });
  });
});

describe("framePosition", () => {
  const trace = `Error: x\n    at f (${cellFileName(2)}:3:9)\n    at ${cellFileName(12)}:4:1\n    at g (/lib/x.js:1:1)`;

  it("finds the line of the cell asked for, not of another that it calls or whose number begins alike", () => {
    const error = errorOutput(trace);
    expect(framePosition(error, 12)).toEqual({ line: 4, column: 1 });
    expect(framePosition(error, 2)).toEqual({ line: 3, column: 9 });
    expect(framePosition(error, 1)).toBeUndefined();
  });

  it("the cell that a trace comes from is the first in it", () => {
    expect(cellNumberIn(trace)).toBe(2);
    expect(cellNumberIn("Error: x\n    at g (/lib/x.js:1:1)")).toBeUndefined();
  });
});
