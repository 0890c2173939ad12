// Items of several labels and roles as published lists have them, against tools/make-multi-label-goldens.py.
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { codesFromArray } from "../../src/codes/codes-file.js";
import { classesOf, sharedClasses } from "../../src/core/classes-of-items.js";
import { readLabels } from "../../src/core/labels.js";
import { readNpy } from "../../src/core/npy.js";
import { Random } from "../../src/core/random.js";
import type { Split } from "../../src/datasets/roles.js";
import { evaluateSplit } from "../../src/experiments/evaluate-split.js";
import { resultRows } from "../../src/experiments/result.js";
import { writeDataFolder } from "../features/written-data-folder.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const golden = (name: string): string => join(root, "test", "goldens", "multi-label", name);
const { asPublished, withoutQueries, pairs } = JSON.parse(readFileSync(golden("expected.json"), "utf8"));
const rows: Record<"query" | "train" | "database", number[]> = JSON.parse(readFileSync(golden("rows.json"), "utf8"));
const roles: Split = {
  protocol: "lists for a test",
  seed: 0,
  name: "coco",
  asPublished: "no repository",
  query: Int32Array.from(rows.query),
  train: Int32Array.from(rows.train),
  database: Int32Array.from(rows.database),
};
const TEXT =
  "all 30 queries are in the database, each the nearest item to itself; all 40 train rows are outside the database " +
  "(as published: no repository)";

let folder: string;
const at = (name: string): string => join(folder, name);

