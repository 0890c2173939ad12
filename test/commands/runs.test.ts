import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { readStudy } from "../../src/records/read-study.js";
import { readRunOutput } from "../../src/records/run-outputs.js";
import { writeStudyFile } from "../../src/records/study-file.js";
import type { StudyRecord } from "../../src/records/study-record.js";
import { toyStudy } from "../records/toy-study.js";
import { runInProcess } from "./in-process.js";

let folder: string;
let study: StudyRecord;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-runs-"));
  study = await toyStudy(join(folder, "runs"));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

/** What a command line prints, in a home where the study is. */
async function hashbook(...args: readonly string[]): Promise<string> {
  vi.stubEnv("HASHBOOK_HOME", folder);
  const { code, stdout, stderr } = await runInProcess(...args);
  if (code !== 0) throw new Error(`exit ${code}: ${stderr}`);
  return stdout;
}

/** Names of the runs that a command line lists, in their order. */
async function namesOf(...args: readonly string[]): Promise<string[]> {
  const { runs } = JSON.parse(await hashbook("runs", ...args, "--json"));
  return runs.map(({ run }: { run: string }) => run);
}

describe("hashbook runs", () => {
  it("lists the studies", async () => {
    const [head, row] = (await hashbook("runs")).split("\n");
    expect(head).toMatch(/^study +begun +dataset +methods +bits +seeds +runs$/);
    expect(row).toMatch(/^toy +2026-01-01 +toy +dch lsh +8 16 +0 1 +8 finished$/);
    const { studies } = JSON.parse(await hashbook("runs", "--json"));
    expect(studies).toMatchObject([{ id: "toy", methods: ["dch", "lsh"], finished: 8, failed: 0, missing: 0 }]);
  });

  it("lists the runs of a study with how they do", async () => {
    const lines = (await hashbook("runs", "toy")).trimEnd().split("\n");
    expect(lines).toHaveLength(9);
    const { mAP, top1 } = study.runs[0].result!.evaluation;
    expect(lines[0]).toMatch(/^run +title +mAP +P@H≤2 +top-1 +val\/mAP +train s +date$/);
    expect(lines[1]).toContain(` ${mAP.all.tieAware.toFixed(3)} `);
    expect(lines[1]).toContain(` ${top1.toFixed(3)} `);
  });

  it("filters by what runs were made with", async () => {
    expect(await namesOf("--where", "method=dch", "bits=16")).toEqual(["dch-16-s0", "dch-16-s1"]);
    expect(await namesOf("--where", "gamma=20.0", "--where", "seed=1")).toEqual(["dch-8-s1", "dch-16-s1"]);
    expect(await namesOf("--where", "bits=8", "method=lsh,dch", "seed=0")).toEqual(["dch-8-s0", "lsh-8-s0"]);
    expect(await hashbook("runs", "--where", "method=dch", "bits=32")).toBe("No run is finished that is so.\n");
  });

  it("sorts by a measure, the best first, and by settings", async () => {
    const mAP = new Map(study.runs.map(({ record, result }) => [record.name, result!.evaluation.mAP.all.tieAware]));
    const best = [...mAP.keys()].sort((a, b) => mAP.get(b)! - mAP.get(a)!);
    expect(await namesOf("--sort", "mAP")).toEqual(best);
    expect(await namesOf("--sort", "mAP", "--reverse")).toEqual([...best].reverse());
    const bySeed = study.runs.map(({ record }) => record).sort((a, b) => a.seed - b.seed);
    expect(await namesOf("--sort", "seed")).toEqual(bySeed.map(({ name }) => name));
    // Fits have no gamma.
    expect((await namesOf("--sort", "gamma")).slice(0, 4)).toEqual(
      study.runs.slice(0, 4).map(({ record }) => record.name),
    );
  });

  it("refuses names that no run has, with the nearest, and words that are none", async () => {
    await expect(hashbook("runs", "--where", "gama=5")).rejects.toThrow(
      /exit 1: .*no run has "gama"; expected "gamma"/,
    );
    await expect(hashbook("runs", "--sort", "mAq")).rejects.toThrow(/exit 1: .*no run has "mAq"; expected "mAP"/);
    await expect(hashbook("runs", "--where", "gamma")).rejects.toThrow(/exit 2: .*Expected name=values/);
    await expect(hashbook("runs", "toi")).rejects.toThrow(/exit 1: .*there is no study "toi"; expected "toy"/);
  });
});

describe("hashbook runs keep", () => {
  it("copies a study without its models, which is read and judged like the study itself", async () => {
    const { folder: kept, ...said } = JSON.parse(await hashbook("runs", "keep", "toy", "--json"));
    expect(said).toEqual({ study: "toy", runs: 8, left: [] });
    expect(kept).toBe(join(folder, "records", "toy"));
    const [before, after] = await Promise.all([readStudy(study.folder), readStudy(kept)]);
    const described = ({ runs, folder: _, ...rest }: StudyRecord) => ({
      ...rest,
      runs: runs.map(({ folder: _f, ...run }) => run),
    });
    expect(described(after)).toEqual(described(before));
    for (const run of after.runs) {
      const name = run.record.name;
      expect(await readRunOutput(run), name).toEqual(
        await readRunOutput(study.runs.find(one => one.record.name === name)!),
      );
      expect(
        (await readdir(run.folder)).filter(file => /^(head|events|plots|dvc)/.test(file)),
        name,
      ).toEqual([]);
    }
  });

  it("refuses to write over a kept one, but where that is asked for", async () => {
    const stray = join(folder, "records", "toy", "stray.txt");
    await writeFile(stray, "x");
    await expect(hashbook("runs", "keep", "toy")).rejects.toThrow(/exit 1: .*a study of that name is kept already/);
    await hashbook("runs", "keep", "toy", "--replace");
    await expect(readFile(stray)).rejects.toThrow(/ENOENT/);
  });

  it("refuses to write a study over itself", async () => {
    const into = ["--to", join(study.folder, "..")];
    await expect(hashbook("runs", "keep", "toy", ...into, "--replace")).rejects.toThrow(
      /exit 2: .*found a place in study/,
    );
  });

  it("leaves runs that are not finished, and says which", async () => {
    const { folder: place, runs: _, failed: __, missing: ___, labels: _l, split: _s, validation: _v, ...file } = study;
    await writeStudyFile(place, { ...file, asked: [...file.asked, "dch-8-s7"] });
    const printed = await hashbook("runs", "keep", "toy", "--to", join(folder, "other"));
    expect(printed).toBe(`kept 8 runs of toy in ${join(folder, "other", "toy")}; not finished, and left: dch-8-s7\n`);
    await writeStudyFile(place, file);
  });
});
