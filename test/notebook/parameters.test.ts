import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/core/errors.js";
import { joinedText } from "../../src/notebook/nbformat.js";
import { parameterNames, parseParameter, withParameters } from "../../src/notebook/parameters.js";
import { code, markdown, notebook } from "./fixture-notebook.js";

describe("parseParameter", () => {
  it.each([
    ["bits=64", ["bits", 64]],
    ["all=[16, 32]", ["all", [16, 32]]],
    ["method=hashnet", ["method", "hashnet"]],
    ['method="12"', ["method", "12"]],
    ["path=a=b", ["path", "a=b"]],
    ["text=", ["text", ""]],
  ])("reads %s", (argument, expected) => {
    expect(parseParameter(argument)).toEqual(expected);
  });

  it.each(["bits", "=3", "a-b=3", "1a=2"])("refuses %s", argument => {
    expect(() => parseParameter(argument)).toThrow(UsageError);
  });
});

describe("withParameters", () => {
  const book = notebook(
    markdown("# Title"),
    code("const bits = 48;\nlet epochs: number = 30; // epochs\n  const inner = 1;", "parameters"),
    code("console.log(bits)"),
  );

  it("declares the given values again after the parameters cell, those it has and no others", () => {
    const { cells } = withParameters(book, { epochs: 2, other: 1 }, "a.ipynb");
    expect(cells).toHaveLength(4);
    expect(cells[2].metadata.tags).toEqual(["injected-parameters"]);
    expect(joinedText(cells[2].source)).toContain("const epochs = 2;");
    expect(joinedText(cells[2].source)).not.toContain("other");
    expect(book.cells).toHaveLength(3);
  });

  it("replaces the cell of an earlier run", () => {
    const once = withParameters(book, { epochs: 2 }, "a.ipynb");
    const twice = withParameters(once, { epochs: 3 }, "a.ipynb");
    expect(twice.cells).toHaveLength(4);
    expect(joinedText(twice.cells[2].source)).toContain("const epochs = 3;");
    expect(withParameters(once, {}, "a.ipynb").cells).toHaveLength(3);
  });

  it("lists names at the start of lines", () => {
    expect(parameterNames(book)).toEqual(["bits", "epochs"]);
  });

  it("refuses two parameters cells", () => {
    const two = notebook(code("const a = 1", "parameters"), code("const b = 1", "parameters"));
    expect(() => withParameters(two, {}, "a.ipynb")).toThrow(/a\.ipynb.*one cell tagged "parameters"; found 2/);
  });
});
