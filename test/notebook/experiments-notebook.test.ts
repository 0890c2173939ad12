// Notebook 9 is a study in a cell: it is short, and gives what the command gives of the same records.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageFolder } from "../../src/core/paths.js";
import type { Notebook } from "../../src/notebook/nbformat.js";
import { joinedText } from "../../src/notebook/nbformat.js";
import { ensureLib } from "./built-lib.js";

const notebook = JSON.parse(readFileSync(join(packageFolder, "notebooks", "09-experiments.ipynb"), "utf8")) as Notebook;
const job = notebook.cells.filter(({ metadata }) => metadata.tags?.includes("job"));
let folder: string;

beforeAll(() => {
  ensureLib();
  folder = mkdtempSync(join(tmpdir(), "hashbook-notebook-9-"));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe("notebook 9", () => {
  it("goes from a study to the test, the curves and the table for a paper in at most 12 lines of 160 letters", () => {
    const lines = job.flatMap(cell => joinedText(cell.source).split("\n"));
    expect(lines.length).toBeLessThanOrEqual(12);
    expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(160);
    for (const name of ["sweep", "compare", "precisionRecallOf", "latexTable"]) {
      expect(lines.filter(line => line.includes(`hb.${name}(`))).toHaveLength(1);
    }
  });

  it("shows the table that the command makes of the records", () => {
    const file = join(folder, "table.tex");
    const study = join(packageFolder, "records", "fashion-mnist-10k-lengths");
    const asked = ["--metric", "mAP@5000", "--where", "method=hashnet,dch,itq,lsh", "--latex", file];
    const run = spawnSync(process.execPath, ["bin/hashbook.js", "compare", study, ...asked], {
      cwd: packageFolder,
      encoding: "utf8",
    });
    expect([run.status, run.stderr]).toEqual([0, ""]);
    const outputs = JSON.stringify(job[job.length - 1].outputs);
    for (const line of readFileSync(file, "utf8").trimEnd().split("\n")) {
      expect(outputs).toContain(JSON.stringify(line).slice(1, -1));
    }
  });
});
