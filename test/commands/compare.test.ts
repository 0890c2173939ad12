import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compare } from "../../src/comparison/compare.js";
import { csvTable } from "../../src/comparison/csv-table.js";
import { latexTable } from "../../src/comparison/latex-table.js";
import { markdownTable } from "../../src/comparison/markdown-table.js";
import type { StudyRecord } from "../../src/records/study-record.js";
import { toyStudy } from "../records/toy-study.js";

const CLI = fileURLToPath(new URL("../../bin/hashbook.js", import.meta.url));
let folder: string;
let study: StudyRecord;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-compare-command-"));
  study = await toyStudy(folder, { bits: [8] });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function hashbook(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise(resolve => {
    execFile(process.execPath, [CLI, "compare", ...args], { cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}
const read = (name: string): string => readFileSync(join(folder, name), "utf8");

describe("hashbook compare", () => {
  it("prints the table and writes it in three forms, the same as in a cell", async () => {
    const files = ["--latex", "t.tex", "--markdown", "t.md", "--csv", "t.csv"];
    const { code, stdout, stderr } = await hashbook(study.folder, "--metric", "mAP@10", "--metric", "P@H<=2", ...files);
    expect([code, stderr]).toEqual([0, ""]);
    const comparison = await compare(study, { metrics: ["mAP@10", "P@H≤2"] });
    expect(stdout.split("\n")[0]).toMatch(/^method +mAP@10, 8 bits +P@H≤2, 8 bits$/);
    expect(stdout).toMatch(/\n(DCH|LSH \(not learned\)) +0\.\d+ ± 0\.\d+ \(1\)/);
    for (const note of comparison.notes) expect(stdout).toContain(note);
    expect(read("t.tex")).toBe(latexTable(comparison));
    expect(read("t.md")).toBe(markdownTable(comparison));
    expect(read("t.csv")).toBe(csvTable(comparison));
  });

  it("--json is the comparison, and nothing else; a metric of one's own comes from a file", async () => {
    const own = "perQuery: ({ relevantRanks }) => 1 / relevantRanks[0] })";
    const made = `defineMetric({ name: "first-rank", definition: "1 / first relevant rank: found", ${own}`;
    writeFileSync(join(folder, "mine.js"), `export default ({ defineMetric }) => ${made};\n`);
    const { code, stdout } = await hashbook(study.folder, "--metric", "./mine.js", "--json");
    expect(code).toBe(0);
    const { entries, measures, pairs } = JSON.parse(stdout);
    expect(measures).toEqual({ "first-rank": "1 / first relevant rank: found" });
    expect(entries.map((entry: { runs: string[] }) => entry.runs)).toEqual([
      ["dch-8-s0", "dch-8-s1"],
      ["lsh-8-s0", "lsh-8-s1"],
    ]);
    expect(pairs).toHaveLength(1);
  });

  it("--where compares the runs that were made so", async () => {
    const { code, stdout } = await hashbook(study.folder, "--json", "--where", "method=dch", "seed=0,1");
    expect(code).toBe(0);
    const { entries } = JSON.parse(stdout);
    expect(entries.map((entry: { runs: string[] }) => entry.runs)).toEqual([["dch-8-s0", "dch-8-s1"]]);
  });

  it.each([
    [2, ["--where", "dch"], /Expected name=values/],
    [1, ["--where", "metod=dch"], /no run has "metod"; expected "method"/],
    [2, ["--metric", "mAPP@10"], /no measure "mAPP@10"; expected "mAP/],
    [2, ["--metric", "mAP@10:nobody"], /no such convention/],
    [2, ["--differing", "labels"], /Expected/],
    [2, ["--latex", "out", "--csv", "out"], /would be written twice/],
    [2, ["--latex", "studies/toy/study.json"], /among the files that are read/],
    [1, ["--metric", "nothing.js"], /metric cannot be loaded/],
    [1, ["no-such-study"], /there is no study "no-such-study"/],
  ])("ends with %d for %j", async (expected, args, message) => {
    const { code, stdout, stderr } = await hashbook(study.folder, ...args);
    expect(stderr.replaceAll("\n", " ")).toMatch(message);
    expect([code, stdout]).toEqual([expected, ""]);
    expect(existsSync(join(folder, "out"))).toBe(false);
  });
});
