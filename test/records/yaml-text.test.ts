import { describe, expect, it } from "vitest";
import { yamlText } from "../../src/records/yaml-text.js";

describe("yamlText", () => {
  it("indents groups, quotes texts, and writes numbers that are numbers in YAML 1.1 and 1.2", () => {
    const value = {
      method: "dch",
      hidden: [256, 1e-7],
      optimizer: { kind: "no", epsilon: 1e-8, big: 1e21, small: 1.5e-10, none: null, deep: { on: true } },
      empty: {},
      left: undefined,
      rates: [Number.POSITIVE_INFINITY, Number.NaN, -0.5],
    };
    expect(yamlText(value)).toBe(
      [
        'method: "dch"',
        "hidden: [256, 1.0e-7]",
        "optimizer:",
        '  kind: "no"',
        "  epsilon: 1.0e-8",
        "  big: 1.0e+21",
        "  small: 1.5e-10",
        "  none: null",
        "  deep:",
        '    "on": true',
        "empty: {}",
        "rates: [.inf, .nan, -0.5]",
        "",
      ].join("\n"),
    );
  });

  it("quotes names that are no plain words", () => {
    expect(yamlText({ "a b": 1, "1st": 2, yes: 3, 'x"y': "line\nbreak" })).toBe(
      '"a b": 1\n"1st": 2\n"yes": 3\n"x\\"y": "line\\nbreak"\n',
    );
  });

  it("writes groups of a list one below the other", () => {
    const value = {
      env: [
        { name: "A", value: "1" },
        { name: "B", deep: { of: [{ x: 1 }] } },
      ],
      none: [],
      mixed: [1, {}],
    };
    expect(yamlText(value)).toBe(
      [
        "env:",
        '  - name: "A"',
        '    value: "1"',
        '  - name: "B"',
        "    deep:",
        "      of:",
        "        - x: 1",
        "none: []",
        "mixed: [1, {}]",
        "",
      ].join("\n"),
    );
  });
});
