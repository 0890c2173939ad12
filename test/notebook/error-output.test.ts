import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { InputError } from "../../src/core/errors.js";
import { errorOutput } from "../../src/notebook/error-output.js";

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
