import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCodes } from "../../src/codes/codes-file.js";
import { unpackCodes } from "../../src/codes/packed-codes.js";
import { compare } from "../../src/comparison/compare.js";
import { studyFigures } from "../../src/comparison/study-figures.js";
import { labelCount, singleLabels } from "../../src/core/labels.js";
import { writeNpy } from "../../src/core/npy.js";
import { Random } from "../../src/core/random.js";
import { cosineBaseline } from "../../src/experiments/baselines.js";
import { evaluateEmbedding, evaluateSplit } from "../../src/experiments/evaluate-split.js";
import type { Evaluation } from "../../src/metrics/evaluation.js";
import { conventionNames } from "../../src/metrics/published.js";
import type { Run } from "../../src/records/run-record.js";
import type { StudyRecord } from "../../src/records/study-record.js";
import { toyStudy, toyStudyData } from "../records/toy-study.js";

describe("compare", () => {
  let folder: string;
  let study: StudyRecord;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "hashbook-compare-"));
    study = await toyStudy(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const runsOf = (method: string, bits: number): Run[] =>
    study.runs.filter(({ record }) => record.config.method === method && record.bits === bits);

  it("means and deviations over seeds are those of the runs as they were judged", async () => {
    const found = await compare(study, {
      metrics: ["mAP", "mAP@10", "P@10", "R@100", "P@H<=2", "mAP@H≤2", "top-1"],
      draws: 200,
    });
    expect(found.entries.map(({ title, bits, seeds }) => [title, bits, seeds])).toEqual([
      ["DCH", 8, [0, 1]],
      ["DCH", 16, [0, 1]],
      ["LSH (not learned)", 8, [0, 1]],
      ["LSH (not learned)", 16, [0, 1]],
    ]);
    for (const entry of found.entries) {
      const results = runsOf(entry.method, entry.bits!).map(run => run.result!.evaluation as Evaluation);
      const expected: Record<string, number[]> = {
        mAP: results.map(({ mAP }) => mAP.all.tieAware),
        "mAP@10": results.map(({ mAP }) => mAP["10"].tieAware),
        "P@10": results.map(({ precisionAt }) => precisionAt["10"]),
        "R@100": results.map(({ recallAt }) => recallAt["100"]),
        "P@H≤2": results.map(({ radius2 }) => radius2.precision),
        "mAP@H≤2": results.map(({ radius2 }) => radius2.mAP),
        "top-1": results.map(({ top1 }) => top1),
      };
      for (const [measure, [a, b]] of Object.entries(expected)) {
        expect(entry.values[measure].mean, measure).toBeCloseTo((a + b) / 2, 12);
        expect(entry.values[measure].deviation, measure).toBeCloseTo(Math.abs(a - b) / Math.SQRT2, 12);
      }
    }
  });

  it("published conventions and metrics are those of an evaluation", async () => {
    const metrics = [...conventionNames.map(name => `mAP@7:${name}`), "ndcg@5", "wap@5"];
    const found = await compare(study, { metrics, draws: 200, where: ({ record }) => record.seed === 1 });
    for (const entry of found.entries) {
      const codes = await readCodes(`${runsOf(entry.method, entry.bits!)[1].folder}/codes.npy`, { bits: entry.bits! });
      const { evaluation } = await evaluateSplit(codes, study, {
        cutoffs: [7],
        conventions: conventionNames,
        metrics: ["ndcg@5", "wap@5"],
      });
      for (const name of conventionNames) {
        expect(entry.values[`mAP@7:${name}`].mean, name).toBeCloseTo(evaluation.published![name]["7"], 12);
      }
      expect(entry.values["NDCG@5"].mean).toBeCloseTo(evaluation.metrics!["ndcg@5"], 12);
    }
    expect(found.notes.join(" ")).toContain("One seed each");
  });

  it("a measure is that of a naive loop", async () => {
    const found = await compare(study, { metrics: ["P@H≤3"], draws: 200 });
    const labels = singleLabels(study.labels, "a test");
    const naive = async ({ folder: of, record }: Run): Promise<number> => {
      const { data, shape } = unpackCodes(await readCodes(`${of}/codes.npy`, { bits: record.bits }));
      const shares = Array.from(study.split.query, q => {
        let size = 0;
        let hits = 0;
        for (const d of study.split.database) {
          let distance = 0;
          for (let bit = 0; bit < shape[1]; bit++)
            if (data[q * shape[1] + bit] !== data[d * shape[1] + bit]) distance++;
          if (distance > 3) continue;
          size++;
          if (labels[q] === labels[d]) hits++;
        }
        return size === 0 ? 0 : hits / size;
      });
      return shares.reduce((sum, share) => sum + share, 0) / shares.length;
    };
    for (const entry of found.entries) {
      const values = await Promise.all(runsOf(entry.method, entry.bits!).map(naive));
      expect(entry.values["P@H≤3"].mean).toBeCloseTo((values[0] + values[1]) / 2, 12);
    }
  });

  it("an embedding is ranked by cosine, and has no Hamming balls", async () => {
    const [dch, lsh] = [runsOf("dch", 8)[0], runsOf("lsh", 8)[0]];
    const rows = labelCount(study.labels);
    const values = { data: new Random(4).normals(rows * 8), shape: [rows, 8] };
    await writeNpy(join(lsh.folder, "embedding.npy"), values);
    const mixed: StudyRecord = {
      ...study,
      runs: [dch, { ...lsh, record: { ...lsh.record, output: "embedding", title: "Random values" } }],
    };
    const found = await compare(mixed, { metrics: ["mAP", "P@H≤2"], draws: 200 });
    const [codes, embedding] = found.entries;
    const { evaluation } = await evaluateEmbedding(values, study);
    expect(embedding.values.mAP.mean).toBeCloseTo(evaluation.mAP.all.tieAware, 12);
    expect(Object.keys(embedding.values)).toEqual(["mAP"]);
    expect(Object.keys(codes.values)).toEqual(["mAP", "P@H≤2"]);
    expect(found.notes.join(" ")).toContain(
      `${embedding.title}: real values ranked by cosine, as many as the others have bits; they have no P@H≤2.`,
    );
    expect(Object.keys((await compare(mixed, { draws: 200 })).measures)).toEqual(["mAP"]);
  });

  it("has exhaustive search on the features below, by what was measured of it, and says what was not", async () => {
    const cosine = await cosineBaseline(toyStudyData(), { cutoffs: [5], metrics: ["ndcg@5"] });
    const { evaluation } = cosine;
    const metrics = ["mAP", "mAP@5", "mAP@7", "P@10", "R@100", "top-1", "ndcg@5", "P@H≤2", "mAP@9999"];
    const found = await compare({ ...study, cosine }, { metrics, draws: 100 });
    expect(found.baselines).toEqual([
      {
        title: "cosine on features",
        values: {
          mAP: evaluation.mAP.all.tieAware,
          "mAP@5": evaluation.mAP["5"].tieAware,
          "P@10": evaluation.precisionAt["10"],
          "R@100": evaluation.recallAt["100"],
          "top-1": evaluation.top1,
          "NDCG@5": evaluation.metrics!["ndcg@5"],
          "mAP@9999": evaluation.mAP.all.tieAware,
        },
      },
    ]);
    expect(found.notes).toContain("cosine on features was not measured by mAP@7 when the study was run.");
    expect(found.entries).toEqual((await compare(study, { metrics, draws: 100 })).entries);
    expect((await compare({ ...study, cosine }, { metrics: ["mAP@7"], draws: 100 })).baselines).toEqual([]);
  });

  it("says where a cutoff is beyond the database", async () => {
    const size = study.split.database.length;
    const said = `mAP@${size}: the database has ${size} items, so the whole ranking counts.`;
    expect((await compare(study, { metrics: [`mAP@${size}`], draws: 100 })).notes).toContain(said);
    const { notes } = await compare(study, { metrics: [`mAP@${size - 1}`], draws: 100 });
    expect(notes.join(" ")).not.toContain("whole ranking");
  });

  it("takes runs of two files that define methods of one name for two methods", async () => {
    const [one, two] = runsOf("dch", 8);
    const from = (run: Run, sha256: string): Run => ({
      ...run,
      study: sha256,
      record: { ...run.record, methodFile: { path: "mine.js", sha256 } },
    });
    const apart = await compare({ ...study, runs: [from(one, "a"), from(two, "b")] }, { metrics: ["mAP"], draws: 100 });
    expect(apart.entries.map(({ title, seeds }) => [title, seeds])).toEqual([
      ["DCH, a", [0]],
      ["DCH, b", [1]],
    ]);
    const alike = await compare({ ...study, runs: [from(one, "a"), from(two, "a")] }, { metrics: ["mAP"], draws: 100 });
    expect(alike.entries.map(({ seeds }) => seeds)).toEqual([[0, 1]]);
  });

  it("leaves queries out of the database where that is asked for", async () => {
    const { split } = study;
    const database = Int32Array.from([...split.database, ...split.query.subarray(0, 9)]).sort();
    const overlapping = { ...study, split: { ...split, database, asPublished: "lists of nobody" } };
    const as = await compare(overlapping, { metrics: ["mAP"], draws: 100 });
    const without = await compare(overlapping, { metrics: ["mAP"], draws: 100, dropQueriesFromDatabase: true });
    const clean = await compare(study, { metrics: ["mAP"], draws: 100 });
    expect(without.entries).toEqual(clean.entries);
    expect([as, without, clean].map(({ queriesDropped }) => queriesDropped)).toEqual([false, true, false]);
    expect(() => studyFigures(overlapping, without)).toThrow(/no curves without the queries in the database/);
    expect(as.entries).not.toEqual(clean.entries);
    expect(as.notes.join(" ")).toContain("Roles overlap: 9 of");
    const { asPublished: _, ...refused } = overlapping.split;
    await expect(compare({ ...study, split: refused })).rejects.toThrow("database");
  });

  it("ends early when it is told to", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(compare(study, { signal })).rejects.toThrow("enough");
  });
});
