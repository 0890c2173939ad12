import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import type { AnySchema } from "../../src/core/options.js";
import { boundsOf, checkedOptions, defaultsOf, optionLines } from "../../src/core/options.js";

const schema = {
  margin: { type: "number", exclusiveMinimum: 0, maximum: 4, default: 2, description: "how far" },
  widths: { type: "array", items: { type: "integer", minimum: 1 }, maxItems: 3, default: [8] },
  rule: { enum: ["mean", "sum"], default: "mean" },
  group: { type: "object", properties: { share: { type: "number", default: 0.5 } }, default: {} },
} as const satisfies AnySchema;
const checked = (given: unknown): unknown => checkedOptions<never>(schema as never, given, { of: "mine" });

describe("checkedOptions", () => {
  it("fills in defaults, also in groups, takes what is undefined for not given, and leaves what it was given alone", () => {
    const widths = [1, 2];
    const given = { margin: undefined, widths, group: {} };
    const options = checked(given) as { widths: number[] };
    expect(options).toEqual({ margin: 2, widths: [1, 2], rule: "mean", group: { share: 0.5 } });
    expect(given).toEqual({ margin: undefined, widths: [1, 2], group: {} });
    expect(options.widths).not.toBe(widths);
    expect(defaultsOf(schema as never)).toEqual({ margin: 2, widths: [8], rule: "mean", group: { share: 0.5 } });
  });

  it("takes objects of another realm, as cells make them", () => {
    expect(checked(runInNewContext("({ margin: 1, widths: [3], group: { share: 1 } })"))).toEqual({
      margin: 1,
      widths: [3],
      rule: "mean",
      group: { share: 1 },
    });
  });

  it.each<[unknown, string]>([
    [{ margin: 0 }, '"mine.margin" cannot be this; expected a number above 0 and at most 4; found 0'],
    [{ margin: 5n }, "found 5n"],
    [{ margin: new Number(1) }, "found 1"],
    [{ margin: Symbol("x") }, "found Symbol(x)"],
    [{ margin: () => 1 }, "found a function"],
    [{ margin: new Float32Array(1e6) }, "found Float32Array of 1000000 numbers"],
    [{ rule: "SUM" }, 'expected one of "mean", "sum"; found "SUM"'],
    [{ widths: [1, 2, 3, 4] }, "expected a list of at most 3, each a whole number of at least 1; found [1,2,3,4]"],
    [{ widths: [1, 0.5] }, '"mine.widths.1" cannot be this; expected a whole number of at least 1; found 0.5'],
    [{ group: new Map([["share", 1]]) }, '"mine.group" cannot be this; expected an object of share; found {}'],
    [{ group: { shar: 1 } }, 'there is no option "mine.group.shar"; expected "share"? Known: share'],
    [JSON.parse('{"__proto__": 1}'), 'there is no option "mine.__proto__"'],
    [{ toString: 1 }, 'there is no option "mine.toString"'],
    [[], "these are no options of mine; expected an object of settings; found []"],
    [null, "found null"],
    [new Map(), "found {}"],
  ])("%o is refused", (given, message) => {
    expect(() => checked(given)).toThrow(message);
  });

  it("does not go into what is no option: an engine may hold itself", () => {
    const engine: Record<string, unknown> = {};
    engine.self = engine;
    expect(() => checked({ engine })).toThrow('there is no option "mine.engine"');
    expect(() => checked({ margin: engine })).toThrow("found [object Object]");
  });
});

describe("help", () => {
  it("is the declaration in words", () => {
    expect(boundsOf(schema.widths)).toBe("a list of at most 3, each a whole number of at least 1");
    expect(optionLines(schema)).toEqual([
      "  margin  a number above 0 and at most 4; default 2: how far",
      "  widths  a list of at most 3, each a whole number of at least 1; default [8]",
      '  rule    one of "mean", "sum"; default "mean"',
      "  group   a group",
      "    share  a number; default 0.5",
    ]);
  });
});
