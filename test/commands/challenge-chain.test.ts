// The whole challenge from nothing on a tiny sample: by command line, and the same by the functions of the notebook.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDataset } from "../../src/catalogue/open-dataset.js";
import { challengeConfig } from "../../src/challenge/challenge-config.js";
import { challengeSet } from "../../src/challenge/challenge-set.js";
import { judgeSubmission } from "../../src/challenge/judge-submission.js";
import { rankGallery } from "../../src/challenge/rank-gallery.js";
import { submissionLines, writeSubmission } from "../../src/challenge/submission.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { makeDigixSample } from "../../src/digix-sample/generate.js";
import { encodedSides } from "../../src/experiments/challenge-candidates.js";
import { readFeatures } from "../../src/features/features-file.js";
import { plainConfig, resolveConfig } from "../../src/training/train-config.js";
import { trainHead } from "../../src/training/train-head.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);

async function hashbook(...args: string[]): Promise<string> {
  const env = { ...process.env, HASHBOOK_HOME: folder, HASHBOOK_ENGINE: "cpu" };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [join(root, "bin", "hashbook.js"), ...args], { env }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`hashbook ${args.join(" ")}: ${stderr}`));
    });
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "challenge-"));
  await makeDigixSample(at("sample"), { products: { train: 5, testA: 3, testB: 1 } });
}, 60_000);

afterAll(() => rm(folder, { recursive: true }));

describe("the challenge by command line", () => {
  it("goes from images to a score, the same as by the functions of the notebook", async () => {
    const sample = ["--root", at("sample")];
    const test = ["--dataset", "digix-sample-test-a", ...sample];
    await hashbook("extract", "--dataset", "digix-sample", ...sample, "--out", at("f/train"));
    await hashbook("extract", ...test, "--out", at("f/test"));
    const config = resolveConfig({ ...challengeConfig("dch", 16, { perProduct: 4, epochs: 3 }), batch: 16 });
    const { method, bits, ...settings } = plainConfig(config); // these two are options of their own
    await writeFile(at("config.json"), JSON.stringify(settings));
    await hashbook(
      ...["train", "--features", at("f/train/features.npy"), "--labels", at("f/train/labels.npy")],
      ...["--method", method, "--bits", `${bits}`, "--config", at("config.json"), "--out", at("model")],
    );
    const encode = ["encode", "--model", at("model"), "--features", at("f/test/features.npy")];
    await hashbook(...encode, "--out", at("codes.npy"));
    await hashbook(...encode, "--relaxed", "--out", at("relaxed.npy"));
    const codes = ["--codes", at("codes.npy"), "--relaxed-codes", at("relaxed.npy")];
    const said = await hashbook("submit", ...codes, ...test, "--ranking", "asymmetric", "--out", at("submission.csv"));
    expect(said).toMatch(/SYNTHETIC/);
    const scored = JSON.parse(await hashbook("score", at("submission.csv"), ...test, "--json"));
    expect(scored).toMatchObject({ valid: true, scored: true, synthetic: true, dataset: "digix-sample-test-a" });
    expect(scored.score).toBeGreaterThan(0);

    const engine = onnxEngine("cpu");
    const [dataset, testDataset] = await Promise.all(
      ["digix-sample", "digix-sample-test-a"].map(name => openDataset(name, { root: at("sample") })),
    );
    const features = await readFeatures(at("f/train/features.npy"));
    const train = Int32Array.from(dataset.ids.keys());
    const trained = await trainHead({ features, labels: dataset.labels, train }, config, { engine });
    const set = challengeSet(testDataset);
    const sides = await encodedSides(await readFeatures(at("f/test/features.npy")), set.rows, trained.head, { engine });
    const ranked = await rankGallery(sides, { engine, ranking: "asymmetric" });
    await writeSubmission(at("notebook.csv"), submissionLines(ranked, set.names.queries, set.names.gallery));
    expect(await readFile(at("notebook.csv"), "utf8")).toBe(await readFile(at("submission.csv"), "utf8"));
    const judged = await judgeSubmission(at("notebook.csv"), set);
    expect(judged.score?.score).toBe(scored.score);
  }, 120_000);
});
