// What papermill injects is run as TypeScript and compared with the values that went in.
import { execFileSync } from "node:child_process";
import { runInNewContext } from "node:vm";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { JUPYTER_PYTHON, NO_JUPYTER } from "./jupyter-python.js";

const INJECT = `
import json, sys
from papermill.parameterize import parameterize_notebook
from nbformat.v4 import new_code_cell, new_notebook
notebook = new_notebook(cells=[new_code_cell("const a = 1;", metadata={"tags": ["parameters"]})])
notebook.metadata.papermill = {}
parameters = json.loads(sys.argv[2])
print(parameterize_notebook(notebook, parameters, kernel_name=sys.argv[1], language="typescript").cells[1].source)
`;

/** The cell that papermill makes of parameters. @param json their values; Python's JSON knows NaN and -Infinity as well */
function injected(json: string, kernel = "hashbook"): string {
  return execFileSync(JUPYTER_PYTHON!, ["-c", INJECT, kernel, json], { encoding: "utf8", stdio: "pipe" });
}

/** What the names have after the cell. */
function values(cell: string, ...names: string[]): unknown[] {
  const { outputText, diagnostics } = ts.transpileModule(cell, { reportDiagnostics: true });
  expect(diagnostics).toEqual([]);
  return JSON.parse(
    runInNewContext(
      `${outputText}; JSON.stringify([${names}].map(v => typeof v === "number" && !isFinite(v) ? String(v) : v))`,
    ),
  );
}

describe.skipIf(NO_JUPYTER)(`papermill's parameters as TypeScript${NO_JUPYTER ? ` (${NO_JUPYTER})` : ""}`, () => {
  it("arrive with their types, one a line", () => {
    const cell = injected('{"bits": 16, "rate": 1e-7, "small": true, "none": null, "name": "dch"}');
    expect(cell).toBe(
      '// Parameters\nconst bits = 16;\nconst rate = 1e-07;\nconst small = true;\nconst none = null;\nconst name = "dch";\n\n',
    );
    expect(values(cell, "bits", "rate", "small", "none", "name")).toEqual([16, 1e-7, true, null, "dch"]);
  });

  it("keep quotes, backslashes, line ends and what is no ASCII; lists, dictionaries, NaN and infinities", () => {
    const text = "a\"b'c`\\\n\u2028\u00e9 \u{1f600}";
    const list = [1, [2.5, { "k k": [false] }]];
    const plain = JSON.stringify({ text, list }).slice(1, -1);
    const cell = injected(`{${plain}, "n": NaN, "i": -Infinity}`);
    expect(values(cell, "text", "list", "n", "i")).toEqual([text, list, "NaN", "-Infinity"]);
  });

  it("are written for any kernel of the language", () => {
    expect(injected('{"bits": 16}', "tslab")).toContain("const bits = 16;");
  });

  it("are refused where a number would be rounded", () => {
    expect(values(injected('{"n": -9007199254740991}'), "n")).toEqual([-Number.MAX_SAFE_INTEGER]);
    expect(() => injected('{"n": [9007199254740992]}')).toThrow(
      /parameter 9007199254740992: expected at most 2\^53 - 1/,
    );
  });

  it("are found in a parameters cell with type, default and comment", () => {
    const script = `
from papermill.translators import papermill_translators
import papermill.engines, sys
for p in papermill_translators.find_translator("hashbook", "typescript").inspect({"source": sys.argv[1]}):
    print("|".join(p))`;
    const source =
      'const bits: number = 48; // of a code\nconst u = "http://x"; // where // to\nlet e = hb.smoke ? 3 : 30;\n';
    const found = execFileSync(JUPYTER_PYTHON!, ["-c", script, source], { encoding: "utf8" });
    expect(found).toBe('bits|number|48|of a code\nu|None|"http://x"|where // to\ne|None|hb.smoke ? 3 : 30|\n');
  });
});
