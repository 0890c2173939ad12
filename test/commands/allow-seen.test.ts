// A score is worth something when the items are new to the model: what a model has seen goes with it, and is refused.
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { encodeCommand } from "../../src/commands/encode.js";
import { evaluateCommand } from "../../src/commands/evaluate.js";
import { scoreCommand } from "../../src/commands/score.js";
import { splitCommand } from "../../src/commands/split.js";
import { submitCommand } from "../../src/commands/submit.js";
import { trainCommand } from "../../src/commands/train.js";
import { Random } from "../../src/core/random.js";
import { writeDataFolder } from "../features/written-data-folder.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const COMMANDS = [encodeCommand, evaluateCommand, scoreCommand, splitCommand, submitCommand, trainCommand];
const [PRODUCTS, IMAGES, DIM] = [15, 6, 48];
let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);

/** What a command prints. */
async function hashbook(name: string, ...args: string[]): Promise<string> {
  let printed = "";
  vi.spyOn(process.stdout, "write").mockImplementation(text => {
    printed += text;
    return true;
  });
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const command = COMMANDS.map(make => make()).find(one => one.name() === name)!;
  await command.exitOverride().parseAsync(args, { from: "user" });
  return printed;
}

/** Features that tell products apart a little: much noise, which a head learns by heart. */
async function writeProducts(): Promise<void> {
  const random = new Random(5);
  const centres = random.normals(PRODUCTS * DIM, 0.55);
  const noise = random.normals(PRODUCTS * IMAGES * DIM);
  const data = noise.map((value, i) => value + centres[Math.floor(i / (DIM * IMAGES)) * DIM + (i % DIM)]);
  const rows = Array.from({ length: PRODUCTS * IMAGES }, (_, row) => row);
  await writeDataFolder(at("work"), {
    classNames: Array.from({ length: PRODUCTS }, (_, product) => `P${product}`),
    labels: Int32Array.from(rows, row => Math.floor(row / IMAGES)),
    ids: rows.map(row => `P${Math.floor(row / IMAGES)}/${row}.jpg`),
    features: { data, shape: [rows.length, DIM] },
  });
}

/** Trains, encodes all rows, and says where the codes are. */
async function codesOf(name: string, ...how: string[]): Promise<string> {
  const data = how.includes("--features") ? [] : ["--data", at("work")];
  await hashbook("train", ...data, "--bits", "32", "--engine", "cpu", "--out", at(name), ...how);
  const codes = at(`${name}.npy`);
  await hashbook("encode", "--model", at(name), "--data", at("work"), "--engine", "cpu", "--out", codes);
  return codes;
}

const DCH = ["--method", "dch", "--epochs", "40", "--batch", "45", "--learning-rate", "0.003"];
const FOLD = ["--fold", "1/5"];
const submit = (codes: string, out: string, ...how: string[]): Promise<string> =>
  hashbook("submit", "--codes", codes, "--data", at("work"), "--engine", "cpu", "--out", at(out), ...how);
const score = (file: string, ...how: string[]): Promise<string> =>
  hashbook("score", at(file), "--data", at("work"), ...FOLD, ...how);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-seen-"));
  await writeProducts();
}, 120_000);
afterEach(() => vi.restoreAllMocks());
afterAll(() => rm(folder, { recursive: true }));

describe("a fold of products", () => {
  it("is refused to a head that was trained on it, whose score would be 1.000", async () => {
    const all = await codesOf("all", ...DCH);
    // 3 products of 6 images: one query of each, the rest gallery
    const refusal =
      /all\.npy: .*3 of 3 queries were trained on, 15 of 15 gallery images were trained on.*train --fold 1\/5/;
    await expect(submit(all, "all.csv", ...FOLD)).rejects.toThrow(refusal);
    await expect(readFile(at("all.csv"))).rejects.toThrow("ENOENT");

    const seen = [
      { what: "queries", as: "trained", count: 3, of: 3 },
      { what: "gallery images", as: "trained", count: 15, of: 15 },
    ];
    expect(await submit(all, "all.csv", ...FOLD, "--allow-seen")).toMatch(
      /\nSEEN BEFORE: 3 of 3 queries were trained on/,
    );
    const document = JSON.parse(await submit(all, "all.csv", ...FOLD, "--allow-seen", "--json"));
    expect(document).toMatchObject({ seen, unchecked: [] });
    expect(JSON.parse(await readFile(at("all.csv.json"), "utf8"))).toMatchObject({
      kind: "submission",
      format: 1,
      seen,
    });
    await expect(score("all.csv")).rejects.toThrow(/all\.csv: .*3 of 3 queries were trained on/);
    expect(await score("all.csv", "--allow-seen")).toMatch(/\nSEEN BEFORE: .*15 of 15 gallery images/);
    const leaked = JSON.parse(await score("all.csv", "--allow-seen", "--json"));
    expect(leaked).toMatchObject({ seen, unchecked: [], score: 1 });

    const honest = await codesOf("honest", ...DCH, ...FOLD);
    const made = JSON.parse(await submit(honest, "honest.csv", ...FOLD, "--json"));
    expect([made.seen, made.unchecked]).toEqual([undefined, []]);
    const scored = JSON.parse(await score("honest.csv", "--json"));
    expect([scored.seen, scored.unchecked]).toEqual([undefined, []]);
    expect(scored.score).toBeLessThan(0.8);
    // Another fold, or another deal, was trained on in part.
    await expect(submit(honest, "x.csv", "--fold", "2/5")).rejects.toThrow(/3 of 3 queries were trained on/);
    await expect(submit(honest, "x.csv", ...FOLD, "--fold-seed", "1")).rejects.toThrow(/--fold 1\/5 --fold-seed 1/);
  }, 240_000);

  it("is refused as well when the features were named as an array, and cannot be judged when they lie elsewhere", async () => {
    const arrays = ["--features", at("work", "features.npy"), "--labels", at("work", "labels.npy")];
    const named = await codesOf("named", ...DCH, "--epochs", "1", ...arrays);
    await expect(submit(named, "x.csv", ...FOLD)).rejects.toThrow(/3 of 3 queries were trained on/);
    for (const name of ["features", "labels"]) await cp(at("work", `${name}.npy`), at(`${name}.npy`));
    const bare = ["--features", at("features.npy"), "--labels", at("labels.npy")];
    const elsewhere = await codesOf("elsewhere", ...DCH, "--epochs", "1", ...bare);
    const { unchecked } = JSON.parse(await submit(elsewhere, "y.csv", ...FOLD, "--json"));
    expect(unchecked).toEqual([
      expect.stringMatching(/whether the items are new.*of 90 items that it has seen nobody/),
    ]);
    // What could not be checked goes with the submission, and so does its absence.
    expect(JSON.parse(await score("y.csv", "--json")).unchecked).toEqual(unchecked);
    await rm(at("y.csv.json"));
    expect(JSON.parse(await score("y.csv", "--json")).unchecked).toEqual([
      expect.stringMatching(/nothing beside .*y\.csv says how it was made/),
    ]);
    await writeFile(at("y.csv.json"), "{}");
    await expect(submit(elsewhere, "y.csv", ...FOLD)).rejects.toThrow(/y\.csv\.json is another file/);
  }, 240_000);

  it("a fit needs no labels: to a gallery it is usual, to queries it is refused", async () => {
    const itq = await codesOf("itq", "--method", "itq");
    await expect(submit(itq, "x.csv", ...FOLD)).rejects.toThrow(/: 3 of 3 queries were fitted to; expected/);
    const outside = await codesOf("outside", "--method", "itq", ...FOLD);
    expect(JSON.parse(await submit(outside, "z.csv", ...FOLD, "--json")).unchecked).toEqual([]);
  }, 120_000);
});

