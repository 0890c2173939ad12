// Products under two ids: found by the pictures they share, listed, edited, merged by every command that reads labels.
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseProductMerges } from "../../src/datasets/product-merges.js";
import { makeDigixSample } from "../../src/digix-sample/generate.js";
import { runInProcess } from "./in-process.js";

let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);
const root = (): string[] => ["--root", at("digix")];

async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runInProcess(...args);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

const TWIN = "DIGIX_000900";
let original: string;

/** Gives pictures of a product, smaller and compressed again, to a product of another name. */
async function plantDuplicate(product: string, twin: string, count: number): Promise<void> {
  const [from, to] = [at("digix/train_data", product), at("digix/train_data", twin)];
  await mkdir(to);
  for (const name of (await readdir(from)).sort().slice(0, count)) {
    const { width } = await sharp(join(from, name)).metadata();
    await sharp(join(from, name))
      .resize(Math.round(width! * 0.8))
      .jpeg({ quality: 60 })
      .toFile(join(to, `X${name}`));
    await appendFile(at("digix/train_data/label.txt"), `${twin}/X${name},${twin}\n`);
    await appendFile(at("digix/train_data/roles.txt"), `${twin}/X${name},gallery\n`);
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-merge-"));
  process.env.HASHBOOK_HOME = folder;
  await makeDigixSample(at("digix"), { products: { train: 6, testA: 1, testB: 1 } });
  const products = (await readdir(at("digix/train_data"))).filter(name => name.startsWith("DIGIX_")).sort();
  original = products[2];
  await plantDuplicate(original, TWIN, 4);
  await plantDuplicate(products[0], "DIGIX_000901", 1);
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

describe("a product under two ids", () => {
  it("is found by its pictures, and the list says why; one picture alone is doubtful", async () => {
    const said = await run("dataset", "digix", ...root(), "--duplicates", at("merges.txt"));
    expect(said).toMatch(/duplicates: 2 products seem to be 1; \d+ pairs? .*too little to say/);
    const text = await readFile(at("merges.txt"), "utf8");
    expect(parseProductMerges(text, "m").groups).toEqual([[original, TWIN]]);
    expect(text).toContain(`#   ${original} and ${TWIN} share 4 pictures:`);
    expect(text).toMatch(/^# DIGIX_\d{6} = DIGIX_000901$/m);
  });

  it("is one in datasets, features, trainings and folds, once the list is given", async () => {
    const list = ["--merge-products", at("merges.txt")];
    const before = JSON.parse(await run("dataset", "digix", ...root(), "--json"));
    const report = JSON.parse(await run("dataset", "digix", ...root(), ...list, "--json"));
    expect(report.mergedProducts).toEqual([[original, TWIN]]);
    expect(report.contentHash).not.toBe(before.contentHash);
    expect(await run("dataset", "digix", ...root(), ...list)).toContain("2 products are merged into 1");

    await run("extract", "--dataset", "digix", ...root(), "--out", at("plain"));
    await run("extract", "--dataset", "digix", ...root(), ...list, "--out", at("merged"));
    const manifest = JSON.parse(await readFile(at("merged/manifest.json"), "utf8"));
    expect(manifest).toMatchObject({ mergedProducts: [[original, TWIN]], contentHash: report.contentHash });

    const settings = ["--method", "dch", "--bits", "8", "--epochs", "1", "--fold", "1/3"];
    await run("train", "--data", at("plain"), ...list, ...settings, "--out", at("model"));
    await run("train", "--data", at("merged"), ...settings, "--out", at("model-2"));
    const head = JSON.parse(await readFile(at("model/head.json"), "utf8"));
    expect(head.mergedProducts).toEqual([[original, TWIN]]);
    const [one, other] = await Promise.all(["model", "model-2"].map(name => readFile(at(name, "head.safetensors"))));
    expect(one.equals(other)).toBe(true); // features are the same, and so are labels and folds

    for (const data of ["plain", "merged"]) {
      const model = { plain: "model", merged: "model-2" }[data]!;
      await run("encode", "--model", at(model), "--data", at(data), "--out", at(`${data}.npy`));
      const fold = ["--data", at(data), ...list, "--fold", "1/3"];
      await run("submit", "--codes", at(`${data}.npy`), ...fold, "--out", at(`${data}.csv`));
      const scored = JSON.parse(await run("score", at(`${data}.csv`), ...fold, "--json"));
      expect(scored.valid).toBe(true);
      const byDataset = ["--dataset", "digix", ...root(), ...fold];
      expect(JSON.parse(await run("score", at(`${data}.csv`), ...byDataset, "--json")).score).toBe(scored.score);
    }
    expect(await readFile(at("plain.csv"), "utf8")).toBe(await readFile(at("merged.csv"), "utf8"));
  }, 120_000);

  it("is one where candidates are compared", async () => {
    const rankings = [{ ranking: "features" }, { ranking: "features", expansion: { neighbours: 2 } }];
    const candidates = rankings.map((ranking, i) => ({ name: `${i}`, ranking }));
    await writeFile(at("candidates.json"), JSON.stringify({ candidates }));
    const choose = ["challenge", "choose", ...root(), "--candidates", at("candidates.json"), "--folds", "2", "--json"];
    const productsOf = async (...more: string[]): Promise<number> =>
      JSON.parse(await run(...choose, ...more)).folds.products.labelled;
    expect(await productsOf()).toBe(8);
    expect(await productsOf("--merge-products", at("merges.txt"))).toBe(7);
  }, 120_000);

  it("a list of other products, or none, is refused before anything is computed", async () => {
    await writeFile(at("other.txt"), "hashbook product merges, format 1\nDIGIX_000900 = DIGIX_009999\n");
    const refused = async (...args: string[]): Promise<string> => {
      const { code, stderr } = await runInProcess(...args);
      expect(code).toBe(1);
      return stderr;
    };
    const list = ["--merge-products", at("other.txt")];
    expect(await refused("dataset", "digix", ...root(), ...list)).toContain("DIGIX_009999 is no product of digix");
    const train = ["train", "--data", at("plain"), "--method", "dch", "--bits", "8", "--out", at("m3")];
    expect(await refused(...train, ...list)).toContain("other.txt: DIGIX_009999 is no product");
    expect(await refused(...train, "--merge-products", at("gone.txt"))).toContain("gone.txt");
    const overwritten = await runInProcess(
      "dataset",
      "digix",
      ...root(),
      "--duplicates",
      at("digix/train_data/label.txt"),
    );
    expect(overwritten).toMatchObject({ code: 2, stderr: expect.stringContaining("would be written over") });
  });
});
