import { readFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import { packageFolder } from "../../src/core/paths.js";
import { type ExecutedNotebook, type ExecuteOptions, executeNotebook } from "../../src/notebook/execute.js";
import { plotlyType } from "../../src/notebook/figure-bundle.js";
import { type CellOutput, joinedText, type Notebook, notebookText } from "../../src/notebook/nbformat.js";
import type { NotebookProgress } from "../../src/notebook/notebook-run.js";
import { ensureLib } from "./built-lib.js";
import { code, markdown, notebook, notebookFile } from "./fixture-notebook.js";
import { schemaErrors } from "./nbformat-schema.js";

const lib = (name: string): string => JSON.stringify(join(packageFolder, "lib", name));
const imports = `
import { showFigure, showImage, showMarkdown, showTable } from ${lib("notebook/display.js")};
import { cellProgress } from ${lib("notebook/progress.js")};
import { smoke } from ${lib("notebook/smoke.js")};
import { ProgressMeter } from ${lib("core/progress.js")};
import { scheduleFigure } from ${lib("plots/schedule.js")};`;

function outputs(result: ExecutedNotebook, cell: number): CellOutput[] {
  return result.notebook.cells[cell].outputs ?? [];
}

/** Outputs that are displays, their data of any type. */
function displays(result: ExecutedNotebook, cell: number): { data: Record<string, never> }[] {
  return outputs(result, cell) as unknown as { data: Record<string, never> }[];
}

describe("executeNotebook", () => {
  let file: string;
  let before: string;
  let result: ExecutedNotebook;
  const seen: NotebookProgress[] = [];

  beforeAll(async () => {
    ensureLib();
    const book = notebook(
      markdown("# Title"),
      code(imports),
      code("const bits: number = 48;\nconst name = 'none';", "parameters"),
      code("console.log(bits * 2, name, smoke);"),
      code(""),
      code('await showFigure(scheduleFigure([1, 2, 3], { title: "Schedule" }));'),
      code('showTable([{ method: "DCH", mAP: 0.5 }]); showMarkdown("**bold** $x$");'),
      code('showImage(Uint8Array.of(0x89, 0x50, 0x4e, 0x47), { alt: "picture", width: 10 });'),
      code(`const meter = new ProgressMeter("work", 3, "steps", cellProgress());
for (let i = 1; i <= 3; i++) meter.report(i);
const seen = new ProgressMeter("more", 2, "steps", cellProgress({ patience: 0 }));
for (let i = 1; i <= 2; i++) seen.report(i);`),
      code('process.stdout.write("1 %\\r"); void process.stdout.write("2 %\\n");'),
    );
    file = await notebookFile({ ...book, metadata: { ...book.metadata, study: { owner: "me" } } });
    before = await readFile(file, "utf8");
    result = await executeNotebook(file, {
      smoke: true,
      parameters: { bits: 16, unknown: 1 },
      onProgress: progress => seen.push(progress),
    });
  }, 120_000);

  it("runs all cells and gives a valid notebook", () => {
    expect(result.error).toBeUndefined();
    expect([result.cellsDone, result.cells]).toEqual([9, 9]);
    expect(schemaErrors(result.notebook)).toEqual([]);
    const counts = result.notebook.cells.map(cell => cell.execution_count);
    expect(counts).toEqual([undefined, 1, 2, 3, 4, null, 5, 6, 7, 8, 9]);
  });

  it("keeps metadata, and says which language it was", () => {
    expect(result.notebook.metadata).toMatchObject({ kernelspec: { name: "hashbook" }, study: { owner: "me" } });
    expect(result.notebook.metadata.language_info).toMatchObject({ name: "typescript", version: ts.version });
    expect(result.notebook.cells[2].metadata).toEqual({ tags: ["parameters"] });
  });

  it("does not touch the file", async () => {
    expect(await readFile(file, "utf8")).toBe(before);
  });

  it("replaces parameters and tells cells of a smoke run", () => {
    expect(outputs(result, 4)).toEqual([{ output_type: "stream", name: "stdout", text: ["32 none true\n"] }]);
  });

  it("shows figures live and static, tables, texts and images, each as one output with all its MIME types", () => {
    expect(outputs(result, 6)).toHaveLength(1);
    const [figure] = displays(result, 6);
    expect(Object.keys(figure.data)).toEqual([plotlyType, "image/svg+xml", "text/plain"]);
    expect(figure.data[plotlyType]).toMatchObject({ data: [{ y: [1, 2, 3] }], layout: { height: 320 } });
    expect(joinedText(figure.data["image/svg+xml"])).toMatch(/^<svg [\s\S]*Schedule[\s\S]*<\/svg>$/);
    const [table, text] = displays(result, 7);
    expect(joinedText(table.data["text/html"])).toContain(
      '<td style="text-align:left">DCH</td><td style="text-align:right">0.5</td>',
    );
    expect(joinedText(table.data["text/plain"])).toBe("method  mAP\nDCH     0.5");
    expect(text.data).toEqual({ "text/markdown": ["**bold** $x$"], "text/plain": ["**bold** $x$"] });
    expect(outputs(result, 8)).toEqual([
      {
        output_type: "display_data",
        data: { "image/png": "iVBORw==", "text/plain": ["[picture]"] },
        metadata: { "image/png": { width: 10 } },
      },
    ]);
  });

  it("leaves of progress one line or nothing, and folds carriage returns", () => {
    expect(outputs(result, 9)).toHaveLength(1);
    const [line] = displays(result, 9);
    expect(joinedText(line.data["text/plain"])).toMatch(/^more: 2 steps in /);
    expect(outputs(result, 10)).toEqual([{ output_type: "stream", name: "stdout", text: ["2 %\n"] }]);
  });

  it("tells who watches of each cell and all it puts out", () => {
    expect(seen[0]).toEqual({ file, cell: 0, cells: 9 });
    expect(new Set(seen.map(({ cell }) => cell))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
    const texts = seen.map(({ text }) => text ?? "");
    expect(texts.some(text => text.includes("more 1/2 steps"))).toBe(true);
    expect(texts).toContain("32 none true\n");
  });

  it("gives the same file when run again, outputs and all", async () => {
    const again = await executeNotebook(file, { smoke: true, parameters: { bits: 16 } });
    const stable = (text: string): string => text.replaceAll(/more: 2 steps in [\d.]+ s/g, "");
    expect(stable(notebookText(again.notebook))).toBe(stable(notebookText(result.notebook)));
  });
});

describe("executeNotebook on a notebook that fails", () => {
  async function failing(sources: string[], timeout = 60): Promise<ExecutedNotebook> {
    const file = await notebookFile(notebook(markdown("# Title"), ...sources.map(source => code(source))));
    return executeNotebook(file, { timeout });
  }

  it("stops at the first error and names notebook, cell, line and error", async () => {
    const result = await failing([
      "console.log('fine')",
      `// a comment

import * as fs from "fs";
interface Pair { a: number }
const pair: Pair = { a: 1 };

async function check(p: Pair): Promise<void> {
  await new Promise<void>(done => setTimeout(done, 1));
  /* two
     lines */
  if (p.a === 1) throw new TypeError("bad pair");
}
console.error("a warning");
await check(pair);
fs.existsSync(".")`,
      "console.log('never')",
    ]);
    expect(result.error).toMatchObject({ cell: 3, ename: "TypeError", kind: "notebook" });
    expect(result.error?.codeLine).toBe('line 11: if (p.a === 1) throw new TypeError("bad pair");');
    expect(result.error?.message).toBe(
      `${result.file}: cell 3, line 11: if (p.a === 1) throw new TypeError("bad pair");\n  TypeError: bad pair`,
    );
    expect(result.cellsDone).toBe(1);
    expect(schemaErrors(result.notebook)).toEqual([]);
    expect(outputs(result, 2)).toMatchObject([
      { output_type: "stream", name: "stderr", text: ["a warning\n"] },
      { output_type: "error", ename: "TypeError", evalue: "bad pair" },
    ]);
    expect(result.notebook.cells[3]).toMatchObject({ outputs: [], execution_count: null });
  });

  it("finds the line of an error thrown inside of a library, and of a type error", async () => {
    const thrown = await failing([
      'const a = 1;\n\nfunction read(name: string) {\n  return require("fs").readFileSync(name);\n}\nread("/none");',
    ]);
    expect(thrown.error?.codeLine).toBe('line 4: return require("fs").readFileSync(name);');
    expect(thrown.error?.message).toContain("ENOENT");
    const types = await failing(["const a = 1;\nconst b: string = a;"]);
    expect(types.error).toMatchObject({ ename: "TypeScriptError", codeLine: "line 2: const b: string = a;" });
  });

  it("interrupts a cell that takes too long and keeps what it said", async () => {
    const result = await failing(["0", "console.log('begun');\nfor (;;);"], 10);
    expect(result.error).toMatchObject({ cell: 3, ename: "TimeoutError" });
    expect(outputs(result, 2)).toMatchObject([
      { output_type: "stream", text: ["begun\n"] },
      { output_type: "error", ename: "KeyboardInterrupt" },
      { output_type: "error", ename: "TimeoutError", evalue: "the cell took longer than 10 s" },
    ]);
    expect(schemaErrors(result.notebook)).toEqual([]);
  });

  it("lets no cell end the kernel", async () => {
    const result = await failing(['console.log("so far");\nprocess.exit(3);']);
    expect(result.error).toMatchObject({ cell: 2, ename: "UsageError" });
    expect(outputs(result, 1)[0]).toMatchObject({ output_type: "stream", text: ["so far\n"] });
  });
});

describe("executeNotebook and errors that nobody waits for", () => {
  const sleep = "await new Promise<void>(done => setTimeout(done, 400));";

  async function executed(sources: string[], options: ExecuteOptions = {}): Promise<ExecutedNotebook> {
    return executeNotebook(await notebookFile(notebook(...sources.map(source => code(source)))), options);
  }

  it("are errors of the cell that started them, though another runs by then; what comes after does not", async () => {
    const timer = 'const n = 1;\nsetTimeout(() => { throw new RangeError("late"); }, 100);';
    const result = await executed([timer, `console.log("second");\n${sleep}`, "console.log('third')"]);
    expect(result.error).toMatchObject({ cell: 1, ename: "RangeError" });
    expect(result.error?.message).toBe(
      `${result.file}: cell 1, line 2: setTimeout(() => { throw new RangeError("late"); }, 100);\n  RangeError: late\n  in what the cell had started and not awaited`,
    );
    expect(outputs(result, 0).at(-1)).toMatchObject({ output_type: "error", ename: "RangeError", evalue: "late" });
    expect(outputs(result, 1)).toEqual([{ output_type: "stream", name: "stdout", text: ["second\n"] }]);
    expect(result.cellsDone).toBe(2);
    expect(schemaErrors(result.notebook)).toEqual([]);
  });

  it.each([
    ["a rejection", 'async function f() { throw new TypeError("lost"); }\nf();\n0', "TypeError"],
    ["a timer after the last cell", 'setTimeout(() => { throw new TypeError("lost"); }, 500);\n0', "TypeError"],
    ["an exit after the last cell", "setTimeout(() => process.exit(3), 300);\n0", "UsageError"],
    ["a rejection that no line is known of", 'Promise.reject("lost");\n0', "Uncaught"],
  ])("%s in the last cell fails the run", async (_, source, ename) => {
    const result = await executed(["console.log('fine')", source]);
    expect(result.error).toMatchObject({ cell: 2, ename });
    expect(outputs(result, 1)).toContainEqual(expect.objectContaining({ output_type: "error", ename }));
    expect(outputs(result, 0)).toHaveLength(1);
  });

  it("keeps what is printed after the last cell, and says when the kernel would go on", async () => {
    const notes: (string | undefined)[] = [];
    const onProgress = ({ note }: NotebookProgress): void => void (note && notes.push(note));
    const result = await executed(['setTimeout(() => console.log("after"), 300);'], { onProgress });
    expect(result.error).toBeUndefined();
    expect(outputs(result, 0)).toMatchObject([{ output_type: "execute_result" }, { text: ["after\n"] }]);
    expect(notes).toEqual([]);
    const endless = await executed(["setInterval(() => {}, 100);\n0"], { onProgress });
    expect(endless.error).toBeUndefined();
    expect(notes).toEqual([expect.stringContaining("still at work after the last cell")]);
  });

  it("keeps what was computed when the kernel dies, and says in which cell", async () => {
    const result = await executed(["console.log('kept')", 'process.kill(process.pid, "SIGKILL");', "1"]);
    expect(result.error).toMatchObject({ cell: 2, ename: "KernelDied" });
    expect(outputs(result, 0)).toMatchObject([{ text: ["kept\n"] }]);
    expect(result.cellsDone).toBe(1);
  });
});

describe("executeNotebook as it goes", () => {
  it("imports modules of one's own in TypeScript, anew when they have changed", async () => {
    const write = (value: string): string =>
      `require("fs").writeFileSync("own.ts", 'import { join } from "node:path"; export enum Kind { A = "${value}" } export const path: string = join("x", Kind.A);');`;
    const file = await notebookFile(
      notebook(
        code(write("one")),
        code('import { path } from "./own.js";\nconsole.log(path);'),
        code(write("three")),
        code('import { path } from "./own.js";\nconsole.log(path);'),
      ),
    );
    const result = await executeNotebook(file);
    expect(outputs(result, 1)).toMatchObject([{ text: ["x/one\n"] }]);
    expect(outputs(result, 3)[0]).toMatchObject({ text: ["x/three\n"] });
    expect(result.error).toBeUndefined();
  });

  it("keeps the notebook as it is after every cell", async () => {
    const kept: number[] = [];
    const onCell = async ({ cells }: Notebook): Promise<void> => {
      kept.push(cells.filter(cell => (cell.outputs ?? []).length > 0).length);
    };
    const file = await notebookFile(notebook(code("1"), code("2"), code("throw 3"), code("4")));
    const result = await executeNotebook(file, { onCell });
    expect(result.error).toMatchObject({ cell: 3 });
    expect(kept).toEqual([0, 1, 2]);
  });
});