function hashbook(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise(resolve => {
    execFile(process.execPath, [join(root, "bin", "hashbook.js"), ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-multi-label-"));
  const labels = await readLabels(golden("labels.npy"));
  const classNames = Array.from({ length: 40 }, (_, c) => `class ${c}`);
  await writeDataFolder(at("data"), { classNames, labels, roles });
  await hashbook("--version"); // builds what is stale
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The figures of a document by the names of the goldens. */
function figuresOf(document: Record<string, never>): Record<string, number> {
  const { queries, database, queriesWithoutRelevant, mAP, published, top1, metrics } = document as never as {
    [name: string]: never;
  };
  return {
    queries,
    database,
    queriesWithoutRelevant,
    mAP: (mAP as Record<string, { stable: number }>).all.stable,
    "mAP@20": (mAP as Record<string, { stable: number }>)["20"].stable,
    ...(published === undefined ? {} : { thuml: (published as Record<string, Record<string, number>>).thuml["20"] }),
    top1,
    ...(metrics as Record<string, number>),
  };
}

function expectFigures(found: Record<string, number>, expected: Record<string, number>): void {
  expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, value] of Object.entries(expected)) expect(found[name], name).toBeCloseTo(value, 10);
}

const EVALUATE = ["--cutoff", "20", "--convention", "thuml", "--metric", "ndcg@20", "--metric", "acg@10"];

describe("published lists of several labels", () => {
  it("evaluate gives the figures as published, and those without the queries in the database beside them", async () => {
    const args = ["evaluate", "--data", at("data"), "--codes", golden("codes.npy"), ...EVALUATE];
    const plain = await hashbook(...args, "--json");
    expect(plain).toMatchObject({ code: 0, stderr: "" });
    const document = JSON.parse(plain.stdout);
    expectFigures(figuresOf(document), asPublished);
    expect(document.overlaps).toEqual({
      queriesInDatabase: 30,
      trainOutsideDatabase: 40,
      trainQueries: 0,
      text: TEXT,
    });
    expect(document.withoutQueries).toBeUndefined();
    const both = JSON.parse((await hashbook(...args, "--drop-queries-from-database", "--json")).stdout);
    const { withoutQueries: clean, ...rest } = both;
    expect(rest).toEqual(document);
    expectFigures(figuresOf(clean), withoutQueries);
  }, 60_000);

  it("evaluate says both in the table", async () => {
    const args = ["evaluate", "--data", at("data"), "--codes", golden("codes.npy"), ...EVALUATE];
    const { stdout } = await hashbook(...args, "--drop-queries-from-database");
    expect(stdout).toContain(`overlapping roles: ${TEXT}`);
    expect(stdout).toMatch(/with queries \(106\)\s+without them \(80\)/);
    const shown = (value: number): string => value.toFixed(4);
    const cells = (name: string): string[] =>
      stdout
        .split("\n")
        .find(line => line.startsWith(name))!
        .split(/\s{2,}/);
    expect(cells("top-1")).toEqual(["top-1", shown(asPublished.top1), shown(withoutQueries.top1)]);
    expect(cells("mAP@20")[2]).toBe(shown(asPublished["mAP@20"]));
    expect(cells("mAP@20")[4]).toBe(shown(withoutQueries["mAP@20"]));
    expect(stdout).toMatch(/thuml mAP@20 +0\.\d+ +\(dropped\) +0\.\d+ +\(dropped\)/); // the items of unknown class
    expect((await hashbook(...args)).stdout).toContain(`overlapping roles: ${TEXT}`);
  }, 60_000);

  it("says where there is none to drop", async () => {
    cpSync(at("data"), at("drawn"), { recursive: true });
    const split = await hashbook("split", at("drawn"), "--queries", "20", "--train", "20", "--replace");
    expect(split).toMatchObject({ code: 0, stderr: "" });
    const args = ["evaluate", "--data", at("drawn"), "--codes", golden("codes.npy"), "--convention", "thuml"];
    const { stdout } = await hashbook(...args, "--drop-queries-from-database");
    expect(stdout).toContain("no query stands in the database: there is none to drop");
    expect((await hashbook(...args)).stdout).not.toContain("none to drop");
  }, 60_000);

  it("refuses to drop queries among arrays, whose rows have no names", async () => {
    const arrays = ["query", "database"].flatMap(side => [
      ...[`--${side}-codes`, golden("codes.npy")],
      ...[`--${side}-labels`, golden("labels.npy")],
    ]);
    const { code, stderr } = await hashbook("evaluate", ...arrays, "--drop-queries-from-database");
    expect(code).toBe(2);
    expect(stderr).toMatch(/--drop-queries-from-database needs to know which items are queries.*data folders/);
  });
});

describe("through the command line", () => {
  /** Features that say the classes, with noise. */
  async function writeFeatures(): Promise<void> {
    const labels = await readLabels(golden("labels.npy"));
    const random = new Random(3);
    const directions = random.normals(40 * 32);
    const data = Float32Array.from(random.normals(150 * 32, 0.7));
    for (let row = 0; row < 150; row++) {
      for (const label of classesOf(labels, row)) {
        for (let d = 0; d < 32; d++) data[row * 32 + d] += directions[label * 32 + d];
      }
    }
    const classNames = Array.from({ length: 40 }, (_, c) => `class ${c}`);
    await writeDataFolder(at("learned"), { classNames, labels, roles, features: { data, shape: [150, 32] } });
  }

  it("train, encode and evaluate take several labels, and say which roles overlap", async () => {
    await writeFeatures();
    const data = ["--data", at("learned")];
    const balanced = ["--set", "batches.kind=balanced", "--epochs", "20", "--batch", "32"];
    for (const [method, more] of [
      ["hashnet", balanced],
      ["lsh", []],
    ] as const) {
      const [model, codes] = [at(method), at(`${method}.npy`)];
      const train = ["train", ...data, "--method", method, "--bits", "16", "--out", model, ...more];
      const trained = await hashbook(...train, "--json");
      expect(trained.code, trained.stderr).toBe(0);
      expect(JSON.parse(trained.stdout).overlaps).toBe(TEXT);
      const encoded = await hashbook("encode", "--model", model, ...data, "--out", codes, "--json");
      expect(JSON.parse(encoded.stdout).overlaps).toBe(TEXT);
    }
    const figures = async (codes: string) => {
      const flags = ["--codes", codes, "--metric", "ndcg@20", "--drop-queries-from-database", "--json"];
      const { code, stdout, stderr } = await hashbook("evaluate", ...data, ...flags);
      expect(code, stderr).toBe(0);
      return JSON.parse(stdout);
    };
    const [learned, drawn] = [await figures(at("hashnet.npy")), await figures(at("lsh.npy"))];
    const labels = await readLabels(at("learned/labels.npy"));
    const codes = codesFromArray(await readNpy(at("hashnet.npy")));
    const options = { metrics: ["ndcg@20"], dropQueriesFromDatabase: true };
    const judged = await evaluateSplit(codes, { labels, split: roles }, options);
    expect(learned.mAP.all).toEqual(judged.evaluation.mAP.all);
    expect(learned.withoutQueries.metrics).toEqual(judged.withoutQueries!.evaluation.metrics);
    const clean = (document: typeof learned): number => document.withoutQueries.mAP.all.tieAware;
    expect(clean(learned)).toBeGreaterThan(clean(drawn));
  }, 120_000);

  it("methods that classify into one class refuse several by their names", async () => {
    await writeFeatures();
    for (const [method, words] of [
      ["greedyhash", /greedyhash.*one class|class an item/i],
      ["arcface", /arcface.*one class|class an item/i],
      ["predicted-class", /predicted-class.*one (label|class)/i],
    ] as const) {
      const bits = method === "predicted-class" ? "6" : "16";
      const out = at(`refused-${method}`);
      const refused = await hashbook(
        "train",
        "--data",
        at("learned"),
        "--method",
        method,
        "--bits",
        bits,
        "--out",
        out,
      );
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(words)]);
    }
  }, 60_000);
});

describe("evaluateSplit", () => {
  it("gives both figures, and a row of the table each", async () => {
    const codes = codesFromArray(await readNpy(golden("codes.npy")));
    const labels = await readLabels(golden("labels.npy"));
    const options = { cutoffs: [20], metrics: ["ndcg@20", "acg@10"] };
    const judged = await evaluateSplit(codes, { labels, split: roles }, { ...options, dropQueriesFromDatabase: true });
    const { thuml: _, ...published } = asPublished;
    expectFigures(figuresOf(judged.evaluation as never), published);
    const { thuml: __, ...clean } = withoutQueries;
    expectFigures(figuresOf(judged.withoutQueries!.evaluation as never), clean);
    const result = {
      ...judged,
      method: "m",
      title: "M",
      bits: 24,
      bytesPerItem: 3,
      trainSeconds: 0,
      evaluateSeconds: 0,
    };
    expect(resultRows([result]).map(row => [row.method, row["queries in database"], row["top-1"]])).toEqual([
      ["M", 30, 1],
      ["M, queries dropped", 0, 0.962],
    ]);
    const once = await evaluateSplit(codes, { labels, split: roles }, options);
    expect(once).toEqual({ evaluation: judged.evaluation, byRank: judged.byRank, overlaps: judged.overlaps });
    const { asPublished: ___, ...bare } = roles;
    await expect(evaluateSplit(codes, { labels, split: bare }, options)).rejects.toThrow(/a row is query and database/);
  });
});

describe("shared classes", () => {
  it("are those of NumPy", async () => {
    const labels = await readLabels(golden("labels.npy"));
    const found = pairs.rows.map((a: number) => pairs.rows.map((b: number) => sharedClasses(labels, a, b)));
    expect(found).toEqual(pairs.shared);
  });
});
