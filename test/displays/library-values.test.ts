import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PackedCodes } from "../../src/codes/packed-codes.js";
import { packCodes } from "../../src/codes/packed-codes.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { displayOf } from "../../src/core/display.js";
import type { MimeBundle } from "../../src/core/mime-bundle.js";
import type { Dataset } from "../../src/datasets/dataset.js";
import { registerKnownDisplays } from "../../src/displays/known-displays.js";
import { cosineBaseline } from "../../src/experiments/baselines.js";
import { type Experiment, runExperiment } from "../../src/experiments/run-experiment.js";
import type { DataFolder } from "../../src/features/data-folder.js";
import { METHODS, methodOf } from "../../src/methods/known-methods.js";
import { evaluateCodesInDetail } from "../../src/metrics/evaluate.js";
import { KNOWN_METRICS } from "../../src/metrics/known-metrics.js";
import { safeHtml } from "../../src/notebook/safe-html.js";
import { takeSide } from "../../src/ranking/side.js";
import { trainConfig } from "../../src/training/train-config.js";
import { trainHead } from "../../src/training/train-head.js";
import { toyExperiment } from "../experiments/toy-experiment.js";

const engine = onnxEngine("cpu", { threads: 1 });
const { featureSet, split } = toyExperiment();
const config = { ...trainConfig("dch", 16), hidden: [16], batch: 40, epochs: 5, learningRate: 5e-3 };
let folder: string;
let experiment: Experiment;
/** All that was shown, for what holds of every summary. */
const bundles = new Map<string, MimeBundle>();

async function shown(name: string, value: unknown): Promise<{ text: string; html: string }> {
  const { data } = await displayOf(value);
  bundles.set(name, data);
  expect(data["text/plain"]).not.toContain("failed");
  return { text: String(data["text/plain"]), html: String(data["text/html"]) };
}

beforeAll(async () => {
  registerKnownDisplays();
  folder = await mkdtemp(join(tmpdir(), "hashbook-displays-"));
  experiment = await runExperiment({ featureSet, split }, config, { engine, folder });
});
afterAll(async () => rm(folder, { recursive: true }));

const mAPOf = (evaluation: { mAP: Experiment["record"]["evaluation"]["mAP"] }): string =>
  evaluation.mAP.all.tieAware.toFixed(3);

