import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDataset } from "../../src/catalogue/open-dataset.js";
import { productFold } from "../../src/challenge/product-folds.js";
import { binarize } from "../../src/codes/binarize.js";
import type { NdArray } from "../../src/core/arrays.js";
import { takeRows } from "../../src/core/arrays.js";
import { writeNpy } from "../../src/core/npy.js";
import { Random } from "../../src/core/random.js";
import type { Dataset } from "../../src/datasets/dataset.js";
import { singleLabelled } from "../../src/datasets/dataset.js";
import { writeCodesSidecar } from "../../src/features/codes-sidecar.js";
import { itemsOf, readDataFolder } from "../../src/features/data-folder.js";
import { seenItems } from "../../src/features/seen-items.js";
import { writeFiles } from "../datasets/digix-folder.js";
import { writeDataFolder } from "../features/written-data-folder.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const PRODUCTS = 6;
const BITS = 24;
let folder: string;

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function hashbook(...args: string[]): Promise<Outcome> {
  return new Promise(resolve => {
    const env = { ...process.env, HASHBOOK_HOME: folder, HASHBOOK_ENGINE: "cpu" };
    execFile(process.execPath, [join(root, "bin", "hashbook.js"), ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const at = (name: string): string => join(folder, name);

/** Six products with 5 train images each; test A with 2 queries and 4 gallery images of each, labelled; B without. */
function digixFiles(): Record<string, string> {
  const files: Record<string, string> = {};
  const lines: Record<string, string[]> = { train_data: [], test_data_A: [] };
  for (let product = 0; product < PRODUCTS; product++) {
    const name = `DIGIX_00000${product}`;
    for (let i = 0; i < 5; i++) {
      files[`train_data/${name}/T${product}${i}.jpg`] = "";
      lines.train_data.push(`${name}/T${product}${i}.jpg,${product}`);
    }
    for (let i = 0; i < 6; i++) {
      const path = i < 2 ? `query/Q${product}${i}.jpg` : `gallery/G${product}${i}.jpg`;
      for (const part of ["test_data_A", "test_data_B"]) files[`${part}/${path}`] = "";
      lines.test_data_A.push(`${path},${name}`);
    }
  }
  for (const [part, text] of Object.entries(lines)) files[`${part}/label.txt`] = `${text.join("\n")}\n`;
  return files;
}

/** Vectors around a centre for each product, by the product in the id: near each other, but not all apart. */
function vectorsOf(ids: readonly string[]): NdArray<Float32Array> {
  const random = new Random(4);
  const centres = random.normals(PRODUCTS * BITS);
  const data = new Float32Array(ids.length * BITS);
  ids.forEach((id, row) => {
    const product = Number(/[TQG](\d)\d\.jpg$/.exec(id)![1]);
    const noise = random.normals(BITS, 1.6);
    for (let i = 0; i < BITS; i++) data[row * BITS + i] = centres[product * BITS + i] + noise[i];
  });
  return { data, shape: [ids.length, BITS] };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "submit-"));
  await writeFiles(at("digix"), digixFiles());
  for (const [name, short] of [
    ["digix-test-a", "a"],
    ["digix", "train"],
  ]) {
    const { ids } = await openDataset(name, { root: at("digix") });
    const relaxed = vectorsOf(ids);
    await writeNpy(at(`${short}-relaxed.npy`), relaxed);
    await writeNpy(at(`${short}-codes.npy`), binarize(relaxed));
  }
});

afterAll(() => rm(folder, { recursive: true }));

const test = (): string[] => ["--dataset", "digix-test-a", "--root", at("digix")];

describe("hashbook submit and score", () => {
  it("writes a valid submission, whose score is the digix figure of evaluate", async () => {
    const made = await hashbook("submit", "--codes", at("a-codes.npy"), ...test(), "--out", at("s.csv"), "--json");
    expect(made, made.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(made.stdout)).toMatchObject({
      dataset: "digix-test-a",
      synthetic: false,
      queries: 12,
      gallery: 24,
      places: 10,
      method: { ranking: "hamming" },
    });
    const text = await readFile(at("s.csv"), "utf8");
    expect(text).toMatch(/^(Q\d\d\.jpg,\{(G\d\d\.jpg,){9}G\d\d\.jpg\}\n){12}$/);

    const { ids, labels } = singleLabelled(await openDataset("digix-test-a", { root: at("digix") }), "a challenge");
    const relaxed = vectorsOf(ids);
    for (const [side, role] of [
      ["query", "query/"],
      ["database", "gallery/"],
    ]) {
      const rows = Int32Array.from(ids.keys()).filter(row => ids[row].startsWith(role));
      await writeNpy(at(`${side}-codes.npy`), binarize(takeRows(relaxed, rows)));
      await writeNpy(at(`${side}-labels.npy`), { data: rows.map(row => labels[row]), shape: [rows.length] });
      const names = Array.from(rows, row => ids[row].slice(role.length));
      await writeFile(at(`${side}.txt`), `${names.join("\n")}\n`);
    }
    const args = ["query", "database"].flatMap(side => [
      ...[`--${side}-codes`, at(`${side}-codes.npy`)],
      ...[`--${side}-labels`, at(`${side}-labels.npy`)],
    ]);
    const [scored, plain, evaluated] = await Promise.all([
      hashbook("score", at("s.csv"), ...test(), "--json"),
      hashbook(
        ...["score", at("s.csv"), "--json", "--query-names", at("query.txt"), "--gallery-names", at("database.txt")],
        ...["--query-labels", at("query-labels.npy"), "--gallery-labels", at("database-labels.npy")],
      ),
      hashbook("evaluate", ...args, "--cutoff", "10", "--json"),
    ]);
    const score = JSON.parse(scored.stdout);
    const { digix, top1, mAP } = JSON.parse(evaluated.stdout);
    expect(score).toMatchObject({ valid: true, scored: true, faults: [], queries: 12, queriesWithoutRelevant: 0 });
    expect(score.score).toBeCloseTo(digix, 12);
    expect(score.top1).toBeCloseTo(top1, 12);
    expect(score.mAP10).toBeCloseTo(mAP["10"].stable, 12);
    expect(score.score).toBeGreaterThan(0.3);
    expect(score.score).toBeLessThan(1);
    const byNumber = [
      expect.stringMatching(/no class names: the same number/),
      expect.stringMatching(/a-codes\.npy does not say of which items its codes are, and of which items its model/),
    ];
    expect(JSON.parse(plain.stdout)).toMatchObject({ scored: true, score: score.score, unchecked: byNumber });
  });

  it("takes a data folder for the dataset and its features, and checks what the codes are of", async () => {
    const write = async (dataset: Dataset, name: string) => {
      const { ids, labels, classNames } = dataset;
      await writeDataFolder(at(name), { ids, labels, classNames, features: vectorsOf(ids) });
      return itemsOf(await readDataFolder(at(name)));
    };
    const data = await write(await openDataset("digix-test-a", { root: at("digix") }), "a-data");
    const others = await write(await openDataset("digix-test-b", { root: at("digix") }), "b-data");
    const seen = [
      seenItems("trained", Int32Array.of(0), { items: { ...data, dataset: "x", contentHash: "x" }, from: 0 }),
    ];
    const sidecar = { rows: 36, bits: BITS, model: { hash: "one", seen }, data, classNames: [] };
    for (const form of ["codes", "relaxed"] as const) {
      await copyFile(at(`a-${form}.npy`), at(`known-${form}.npy`));
      await writeCodesSidecar(at(`known-${form}.npy`), { ...sidecar, form });
    }
    const submit = (...args: string[]) => hashbook("submit", ...args, "--out", at("d.csv"), "--json");
    const ranking = ["--ranking", "features"];
    const made = await submit("--data", at("a-data"), ...ranking);
    expect(JSON.parse(made.stdout)).toMatchObject({ queries: 12, gallery: 24, unchecked: [] });
    const plain = await hashbook(
      "submit",
      ...ranking,
      "--features",
      at("a-relaxed.npy"),
      ...test(),
      "--out",
      at("e.csv"),
    );
    expect(plain.code, plain.stderr).toBe(0);
    expect(await readFile(at("d.csv"))).toEqual(await readFile(at("e.csv")));
    const scores = [["--data", at("a-data")], test()].map(of => hashbook("score", at("d.csv"), ...of, "--json"));
    const [byData, byDataset] = (await Promise.all(scores)).map(({ stdout }) => JSON.parse(stdout).score);
    expect(byData).toBe(byDataset);
    const known = [
      "--codes",
      at("known-codes.npy"),
      "--relaxed-codes",
      at("known-relaxed.npy"),
      "--ranking",
      "asymmetric",
    ];
    expect(JSON.parse((await submit("--data", at("a-data"), ...known)).stdout).unchecked).toEqual([]);
    const bare = JSON.parse((await submit("--data", at("a-data"), "--codes", at("a-codes.npy"))).stdout);
    expect(bare.unchecked).toEqual([expect.stringMatching(/a-codes\.npy does not say of which items/)]);
    const wrong = await submit("--data", at("b-data"), "--codes", at("known-codes.npy"));
    expect([wrong.code, wrong.stderr]).toEqual([
      1,
      expect.stringMatching(/known-codes\.npy: these codes are of other data/),
    ]);
    expect(others.rows).toBe(36); // as many images, by the same names: only the content hash tells them apart
    const apart = await submit("--data", at("b-data"), ...test(), ...ranking);
    expect([apart.code, apart.stderr]).toEqual([
      1,
      expect.stringMatching(/b-data: this data folder is not of digix-test-a/),
    ]);
    expect((await submit("--codes", at("a-codes.npy"))).code).toBe(2);

    const takes = { backbone: "another", key: "0123456789ab" };
    await copyFile(at("a-codes.npy"), at("other-codes.npy"));
    await writeCodesSidecar(at("other-codes.npy"), { ...sidecar, model: { ...sidecar.model, takes }, form: "codes" });
    const otherCodes = ["--data", at("a-data"), "--codes", at("other-codes.npy")];
    expect((await submit(...otherCodes)).code).toBe(0);
    const mixed = await submit(...otherCodes, ...ranking, "--shortlist", "12");
    expect([mixed.code, mixed.stderr]).toEqual([
      1,
      expect.stringMatching(
        /other-codes\.npy: these codes are of features that were made in another way.*found codes of features of another/,
      ),
    ]);
  });

  it("takes every ranking and re-ranker", async () => {
    const relaxed = ["--relaxed-codes", at("a-relaxed.npy")];
    const both = ["--codes", at("a-codes.npy"), ...relaxed];
    const features = ["--ranking", "features", "--features", at("a-relaxed.npy")];
    const methods = [
      [...both, "--ranking", "asymmetric", "--expand", "3"],
      [...both, "--ranking", "euclidean", "--shortlist", "12", "--reciprocal", "--k1", "5", "--k2", "2"],
      [...both, "--ranking", "cosine", "--expand", "2", "--expand-alpha", "3", "--reciprocal", "--lambda", "0.5"],
      features,
      [...features, ...relaxed, "--shortlist", "12"],
      [...features, "--augment", "2", "--augment-alpha", "3"],
      [...relaxed, "--ranking", "hamming", "--augment", "3", "--expand", "2"],
      [...relaxed, "--ranking", "hamming"],
    ];
    const outcomes = await Promise.all(
      methods.map((method, i) => hashbook("submit", ...method, ...test(), "--out", at(`m${i}.csv`))),
    );
    for (const [i, { code, stderr, stdout }] of outcomes.entries()) {
      expect(code, stderr).toBe(0);
      expect(stdout).toMatch(/^digix-test-a: wrote 12 lines of 10 of 24 gallery images to/);
      const { stdout: scored } = await hashbook("score", at(`m${i}.csv`), ...test());
      expect(scored).toMatch(/is a valid submission for digix-test-a: 12 queries, 24 gallery images\ntop-1 /);
    }
    const augmented = JSON.parse(await readFile(at("m5.csv.json"), "utf8")).method;
    expect(augmented).toEqual({ ranking: "features", augmentation: { neighbours: 2, alpha: 3 } });
    const alone = await hashbook("submit", ...features, ...test(), "--augment-alpha", "2", "--out", at("x.csv"));
    expect(alone).toMatchObject({ code: 2, stderr: expect.stringMatching(/--augment-alpha needs --augment/) });
  });

  it("takes features of which some could not be had, and says so", async () => {
    const { ids } = await openDataset("digix-test-a", { root: at("digix") });
    const { data, shape } = vectorsOf(ids);
    const failed = [0, 20]; // a query and a gallery image
    for (const row of failed) data.fill(Number.NaN, row * BITS, (row + 1) * BITS);
    await mkdir(at("features"), { recursive: true });
    await writeNpy(at("features/features.npy"), { data, shape });
    const submit = ["submit", "--features", at("features/features.npy"), "--ranking", "features", ...test()];
    const unlisted = await hashbook(...submit, "--out", at("n.csv"));
    expect(unlisted).toMatchObject({ code: 1, stderr: expect.stringMatching(/row 0 holds NaN/) });
    const lines = failed.map(row => `${row},${ids[row]},truncated\n`);
    await writeFile(at("features/failed.csv"), `row,id,reason\n${lines.join("")}`);
    const made = await hashbook(...submit, "--out", at("n.csv"));
    expect(made.code, made.stderr).toBe(0);
    expect(made.stderr).toMatch(/2 images could not be read: they have the mean feature\n/);
    expect(await hashbook("score", at("n.csv"), ...test())).toMatchObject({ code: 0 });
  });

  it("works on folds of labelled data", async () => {
    const fold = ["--dataset", "digix", "--root", at("digix"), "--fold", "1/2"];
    const made = await hashbook("submit", "--relaxed-codes", at("train-relaxed.npy"), ...fold, "--out", at("f.csv"));
    expect(made.code, made.stderr).toBe(0);
    const scored = await hashbook("score", at("f.csv"), ...fold, "--json");
    const { labels } = singleLabelled(await openDataset("digix", { root: at("digix") }), "a challenge");
    const { query, gallery } = productFold(labels, { fold: 1, of: 2 });
    expect(JSON.parse(scored.stdout)).toMatchObject({
      dataset: "digix, fold 1 of 2",
      queries: query.length,
      gallery: gallery.length,
      valid: true,
    });
    const other = await hashbook("score", at("f.csv"), ...fold.slice(0, -1), "2/2");
    expect(other).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/is no valid submission for digix, fold 2 of 2/),
    });
  });

  it("only checks where labels are not known", async () => {
    const unlabelled = ["--dataset", "digix-test-b", "--root", at("digix")];
    await hashbook("submit", "--codes", at("a-codes.npy"), ...unlabelled, "--out", at("b.csv"));
    const [text, json] = await Promise.all([
      hashbook("score", at("b.csv"), ...unlabelled),
      hashbook("score", at("b.csv"), ...unlabelled, "--json"),
    ]);
    expect(text).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/The labels are not known, so there is no score/),
    });
    expect(JSON.parse(json.stdout)).toMatchObject({ valid: true, scored: false });
    expect(JSON.parse(json.stdout)).not.toHaveProperty("score");
  });

  it("lists the faults of an invalid file and exits 1", async () => {
    const text = await readFile(at("b.csv"), "utf8");
    await writeFile(at("bad.csv"), text.replace("}", "").replace(/\nQ01.*/, ""));
    const bad = await hashbook("score", at("bad.csv"), ...test());
    expect(bad.code).toBe(1);
    expect(bad.stdout).toMatch(/bad\.csv:1: no closing brace.*\n.*bad\.csv: no line for query "Q01\.jpg"\n$/);
    expect(bad.stderr).toMatch(/bad\.csv is no valid submission for digix-test-a: 2 faults\n$/);
    const json = await hashbook("score", at("bad.csv"), ...test(), "--json");
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      valid: false,
      scored: false,
      faults: [
        { line: 1, kind: "braces" },
        { line: null, kind: "missing-query" },
      ],
    });
  });

  it.each<[string, () => string[], number, RegExp]>([
    [
      "codes of another dataset",
      () => ["submit", "--codes", at("train-codes.npy"), ...test(), "--out", at("x.csv")],
      1,
      /train-codes\.npy: the rows are not those of the dataset; expected 36 rows.*found 30/,
    ],
    // Before a dataset is opened, which can take minutes: that there is none is not seen.
    [
      "a submission that is not there",
      () => ["score", at("none.csv"), "--dataset", "digix-test-a", "--root", at("nowhere")],
      1,
      /none\.csv: cannot be read; expected a submission; found no such file/,
    ],
    [
      "codes that are not there",
      () => [
        ...["submit", "--codes", at("none.npy"), "--dataset", "digix-test-a", "--root", at("nowhere")],
        ...["--out", at("x.csv")],
      ],
      1,
      /none\.npy: cannot be read; expected codes; found no such file/,
    ],
    ["no codes", () => ["submit", ...test(), "--out", at("x.csv")], 2, /--ranking hamming needs codes/],
    [
      "no relaxed codes",
      () => ["submit", "--codes", at("a-codes.npy"), ...test(), "--ranking", "cosine", "--out", at("x.csv")],
      2,
      /needs --relaxed-codes/,
    ],
    [
      "features that the ranking does not use",
      () => [
        ...["submit", "--codes", at("a-codes.npy"), "--features", at("a-relaxed.npy")],
        ...[...test(), "--out", at("x.csv")],
      ],
      2,
      /--ranking hamming does not use --features/,
    ],
    [
      "relaxed codes that the ranking does not use",
      () => [
        ...["submit", "--codes", at("a-codes.npy"), "--relaxed-codes", at("a-relaxed.npy")],
        ...[...test(), "--out", at("x.csv")],
      ],
      2,
      /--ranking hamming does not use --relaxed-codes/,
    ],
    [
      "a short list for nothing",
      () => ["submit", "--codes", at("a-codes.npy"), ...test(), "--shortlist", "20", "--out", at("x.csv")],
      2,
      /stays as it is/,
    ],
    [
      "k1 without --reciprocal",
      () => ["submit", "--codes", at("a-codes.npy"), ...test(), "--k1", "5", "--out", at("x.csv")],
      2,
      /--k1 needs --reciprocal/,
    ],
    [
      "train data without a fold",
      () => [
        "submit",
        "--codes",
        at("train-codes.npy"),
        "--dataset",
        "digix",
        "--root",
        at("digix"),
        "--out",
        at("x.csv"),
      ],
      1,
      /digix has no queries of its own; expected a fold/,
    ],
    ["nothing to compare with", () => ["score", at("s.csv")], 2, /say what the submission is for/],
    ["a submission that is not there", () => ["score", at("none.csv"), ...test()], 1, /none\.csv: cannot be read/],
    [
      "labels of one side",
      () => [
        "score",
        at("s.csv"),
        "--query-names",
        at("query.txt"),
        "--gallery-names",
        at("database.txt"),
        "--query-labels",
        at("query-labels.npy"),
      ],
      2,
      /both --query-labels and --gallery-labels/,
    ],
  ])("refuses %s", async (_, args, code, message) => {
    const outcome = await hashbook(...args());
    expect(outcome.stderr).toMatch(message);
    expect(outcome).toMatchObject({ code, stdout: "" });
  });
});
