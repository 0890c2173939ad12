import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { unpackCodes } from "../../src/codes/packed-codes.js";
import { readNpy } from "../../src/core/npy.js";
import { evaluateSplit } from "../../src/experiments/evaluate-split.js";
import { writeFailure } from "../../src/records/failure-file.js";
import { readStudy } from "../../src/records/read-study.js";
import { readRunOutput } from "../../src/records/run-outputs.js";
import { writeStudyFile } from "../../src/records/study-file.js";
import type { StudyRecord } from "../../src/records/study-record.js";
import { toyStudy, toyStudyData } from "./toy-study.js";

let folder: string;
let study: StudyRecord;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-records-"));
  study = await toyStudy(folder);
});
afterAll(() => rm(folder, { recursive: true }));

describe("a study that was recorded", () => {
  it("is read with its runs in the order asked for", () => {
    const names = ["dch-8-s0", "dch-8-s1", "dch-16-s0", "dch-16-s1", "lsh-8-s0", "lsh-8-s1", "lsh-16-s0", "lsh-16-s1"];
    expect(study.runs.map(({ record }) => record.name)).toEqual(names);
    expect(study.failed).toEqual([]);
    expect(study.missing).toEqual([]);
  });

  it("holds what it was made with: rows and labels", () => {
    const { featureSet, split, validation } = toyStudyData();
    expect(study.labels).toEqual(featureSet.labels);
    expect(study.split).toEqual(split);
    expect(study.validation).toEqual(validation);
  });

  it("can be judged from its codes alone, with the figures it was judged with", async () => {
    for (const run of study.runs) {
      const output = await readRunOutput(run);
      if (output.kind !== "codes") throw new Error("codes were expected");
      const { evaluation } = await evaluateSplit(output.codes, study);
      expect(evaluation).toEqual(run.result?.evaluation);
    }
  });

  it("holds the codes of the experiment, packed", async () => {
    const [run] = study.runs;
    const experiments = await readdir(join(folder, "experiments"));
    const experiment = experiments.find(name => name.startsWith("dch-8-") && name.endsWith(run.record.key));
    const codes = await readNpy(join(folder, "experiments", experiment!, "codes.npy"));
    const output = await readRunOutput(run);
    expect(output.kind === "codes" && unpackCodes(output.codes)).toEqual(codes);
  });

  it("has the course of what was trained, and none of what was fitted", async () => {
    for (const { folder: place, record } of study.runs) {
      const files = await readdir(place);
      expect(files.includes("metrics.csv"), record.name).toBe(record.kind === "trained");
    }
  });

  it("is found by its id", async () => {
    const found = await readStudy("toy", { folder: join(folder, "studies") });
    expect(found.runs).toEqual(study.runs);
  });

  it("is missed with the nearest name", async () => {
    const missing = readStudy("toi", { folder: join(folder, "studies") });
    await expect(missing).rejects.toThrow(/there is no study "toi"; expected .*toy/);
  });
});

describe("runs that are not finished", () => {
  it("are failed, or missing", async () => {
    const { folder: place, runs: _, failed: __, missing: ___, labels: _l, split: _s, validation: _v, ...file } = study;
    await writeStudyFile(place, { ...file, asked: [...file.asked, "dch-8-s2", "dch-8-s3"] });
    await writeFailure(join(place, "dch-8-s2"), { name: "dch-8-s2", message: "no", date: "2026-01-01T00:00:00.000Z" });
    const read = await readStudy(place);
    expect(read.runs).toHaveLength(8);
    expect(read.failed.map(({ name, message }) => `${name}: ${message}`)).toEqual(["dch-8-s2: no"]);
    expect(read.missing).toEqual(["dch-8-s3"]);
    await writeStudyFile(place, file);
    await rm(join(place, "dch-8-s2"), { recursive: true });
  });
});

describe("what was changed by hand", () => {
  it("is refused: codes", async () => {
    const [run] = study.runs;
    const file = join(run.folder, "codes.npy");
    const before = await readFile(file);
    await appendFile(file, "x");
    await expect(readRunOutput(run)).rejects.toThrow(/codes\.npy: the file is not the one that the run has written/);
    await writeFile(file, before);
  });

  it("is refused: rows", async () => {
    const file = join(study.folder, "split.json");
    const before = await readFile(file, "utf8");
    await writeFile(file, before.replace('"query": [0,1,', '"query": [1,'));
    await expect(readStudy(study.folder)).rejects.toThrow(
      /split\.json: the roles were changed after they were written/,
    );
    await writeFile(file, before);
  });
});
