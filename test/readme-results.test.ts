import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { packageFolder } from "../src/core/paths.js";
import type { SearchResult } from "../src/experiments/result.js";
import { isHamming } from "../src/experiments/result.js";
import { ensureLib } from "./notebook/built-lib.js";

const study = join(packageFolder, "records", "fashion-mnist-10k-lengths");
const readme = readFileSync(join(packageFolder, "README.md"), "utf8");
const json = (...path: string[]): unknown => JSON.parse(readFileSync(join(study, ...path), "utf8"));
const evaluationOf = (folder: string): SearchResult =>
  (json(folder, "evaluation.json") as { result: SearchResult }).result;

describe("README's results", () => {
  beforeAll(() => ensureLib(), 120_000);

  it("are those that `npm run readme` makes of the records", () => {
    const run = spawnSync(process.execPath, ["tools/readme-results.mjs", "--check"], {
      cwd: packageFolder,
      encoding: "utf8",
    });
    expect([run.stdout.trim(), run.stderr]).toEqual(["README's results are those on record", ""]);
    expect(run.status).toBe(0);
  });

  it("in the table are means of what each run was judged to be", () => {
    const { asked } = json("study.json") as { asked: string[] };
    const groups = new Map<string, SearchResult[]>();
    for (const name of [...asked, "cosine"]) {
      const result = evaluationOf(name);
      const row = `| ${result.title} | ${result.bits ?? "–"} | `;
      groups.set(row, [...(groups.get(row) ?? []), result]);
    }
    const rows = readme.split("\n").filter(line => /^\| [^|]+ \| (\d+|–) \| [\d,]+ \|/.test(line));
    expect(rows).toHaveLength(groups.size);
    const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;
    for (const [start, results] of groups) {
      const row = rows.find(line => line.startsWith(start));
      const shown = row
        ?.split(" | ")
        .slice(3, 7)
        .map(cell => Number.parseFloat(cell)); // of "–" NaN
      const expected = [
        mean(results.map(({ evaluation }) => evaluation.mAP.all.tieAware)),
        mean(results.map(({ evaluation }) => (isHamming(evaluation) ? evaluation.radius2.precision : Number.NaN))),
        mean(results.map(({ evaluation }) => (isHamming(evaluation) ? evaluation.radius2.emptyBalls : Number.NaN))),
        mean(results.map(({ evaluation }) => evaluation.top1)),
      ];
      expected.forEach((value, i) => {
        if (Number.isNaN(value)) expect([start, shown?.[i]]).toEqual([start, Number.NaN]);
        else expect(Math.abs((shown?.[i] as number) - value)).toBeLessThanOrEqual(0.00051);
      });
    }
  });
});

describe("records", () => {
  it("hold no weights, and all that was asked for", () => {
    const places = readdirSync(join(packageFolder, "records"), { withFileTypes: true }).filter(one =>
      one.isDirectory(),
    );
    for (const { name } of places) {
      const folder = join(packageFolder, "records", name);
      const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
      expect(files.filter(file => file.endsWith(".safetensors"))).toEqual([]);
      if (name === "cells" || name === "challenge") continue; // what cells and tools computed, a file each: no study
      const { asked } = JSON.parse(readFileSync(join(folder, "study.json"), "utf8")) as { asked: string[] };
      expect(asked.filter(run => !files.includes(join(run, "record.json")))).toEqual([]);
    }
  });
});