describe("values of this library", () => {
  it("experiments and results: the figures, how they were trained, a curve", async () => {
    const { record } = experiment;
    const { text, html } = await shown("experiment", experiment);
    expect(text).toMatch(/^DCH: 16 bits, 2 bytes an item/);
    expect(text).toMatch(new RegExp(`\\n {2}mAP +${mAPOf(record.evaluation)}`));
    expect(text).toContain(`${record.epochs[0].loss.toFixed(3)} in the first epoch`);
    expect(html.match(/<polyline/g)).toHaveLength(2);
    const cosine = await cosineBaseline({ featureSet, split, engine });
    expect((await shown("cosine", cosine)).text).toContain(mAPOf(cosine.evaluation));
    const list = await shown("list", [experiment, cosine]);
    expect(list.text.split("\n")).toHaveLength(3);
    const comparison = { results: [record, cosine], experiments: [experiment], verdict: "**DCH** wins." };
    const compared = await shown("comparison", comparison);
    expect(compared.text).toMatch(/\nDCH wins\.$/);
    expect(compared.html).toContain("<b>DCH</b> wins.");
  });

  it("evaluations, in short and in detail", async () => {
    const items = { codes: experiment.codes, labels: featureSet.labels };
    const sides = { queries: takeSide(items, split.query), database: takeSide(items, split.database) };
    const detailed = await evaluateCodesInDetail(sides, { metrics: ["ndcg@10"], cutoffs: [5] });
    const { text } = await shown("evaluation", detailed.evaluation);
    expect(text).toMatch(/^Evaluation: 40 queries in a database of 120, 16 bits\n {2}mAP /);
    expect(text).toMatch(/ndcg@10 +0\.\d{3}/);
    expect((await shown("detailed", detailed)).text).toMatch(/AP of queries: 10, 50, 90 % +0\.\d+, 0\.\d+, [01]\.\d+/);
  });

  it("models, trained and fitted, without their weights", async () => {
    const lsh = await runExperiment({ featureSet, split }, { method: "lsh", bits: 16 }, { engine, folder });
    expect((await shown("head", experiment.model)).text).toContain("12 → 16 → 16");
    expect((await shown("fitted", lsh.model)).text).toMatch(/features of 12 values to 16 bits\n {2}method +lsh/);
    const trained = await trainHead({ ...featureSet, train: split.train }, config, { engine });
    expect((await shown("trained", trained)).text).toMatch(/^Head trained by DCH: [\s\S]*5 epochs, 10 steps/);
  });

  it("codes: how evenly their bits are used, counted here again, and the first of them as a picture", async () => {
    const values = Int8Array.from({ length: 300 * 10 }, (_, i) => ((i * i) % 7 < 1 + (i % 10) / 2 ? 1 : -1));
    const codes: PackedCodes = packCodes({ data: values, shape: [300, 10] });
    const shares = Array.from(
      { length: 10 },
      (_, bit) => values.filter((v, i) => i % 10 === bit && v > 0).length / 300,
    );
    const rows = Array.from({ length: 300 }, (_, row) => values.slice(row * 10, row * 10 + 10).join());
    const { text, html } = await shown("codes", codes);
    expect(text).toContain("Hash codes: 300 of 10 bits, 2 bytes each, 600 bytes");
    expect(text).toContain(`${Math.min(...shares).toFixed(2)} to ${Math.max(...shares).toFixed(2)}`);
    expect(text).toMatch(new RegExp(`different codes +${new Set(rows).size}$`));
    const ones = values.slice(0, 160).filter(value => value > 0).length;
    expect(html.match(/<path d="([^"]*)"/)?.[1].match(/M/g)).toHaveLength(ones);
    expect((await shown("no codes", { ...codes, data: new Uint8Array(0), count: 0 })).text).toContain("0 of 10 bits");
  });

  it("features and splits; a study in one", async () => {
    expect((await shown("features", featureSet)).text).toMatch(
      /^Features: 160 × 12 float32, 7\.5 KiB\n {2}dataset +toy/,
    );
    expect((await shown("split", split)).text).toMatch(/^Split: 40 queries in a database of 120\n/);
    const overlapping = { ...split, database: split.query, asPublished: "the lists of somebody" };
    expect((await shown("overlapping", overlapping)).text).toContain("Note: all 40 queries are in the database");
    const study = { dataset: datasetOf(500), featureSet, split, validation: split };
    expect((await shown("study", study)).text).toMatch(
      /^Study: grey, 500 images\n[\s\S]*40 query, 80 train, 120 database/,
    );
  });

  it("methods and metrics: what they are, with options", async () => {
    for (const method of METHODS) expect((await shown(method.name, method)).html).toContain(method.title);
    expect((await shown("dch", methodOf("dch"))).text).toContain("gamma");
    for (const metric of KNOWN_METRICS) expect((await shown(metric.name, metric)).text).toContain(metric.definition);
  });

  it("datasets, with pictures; those that cannot be read are told of", async () => {
    const { text, html } = await shown("dataset", datasetOf(500));
    expect(text).toMatch(/^Dataset: grey, 500 images in 4 classes\n {2}what +grey squares\n {2}classes +4: zero, /);
    expect(html).toContain('<img src="data:image/jpeg;base64,');
    const broken = { ...datasetOf(20), image: () => Promise.reject(new Error("the disk is gone")) };
    expect((await shown("broken", broken)).text).toContain("No pictures: the disk is gone");
  });

  it("a data folder of 10,000 images in few KiB, and no text of it as HTML", async () => {
    const data = dataFolderOf(10_000);
    const { text, html } = await shown("data folder", data);
    expect(text).toMatch(/^Data folder: 10,000 × 1,280 float32 in /);
    expect(text).toContain("1,000 query, 5,000 train, 9,000 database");
    expect(text).toContain("3 images could not be read");
    expect(html).not.toContain("<i>");
    expect(html).toContain("&lt;i&gt;0");
  });

  it("what the challenge gives: rankings, scores over folds, submissions", async () => {
    const score = { queries: 30, gallery: 100, queriesWithoutRelevant: 0, unlabelled: { queries: 0, gallery: 0 } };
    const figures = { ...score, top1: 0.9, mAP10: 0.8, score: 0.85 };
    const ranked = { data: new Int32Array(300), shape: [30, 10] };
    const ranking = (name: string) => ({
      name,
      score: figures,
      perQuery: [],
      ranked,
      bytesPerImage: 8,
      msPerQuery: 0.1,
    });
    const rows = await shown("rankings", [ranking("DCH: Hamming"), ranking("<cosine>")]);
    expect(rows.text.split("\n").map(row => row.trim().split(/ {2,}/))).toEqual([
      ["method", "score", "top-1", "mAP@10", "bytes/image", "ms/query"],
      ["DCH: Hamming", "0.85", "0.9", "0.8", "8", "0.1"],
      ["<cosine>", "0.85", "0.9", "0.8", "8", "0.1"],
    ]);
    expect((await shown("ranking", ranking("one"))).text).toContain("one");
    const queriesOf = (score: number) => ({ products: [1, 2, 3], scores: [score - 0.1, score, score + 0.1] });
    const scoresOf = (name: string, scores: number[]) => ({ name, scores, queries: scores.map(queriesOf) });
    const folds = [scoresOf("cosine", [0.5, 0.7]), scoresOf("DCH", [0.6, 0.9])];
    const { text, html } = await shown("folds", folds);
    expect(text).toMatch(/\nDCH beats cosine: 0\.750 against 0\.600 \(\+0\.150, 95 % interval .*\)\.$/);
    expect(html).toContain("<b>DCH beats cosine</b>");
    expect((await shown("fold", folds.slice(0, 1))).text.split("\n")).toHaveLength(2);
    const valid = await shown("submission", { valid: true, faults: [], score: figures });
    expect(valid.text).toMatch(/^Submission: valid\n {2}score +0\.850\n/);
    const faults = [{ line: 3, kind: "count", message: "9 images, expected 10" }];
    const refused = await shown("faults", { valid: false, faults, score: null });
    expect(refused.text).toBe("Submission: 1 fault\nline:3: 9 images, expected 10");
    expect((await shown("unlabelled", { valid: true, faults: [], score: null })).text).toContain("no score");
  });

  it("leaks, by kind and place; methods among unseen classes, with the verdict", async () => {
    const pairs = Array.from({ length: 7 }, (_, i) => ({ first: i, second: 10 + i, sameFile: true, distance: 0 }));
    const leaks = await shown("leaks", { sameFile: 7, near: 2, transformed: 1, pairs, radius: 24, bits: 256 });
    expect(leaks.text).toContain("Leaks: 10 pairs of pictures that are one\n  equal files");
    expect(leaks.text).toContain("4 and 14; …");
    const method = { method: "dch", title: "DCH", as: "method", bits: 16 };
    const results = [{ ...method, seen: [0.8, 0.9], unseen: [0.5, 0.7], transfer: [0.9, 0.9] }];
    const unseen = await shown("unseen", { results, protocols: ["rule; seed 0"], verdict: "**DCH** wins." });
    expect(unseen.text).toMatch(/^method .*\nDCH .*0\.850 ± 0\.071.*\nDCH wins\.$/);
  });

  it("all of them are small, and keep what they show where notebooks are cleaned", async () => {
    const safe = await safeHtml();
    expect(bundles.size).toBeGreaterThan(30);
    for (const [name, data] of bundles) {
      const html = String(data["text/html"]);
      expect(html.length, name).toBeLessThan(15_000);
      expect(String(data["text/plain"]).length, name).toBeLessThan(4_000);
      const clean = safe(html);
      for (const element of ["<td", "<polyline", "<rect", "<path", "<text", "<img", "style="]) {
        expect(clean.split(element).length, `${element} of ${name}`).toBe(html.split(element).length);
      }
    }
  });
});

/** Grey squares of four classes. */
function datasetOf(images: number): Dataset {
  return {
    name: "grey",
    description: "grey squares",
    classNames: ["zero", "one", "two", "three"],
    ids: Array.from({ length: images }, (_, row) => `${row}`),
    labels: Int32Array.from({ length: images }, (_, row) => row % 4),
    contentHash: "0123456789abcdef",
    image: async row => ({ data: new Uint8Array(64).fill(row), width: 8, height: 8, channels: 1 }),
  };
}

function dataFolderOf(images: number): DataFolder {
  const rows = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);
  const classNames = Array.from({ length: 10 }, (_, label) => `<i>${label}`);
  return {
    folder: join(folder, "data"),
    manifest: { ...featureSet.manifest, classNames, shape: [images, 1280] },
    featuresFile: join(folder, "data", "features.npy"),
    labels: Int32Array.from({ length: images }, (_, row) => row % 10),
    classNames,
    ids: Array.from({ length: images }, (_, row) => `image ${row}`),
    split: { protocol: "a rule", seed: 0, query: rows(0, 1000), train: rows(1000, 6000), database: rows(1000, 10_000) },
    failed: rows(0, 3),
    converted: [],
    unchecked: [],
  };
}
