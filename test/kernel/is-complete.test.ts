import { describe, expect, it } from "vitest";
import { completenessOf } from "../../src/kernel/is-complete.js";

describe("completeness", () => {
  it.each([
    "",
    "1",
    "const x = 1;",
    "let a = [1,\n2]",
    "await (x)",
    "for await (const x of y) {}",
    "// comment",
    "a\n",
    "return 1",
    "const s = `a\nb`",
    "if (x) y(); else z()",
    "const r = /[(]/;",
  ])("%j is complete", source => expect(completenessOf(source)).toEqual({ status: "complete" }));

  it.each<[string, string]>([
    ["function f() {", "  "],
    ["const x = [1,", "  "],
    ["if (true) {\n  while (a) {", "    "],
    ["foo(", "  "],
    ["const s = `abc", ""],
    ["const s = `abc ${", "  "],
    [`const s = \`abc \${f({ a: \`b\${1}\` })} \${[`, "    "],
    ["/* a", ""],
    ["1 +", ""],
    ["a.", ""],
    ["const a =", ""],
    ["x =>", ""],
    ["class A {\n  f() {\n  }", "  "],
    ["if (x)", ""],
    ["for (const x of y)", ""],
    ["try {\n} catch {", "  "],
    ["try {\n}", ""],
    ["f({ a: 1,", "    "],
    ["// only\nf(", "  "],
    ["async () => { await", "  "],
    ["type A = {", "  "],
    ["@d", ""],
    ["import { a", "  "],
    ["const {", "  "],
    ["do {\n} while", ""],
    ["switch (x) {\n  case 1:", "  "],
  ])("%j waits for more, indented by %j", (source, indent) => {
    expect(completenessOf(source)).toEqual({ status: "incomplete", indent });
  });

  it.each([
    "x )",
    "const 1 = 2",
    "const s = 'abc",
    "}",
    "a b",
    "f(]",
    'const s = "a\nb"',
    "if )",
    "let let = 1; foo bar (",
  ])("%j is wrong, whatever follows", source => {
    expect(completenessOf(source)).toEqual({ status: "invalid" });
  });
});
