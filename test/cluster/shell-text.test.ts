import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hereDocument, lineComment, shellCommand, shellQuoted, withVariables } from "../../src/cluster/shell-text.js";

/** The words that bash makes of a line. */
function wordsOf(line: string, env: Record<string, string> = {}): string[] {
  const script = `printf '%s\\0' ${line}`;
  return execFileSync("bash", ["-c", script], { encoding: "utf8", env, stdio: ["ignore", "pipe", "inherit"] })
    .split("\0")
    .slice(0, -1);
}

describe("shellQuoted", () => {
  it("gives bash the same text back, whatever is in it", () => {
    const text = fc.string({ unit: fc.constantFrom(..."ab'\"\\$`! \n\t*?~#&|;<>(){}[]=%é") });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 8 }), words => {
        expect(wordsOf(shellCommand(words))).toEqual(words);
      }),
      { seed: 17, numRuns: 30 },
    );
  });

  it("leaves plain words as they are, and refuses a zero byte", () => {
    expect(shellQuoted("--out=/a/b_c-1.2")).toBe("--out=/a/b_c-1.2");
    expect(() => shellQuoted("a\0b")).toThrow('this cannot stand in a script; found "a\\u0000b"');
  });
});

it("writes a comment of one line, and an input that no line of it ends", () => {
  const breaks = ["\n", "\r\n", "\u0085", "\u2028", "\u2029"];
  expect(lineComment(`a${breaks.join("b")}c`)).toBe("# a b b b b c");
  const text = "first\nEND\n$HOME `id`\nEND_\nlast\n";
  const script = hereDocument("cat", text, "END");
  expect(execFileSync("bash", ["-c", script], { encoding: "utf8" })).toBe(text);
});

describe("withVariables", () => {
  it("lets the shell put in variables, and nothing else", () => {
    const env = { TMPDIR: "/local/it's 7", JOB: "3", PATH: process.env.PATH! };
    const shown = (text: string): string[] => wordsOf(shellCommand([withVariables(text)]), env);
    expect(shown("$TMPDIR/pictures of $JOB")).toEqual(["/local/it's 7/pictures of 3"]);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's
    expect(shown("${TMPDIR}x")).toEqual(["/local/it's 7x"]);
    expect(shown('`id` $(id) "q" \\n $1 a$')).toEqual(['`id` $(id) "q" \\n $1 a$']);
  });
});