describe("queries", () => {
  const draw = (seed: string): Promise<string> =>
    hashbook("split", at("roles"), "--query-per-class", "1", "--train-per-class", "3", "--seed", seed, "--replace");

  it("are refused when they were trained on; a database that was trained on is usual", async () => {
    await cp(at("work"), at("roles"), { recursive: true });
    await draw("0");
    const { train } = JSON.parse(await readFile(at("roles", "split.json"), "utf8"));
    await hashbook(
      ...(["train", "--data", at("roles"), ...DCH, "--epochs", "1"] as const),
      ...["--bits", "16", "--engine", "cpu", "--out", at("drawn")],
    );
    const codes = at("drawn.npy");
    await hashbook("encode", "--model", at("drawn"), "--data", at("roles"), "--engine", "cpu", "--out", codes);
    const evaluate = (...how: string[]) => hashbook("evaluate", "--data", at("roles"), "--codes", codes, ...how);
    const usual = JSON.parse(await evaluate("--json"));
    expect([usual.queries, usual.seen, usual.unchecked]).toEqual([15, undefined, []]);
    await draw("1");
    const { query } = JSON.parse(await readFile(at("roles", "split.json"), "utf8"));
    const count = query.filter((row: number) => train.includes(row)).length;
    expect(count).toBeGreaterThan(0);
    await expect(evaluate()).rejects.toThrow(`${count} of 15 queries were trained on`);
    const seen = [{ what: "queries", as: "trained", count, of: 15 }];
    expect(JSON.parse(await evaluate("--allow-seen", "--json")).seen).toEqual(seen);
    expect(await evaluate("--allow-seen")).toContain(`SEEN BEFORE: ${count} of 15 queries were trained on.`);
    // As a process: one paragraph, exit code 1.
    const args = [join(root, "bin", "hashbook.js"), "evaluate", "--data", at("roles"), "--codes", codes];
    const [code, stderr] = await new Promise<[unknown, string]>(resolve => {
      execFile(process.execPath, args, (error, _, text) => resolve([error?.code, text]));
    });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^hashbook: [^\n]*queries were trained on[^\n]*\n$/)]);
  }, 240_000);

  it("are refused when the epoch was chosen by them, not when they were only watched", async () => {
    await cp(at("work"), at("watched"), { recursive: true });
    const train = ["--data", at("watched"), "--validation", "0.2", "--bits", "16", "--engine", "cpu", ...DCH];
    const [watched, chosen] = [at("watched-model"), at("chosen-model")];
    await hashbook("train", ...train, "--epochs", "2", "--out", watched);
    await hashbook("train", ...train, "--epochs", "2", "--keep", "best", "--out", chosen);
    const seenBy = async (model: string): Promise<{ as: string; count: number }[]> =>
      JSON.parse(await readFile(join(model, "head.json"), "utf8")).seen.map(
        ({ as, count }: { as: string; count: number }) => ({ as, count }),
      );
    expect(await seenBy(watched)).toEqual([{ as: "trained", count: 75 }]);
    expect(await seenBy(chosen)).toEqual([
      { as: "trained", count: 75 },
      { as: "validated", count: 15 },
    ]);
    await hashbook("split", at("watched"), "--query-per-class", "1", "--train-per-class", "3");
    const codes = at("chosen.npy");
    await hashbook("encode", "--model", chosen, "--data", at("watched"), "--engine", "cpu", "--out", codes);
    await expect(hashbook("evaluate", "--data", at("watched"), "--codes", codes)).rejects.toThrow(
      /\d+ of 15 queries were trained on, \d+ of 15 queries validated the training/,
    );
  }, 240_000);
});
