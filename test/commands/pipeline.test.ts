import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeNpy, readNpy } from "../../src/core/npy.js";
import { Random } from "../../src/core/random.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
let folder: string;

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as a user does, with everything it makes going to the test's folder. */
function hashbook(...args: string[]): Promise<Outcome> {
  return new Promise(resolve => {
    const env = { ...process.env, HASHBOOK_HOME: folder };
    execFile(process.execPath, [join(root, "bin", "hashbook.js"), ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

function file(...parts: string[]): string {
  return join(folder, ...parts);
}

/** A message for users: one paragraph, no stack, naming what it is about. */
function expectFailure({ code, stdout, stderr }: Outcome, ...words: (string | RegExp)[]): void {
  expect(code, stderr).toBe(1);
  expect(stdout).toBe("");
  for (const word of words) expect(stderr).toMatch(word);
  expect(stderr).not.toMatch(/\n\s+at /);
}

/** Photographs of squares and discs in noise. */
async function makePictures(): Promise<void> {
  const random = new Random(11);
  for (const shape of ["disc", "square"]) {
    await mkdir(file("pictures", shape), { recursive: true });
    for (let i = 0; i < 12; i++) {
      const [x, y, size] = [80 + random.integer(60), 60 + random.integer(60), 30 + random.integer(20)];
      const grey = (): string => `rgb(${random.integer(256)},${random.integer(256)},${random.integer(256)})`;
      const drawn =
        shape === "disc"
          ? `<circle cx="${x}" cy="${y}" r="${size}" fill="${grey()}"/>`
          : `<rect x="${x - size}" y="${y - size}" width="${2 * size}" height="${2 * size}" fill="${grey()}"/>`;
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="240" height="200"><rect width="240" height="200" fill="${grey()}"/>${drawn}</svg>`;
      await sharp(Buffer.from(svg))
        .jpeg()
        .toFile(file("pictures", shape, `${i}.jpg`));
    }
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-pipeline-"));
  await makePictures();
}, 120_000);
afterAll(async () => rm(folder, { recursive: true }));

describe("the commands one after the other, on a folder of photographs", () => {
  it("extract, train, encode, evaluate", async () => {
    const extracted = await hashbook(
      "extract",
      "--dataset",
      file("pictures"),
      "--out",
      file("f"),
      "--engine",
      "cpu",
      "--json",
    );
    expect(extracted.code, extracted.stderr).toBe(0);
    expect(JSON.parse(extracted.stdout)).toMatchObject({
      cached: false,
      manifest: { shape: [24, 1280], engine: "cpu" },
    });
    const again = await hashbook(
      "extract",
      "--dataset",
      file("pictures"),
      "--out",
      file("f"),
      "--engine",
      "cpu",
      "--json",
    );
    expect(JSON.parse(again.stdout).cached).toBe(true);

    const data = ["--features", file("f", "features.npy"), "--labels", file("f", "labels.npy")];
    const how = ["--method", "dch", "--bits", "20", "--epochs", "20", "--batch", "24", "--seed", "3"];
    const trained = await hashbook("train", ...data, ...how, "--out", file("model"), "--json");
    expect(trained.code, trained.stderr).toBe(0);
    expect(JSON.parse(trained.stdout)).toMatchObject({ steps: 20, config: { method: "dch", bits: 20, seed: 3 } });
    expect((await readdir(file("model"))).sort()).toEqual([
      "MODEL.md",
      "checkpoints",
      "head.json",
      "head.safetensors",
      "history.json",
    ]);

    const encode = ["encode", "--model", file("model"), "--data", file("f")];
    expect((await hashbook(...encode, "--out", file("codes.npy"))).code).toBe(0);
    expect(JSON.parse(await readFile(file("codes.json"), "utf8"))).toMatchObject({
      format: 1,
      form: "codes",
      rows: 24,
      bits: 20,
      data: { dataset: "image-folder", rows: 24 },
      classNames: ["disc", "square"],
    });
    expect((await hashbook(...encode, "--out", file("packed.npy"), "--packed")).code).toBe(0);
    expect((await hashbook(...encode, "--out", file("relaxed.npy"), "--relaxed")).code).toBe(0);
    const codes = await readNpy(file("codes.npy"));
    const packed = await readNpy(file("packed.npy"));
    const relaxed = await readNpy(file("relaxed.npy"));
    expect([codes.shape, packed.shape, relaxed.shape]).toEqual([
      [24, 20],
      [24, 3],
      [24, 20],
    ]);
    codes.data.forEach((code, i) => {
      expect(code).toBe(Number(relaxed.data[i]) >= 0 ? 1 : -1);
      const bit = (Number(packed.data[Math.floor(i / 20) * 3 + ((i % 20) >> 3)]) >> (7 - ((i % 20) % 8))) & 1;
      expect(bit).toBe(code === 1 ? 1 : 0);
    });

    const labels = ["--query-labels", file("f", "labels.npy"), "--database-labels", file("f", "labels.npy")];
    const sides = (name: string) => ["--query-codes", file(name), "--database-codes", file(name)];
    const refused = await hashbook("evaluate", ...sides("codes.npy"), ...labels);
    expectFailure(refused, /codes\.npy: .*24 of 24 queries were trained on.*--allow-seen/);
    const plain = await hashbook("evaluate", ...sides("codes.npy"), ...labels, "--allow-seen", "--json");
    const packing = ["--bits", "20", "--allow-seen", "--json"];
    const bytes = await hashbook("evaluate", ...sides("packed.npy"), ...labels, ...packing);
    expect(plain.stdout).toBe(bytes.stdout);
    // Packed codes that say themselves how many bits they have, of data that says which classes they are.
    const folders = ["--query-data", file("f"), "--database-data", file("f")];
    const whole = await hashbook("evaluate", ...folders, ...sides("packed.npy"), "--allow-seen", "--json");
    const { overlaps, ...figures } = JSON.parse(whole.stdout); // a folder searched in itself
    expect(overlaps.text).toMatch(/^(\d+) of \1 queries are in the database/);
    expect(figures).toEqual({ ...JSON.parse(plain.stdout), unchecked: [] });
    const overModel = await hashbook(...encode, "--out", file("model", "head.npy"));
    expect([overModel.code, overModel.stderr]).toEqual([
      2,
      expect.stringMatching(/head\.json: would be written over what is read/),
    ]);
    const { bits, queries, mAP, seen } = JSON.parse(plain.stdout);
    expect([bits, queries]).toEqual([20, 24]);
    expect(seen).toEqual([{ what: "queries", as: "trained", count: 24, of: 24 }]);
    expect(mAP.all.tieAware).toBeGreaterThan(0.9); // trained on the same 24 pictures

    const images = ["--query", file("pictures", "disc", "4.jpg"), file("pictures", "square", "7.jpg")];
    const search = ["search", "--model", file("model"), ...images, "--top", "24", "--engine", "cpu", "--json"];
    const found = JSON.parse((await hashbook(...search, "--database", file("codes.npy"))).stdout);
    expect((await hashbook(...search, "--database", file("packed.npy"))).stdout).toBe(`${JSON.stringify(found)}\n`);
    const byRow = (result: { nearest: { index: number; distance: number }[] }) =>
      [...result.nearest].sort((a, b) => a.index - b.index).map(({ distance }) => distance);
    const distances = found.results.map(byRow);
    const noted = JSON.parse(await readFile(file("model", "head.json"), "utf8")).features;
    expect(noted).toMatchObject({ backbone: "efficientnet-lite0", shape: [24, 1280], preprocessing: { crop: 224 } });
    const onnx = await hashbook("export", "--model", file("model"), "--out", file("model.onnx"), "--json");
    expect(JSON.parse(onnx.stdout)).toMatchObject({ backbone: "efficientnet-lite0", bits: 20 });
    // Somewhere in the database is the picture itself, at distance 0, with the same distances to all the others.
    const far = (a: number, b: number) => {
      let count = 0;
      for (let bit = 0; bit < 20; bit++) if (codes.data[a * 20 + bit] !== codes.data[b * 20 + bit]) count++;
      return count;
    };
    const rows = Array.from({ length: 24 }, (_, row) => row);
    for (const row of distances) expect(rows.map(a => rows.map(b => far(a, b)))).toContainEqual(row);
    expect(found).toMatchObject({
      database: 24,
      bits: 20,
      top: 24,
      results: [{ query: images[1] }, { query: images[2] }],
    });
  });

  it("split, train, encode, evaluate on one data folder: nothing is left unchecked", async () => {
    await cp(file("f"), file("whole"), { recursive: true });
    const sizes = ["--query-per-class", "3", "--train-per-class", "8", "--seed", "1"];
    const split = await hashbook("split", file("whole"), ...sizes, "--json");
    expect(JSON.parse(split.stdout)).toMatchObject({ query: 6, train: 16, database: 18, withoutRole: 0 });
    const how = ["--method", "dch", "--bits", "16", "--epochs", "20", "--batch", "16", "--json"];
    const trained = await hashbook("train", "--data", file("whole"), ...how, "--out", file("split-model"));
    expect(trained.code, trained.stderr).toBe(0);
    expect(JSON.parse(trained.stdout).unchecked).toEqual([]);
    const head = JSON.parse(await readFile(file("split-model", "head.json"), "utf8"));
    expect(head).toMatchObject({ classNames: ["disc", "square"], trainedOn: { rows: 24 }, roles: { seed: 1 } });
    const out = file("split-codes.npy");
    expect((await hashbook("encode", "--model", file("split-model"), "--data", file("whole"), "--out", out)).code).toBe(
      0,
    );
    const evaluate = async (): Promise<{ queries: number; database: number; unchecked: string[] }> =>
      JSON.parse((await hashbook("evaluate", "--data", file("whole"), "--codes", out, "--json")).stdout);
    expect(await evaluate()).toMatchObject({ queries: 6, database: 18, unchecked: [] });
    // Another draw makes queries of what was trained on.
    await hashbook("split", file("whole"), ...sizes.slice(0, -1), "2", "--replace");
    const redrawn = await hashbook("evaluate", "--data", file("whole"), "--codes", out);
    expectFailure(redrawn, /split-codes\.npy: .*\d of 6 queries were trained on/);
  });
});

describe("bad input", () => {
  it("a missing dataset folder", async () => {
    const outcome = await hashbook("extract", "--dataset", file("nowhere/pictures"), "--out", file("g"));
    expectFailure(outcome, "nowhere/pictures", "no such folder or file", "expected");
  });

  it("a truncated image: named, and what was finished stays", async () => {
    await mkdir(file("broken", "disc"), { recursive: true });
    const whole = await readFile(file("pictures", "disc", "0.jpg"));
    for (let i = 0; i < 9; i++) await writeFile(file("broken", "disc", `${i}.jpg`), whole);
    await writeFile(file("broken", "disc", "7.jpg"), whole.subarray(0, whole.length / 2));
    const outcome = await hashbook(
      "extract",
      "--dataset",
      file("broken"),
      "--out",
      file("h"),
      "--batch",
      "4",
      "--strict",
    );
    expectFailure(outcome, "7.jpg", "expected");
    const header = 128;
    expect((await readFile(file("h", "features.npy.partial"))).length).toBe(header + 4 * 1280 * 4); // the first batch
  });

  it("an image that could not be read: left out of training, refused or filled in by encode", async () => {
    const features = Float32Array.from({ length: 12 * 4 }, (_, i) => Math.sin(i));
    features.fill(Number.NaN, 5 * 4, 6 * 4);
    await mkdir(file("gap"));
    await writeFile(file("gap", "features.npy"), encodeNpy({ data: features, shape: [12, 4] }));
    await writeFile(
      file("gap", "labels.npy"),
      encodeNpy({ data: Int32Array.from({ length: 12 }, (_, i) => i % 2), shape: [12] }),
    );
    const data = ["--features", file("gap", "features.npy"), "--labels", file("gap", "labels.npy")];
    const train = [
      "train",
      ...data,
      "--method",
      "dch",
      "--bits",
      "8",
      "--epochs",
      "2",
      "--batch",
      "8",
      "--out",
      file("gm"),
    ];
    expectFailure(await hashbook(...train), "features.npy", /row 5 (\(.*\) )?holds NaN/); // not in failed.csv: a fault
    await writeFile(file("gap", "failed.csv"), "row,id,reason\n5,x.jpg,cut short\n");
    const trained = await hashbook(...train);
    expect([trained.code, trained.stderr]).toEqual([0, expect.stringMatching(/^1 rows left out/m)]);
    const encode = [
      "encode",
      "--model",
      file("gm"),
      "--features",
      file("gap", "features.npy"),
      "--out",
      file("gap.npy"),
    ];
    expectFailure(await hashbook(...encode), "features.npy", /row 5 (\(.*\) )?holds NaN.*failed\.csv/);
    const filled = await hashbook(...encode, "--failed", "mean", "--json");
    expect(JSON.parse(filled.stdout)).toMatchObject({ items: 12, failed: [5] });
    expect((await readNpy(file("gap.npy"))).shape).toEqual([12, 8]);
  });

  it("a label file with a malformed line", async () => {
    await writeFile(file("label.txt"), "pictures/disc/0.jpg,disc\npictures/disc/1.jpg\n");
    expectFailure(await hashbook("dataset", file("label.txt")), "label.txt", /line 2/, "expected");
  });

  it("arrays of the wrong shape or type, unequal numbers and lengths", async () => {
    const write = (name: string, data: Float32Array | Int32Array | Float64Array, shape: number[]) =>
      writeFile(file(name), encodeNpy({ data, shape }));
    await write("flat.npy", new Float32Array(8), [8]);
    await write("x.npy", new Float32Array(40).fill(1), [4, 10]);
    await write("l.npy", Int32Array.of(0, 1, 0), [3]);
    const train = (features: string) =>
      hashbook(
        "train",
        "--features",
        file(features),
        "--labels",
        file("l.npy"),
        "--method",
        "dch",
        "--bits",
        "8",
        "--out",
        file("m"),
      );
    expectFailure(
      await train("flat.npy"),
      "flat.npy",
      /expected numbers of shape \(n, dim\).*found float32 of shape \(8\)/,
    );
    expectFailure(await train("x.npy"), "l.npy", /expected 4 rows.*found 3/);
    const encode = ["encode", "--model", file("model"), "--features", file("x.npy"), "--out", file("c.npy")];
    expectFailure(await hashbook(...encode), "x.npy", /expected shape \(n, 1280\).*found shape \(4, 10\)/);
  });

  it("a model whose network is not known, or is another one", async () => {
    const head = JSON.parse(await readFile(file("model", "head.json"), "utf8"));
    await cp(file("model"), file("other"), { recursive: true });
    await cp(file("codes.npy"), file("bare.npy")); // without what says which model made them
    const search = ["search", "--model", file("other"), "--query", file("pictures", "disc", "4.jpg")];
    const withFeatures = (features: unknown) =>
      writeFile(file("other", "head.json"), JSON.stringify({ ...head, features }));
    await withFeatures(undefined);
    const unknown = await hashbook(...search, "--database", file("bare.npy"));
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringMatching(/does not say.*--backbone NAME/)]);
    await withFeatures({ ...head.features, backbone: "mine.onnx" });
    expect((await hashbook(...search, "--database", file("bare.npy"))).stderr).toMatch(/--backbone PATH of mine.onnx/);
    await withFeatures({ ...head.features, weightsHash: "0123" });
    expectFailure(await hashbook(...search, "--database", file("bare.npy")), "head.json", /other weights.*0123/);
  });

  it("usage: exit code 2", async () => {
    const train = ["train", "--features", "f", "--labels", "l", "--out", "o"];
    expect((await hashbook(...train, "--method", "itqq", "--bits", "8")).code).toBe(2);
    expect((await hashbook(...train, "--method", "dch", "--bits", "0")).code).toBe(2);
    expect((await hashbook("extract", "--dataset", file("pictures"), "--backbone", "vgg")).code).toBe(2);
    const both = ["encode", "--model", "m", "--features", "f", "--out", "o", "--packed", "--relaxed"];
    expect((await hashbook(...both)).code).toBe(2);
  });
});
