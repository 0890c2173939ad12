import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { multiHotLabels } from "../../src/core/labels.js";
import { writeDataFolder } from "../features/written-data-folder.js";
import { toyData } from "../training/toy.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);

function hashbook(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise(resolve => {
    execFile(process.execPath, [join(root, "bin", "hashbook.js"), ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** What a command prints as JSON; it must not fail. */
async function json(...args: string[]) {
  const { code, stdout, stderr } = await hashbook(...args, "--json");
  expect([code, stderr.match(/^hashbook: .*/m)]).toEqual([0, null]);
  return JSON.parse(stdout);
}

const NAMES = ["a", "b", "c", "d", "e"];
const DATA = toyData(5, { classes: 5, perClass: 30, dim: 16, noise: 1.1 });
const split = (...flags: string[]) =>
  json("split", at("data"), "--query-per-class", "5", "--train-per-class", "12", "--replace", ...flags);

/** Trains or fits, encodes, and gives the file of codes. */
async function codesOf(name: string, method: string, bits: number, ...flags: string[]): Promise<string> {
  const model = ["--data", at("data"), "--method", method, "--bits", `${bits}`, "--out", at(name)];
  await json("train", ...model, ...flags);
  await json("encode", "--model", at(name), "--data", at("data"), "--out", at(`${name}.npy`));
  return at(`${name}.npy`);
}
const evaluate = (codes: string, ...flags: string[]) =>
  json("evaluate", "--data", at("data"), "--codes", codes, ...flags);

/** mAP@R of the data's features by cosine, P the relevant items of the database, divided by min(P, R). */
async function cosineMAP(cutoff: number): Promise<number> {
  const roles: Record<string, number[]> = JSON.parse(await readFile(at("data", "split.json"), "utf8"));
  const dim = DATA.features.shape[1];
  const vectors = Array.from(DATA.labels, (_, row) => Array.from(DATA.features.data.slice(row * dim, (row + 1) * dim)));
  const dot = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, i) => sum + value * b[i], 0);
  const cosine = (a: number, b: number): number => dot(vectors[a], vectors[b]) / Math.sqrt(dot(vectors[b], vectors[b]));
  const values = roles.query.map(query => {
    const ranked = [...roles.database].sort((a, b) => cosine(query, b) - cosine(query, a));
    const right = ranked.map(row => DATA.labels[row] === DATA.labels[query]);
    let [hits, sum] = [0, 0];
    for (const [place, isRight] of right.entries()) {
      if (!isRight) continue;
      hits++;
      if (place < cutoff) sum += hits / (place + 1);
    }
    return sum / Math.min(hits, cutoff);
  });
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-baselines-"));
  const ids = Array.from(DATA.labels, (_, row) => `row ${row}`);
  await writeDataFolder(at("data"), { classNames: NAMES, ids, ...DATA });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("evaluate --baselines", () => {
  it("are what each of them gives when it is fitted, encoded and evaluated; the verdict follows", async () => {
    await split();
    const training = ["--epochs", "40", "--batch", "30", "--learning-rate", "0.005", "--set", "hidden=[16]"];
    const dch = await evaluate(await codesOf("dch", "dch", 8, ...training), "--baselines", "--cutoff", "5");
    expect(dch.baselines.map(({ method, bits }: { method: string; bits: number }) => [method, bits])).toEqual([
      ["predicted-class", 3],
      ["lsh", 8],
      ["itq", 8],
      ["cosine", null],
    ]);
    for (const { method, bits, mAP, top1 } of dch.baselines.slice(0, 3)) {
      const alone = await evaluate(await codesOf(method, method, bits), "--cutoff", "5");
      expect(mAP).toEqual(alone.mAP);
      expect(top1).toBe(alone.top1);
    }
    // By cosine nothing ties, so an average precision is a walk down a sorted list.
    const cosine = dch.baselines[3];
    expect(Object.keys(cosine.mAP)).toEqual(["5", "all"]);
    expect(cosine.mAP["5"].tieAware).toBeCloseTo(await cosineMAP(5), 6);
    expect(cosine.mAP.all.tieAware).toBeCloseTo(await cosineMAP(Number.POSITIVE_INFINITY), 6);
    expect(dch.queryClasses).toEqual({ count: 5, learned: 5 });
    const [trivial] = dch.baselines;
    const better = dch.mAP.all.tieAware > trivial.mAP.all.tieAware;
    expect(dch.verdict).toContain(
      better ? "is above the predicted class, which one training cannot tell" : "does not beat the predicted class",
    );
    // The trivial solution does not beat itself; LSH has learned no class, so it is no bar for it.
    const itself = await evaluate(at("predicted-class.npy"), "--baselines");
    expect(itself.verdict).toMatch(
      /\*\*This model at 3 bits does not beat the predicted class, the trivial solution\*\*/,
    );
    const lsh = await evaluate(at("lsh.npy"), "--baselines");
    expect(lsh.queryClasses).toEqual({ count: 5, learned: 0 });
    expect(lsh.verdict).toMatch(/No method here was trained on classes of the queries/);
    const table = (await hashbook("evaluate", "--data", at("data"), "--codes", at("dch.npy"), "--baselines")).stdout;
    expect(table).toMatch(/^classes of the queries: all 5 trained on, so what a classifier predicts is the baseline/m);
    expect(table).toMatch(/^predicted class \(trivial\), 3 bits +[01]\.\d{4} +[01]\.\d{4}$/m);
    expect(table).toMatch(/^cosine on features +[01]\.\d{4} +[01]\.\d{4}$/m);
    expect(table).toMatch(/^This model at 8 bits (beats|does not beat) the predicted class/m);
  }, 120_000);

  it("of classes never trained on say so, in head.json, codes and evaluation", async () => {
    const { unseenClasses } = await split("--unseen-classes", "2", "--seed", "1");
    const codes = await codesOf("unseen", "dch", 8, "--epochs", "2");
    const { learnedClasses } = JSON.parse(await readFile(at("unseen", "head.json"), "utf8"));
    expect(learnedClasses).toEqual(NAMES.filter(name => !unseenClasses.includes(name)));
    expect(JSON.parse(await readFile(at("unseen.json"), "utf8")).model.learnedClasses).toEqual(learnedClasses);
    const document = await evaluate(codes, "--baselines");
    expect(document.queryClasses).toEqual({ count: 2, learned: 0 });
    expect(document.verdict).toMatch(/No method here was trained on classes of the queries/);
    const { stdout } = await hashbook("evaluate", "--data", at("data"), "--codes", codes);
    expect(stdout).toMatch(/^classes of the queries: never trained on \(2\)$/m);
    // A loss that says that it reads no labels has learned no class.
    await writeFile(
      at("blind.mjs"),
      `export default ({ tf, defineMethod }) => defineMethod({ name: "blind", learnsFrom: "features",
        loss: codes => tf.mean(tf.square(tf.sub(tf.abs(codes), 1))) });`,
    );
    await codesOf("blind", at("blind.mjs"), 8, "--epochs", "1");
    expect(JSON.parse(await readFile(at("blind", "head.json"), "utf8")).learnedClasses).toEqual([]);
    // Validation is of new classes too: two of the three that are left, so none of them trains.
    const watched = ["train", "--data", at("data"), "--method", "dch", "--bits", "8", "--out", at("watched")];
    const few = await hashbook(...watched, "--validation", "0.3");
    expect([few.code, few.stderr]).toEqual([1, expect.stringMatching(/four classes or more.*found 3/)]);
    expect((await hashbook(...watched, "--validation", "0.3", "--validation-by", "items", "--epochs", "1")).code).toBe(
      0,
    );
    // A model of the usual protocol has learned these classes, though it has seen none of these queries.
    await split("--seed", "8");
    const usual = await codesOf("usual", "dch", 8, "--epochs", "1");
    await split("--unseen-classes", "2", "--seed", "8");
    const refused = await hashbook("evaluate", "--data", at("data"), "--codes", usual);
    const said = /keep the classes of the queries from training.*trained on 2 of the 2 classes/;
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(said)]);
    expect((await evaluate(usual, "--allow-seen")).queryClasses).toEqual({ count: 2, learned: 2 });
  }, 60_000);

  it("a model that does not say what it learned is doubted, not believed", async () => {
    await split("--unseen-classes", "2", "--seed", "1");
    const codes = await codesOf("silent", "lsh", 8);
    const note = JSON.parse(await readFile(at("silent.json"), "utf8"));
    const { learnedClasses: _, ...model } = note.model;
    await writeFile(at("silent.json"), JSON.stringify({ ...note, model }));
    const document = await evaluate(codes);
    expect(document.queryClasses).toBeUndefined();
    expect(document.unchecked.join()).toMatch(
      /whether the classes of the queries were trained on: the model does not say/,
    );
  }, 60_000);

  it("are of all queries of one data folder; of several classes an item there is no predicted class", async () => {
    const alone = await hashbook(
      "evaluate",
      "--data",
      at("data"),
      "--codes",
      at("dch.npy"),
      "--baselines",
      "--queries",
      "3",
    );
    expect([alone.code, alone.stderr]).toEqual([
      2,
      expect.stringMatching(/--baselines is of all queries of one data folder/),
    ]);
    const sets = Uint8Array.from({ length: 150 * 5 }, (_, i) => {
      const label = DATA.labels[Math.floor(i / 5)];
      return i % 5 === label || i % 5 === (label + 1) % 5 ? 1 : 0;
    });
    const labels = multiHotLabels({ data: sets, shape: [150, 5] });
    const ids = Array.from(DATA.labels, (_, row) => `row ${row}`);
    const rows = Array.from(ids.keys());
    const roles = { query: rows.slice(0, 20), train: rows.slice(20, 80), database: rows.slice(10) };
    await writeDataFolder(at("sets"), { classNames: NAMES, labels, ids, features: DATA.features });
    const manifest = JSON.parse(await readFile(at("sets", "manifest.json"), "utf8"));
    const said = { format: 1, protocol: "made up", asPublished: "nowhere", seed: 0, rows: 150 };
    const { contentHash } = manifest;
    await writeFile(at("sets", "split.json"), JSON.stringify({ ...said, contentHash, ...roles }));
    await json("train", "--data", at("sets"), "--method", "lsh", "--bits", "8", "--out", at("of-sets"));
    await json("encode", "--model", at("of-sets"), "--data", at("sets"), "--out", at("of-sets.npy"));
    const measured = ["evaluate", "--data", at("sets"), "--codes", at("of-sets.npy"), "--drop-queries-from-database"];
    const document = await json(...measured, "--baselines");
    expect(document.baselines.map(({ method }: { method: string }) => method)).toEqual(["lsh", "itq", "cosine"]);
    // The codes are those of the first baseline: with the queries in the database, and without them.
    const [lsh] = document.baselines;
    const { mAP, top1, withoutQueries: clean } = document;
    expect(lsh).toMatchObject({ mAP, top1, withoutQueries: { mAP: clean.mAP, top1: clean.top1 } });
    expect(clean.mAP).not.toEqual(mAP);
    expect((await hashbook(...measured, "--baselines")).stdout.match(/^ {2}without the queries /gm)).toHaveLength(4);
    expect(document.verdict).toMatch(/not defined for items of several classes/);
    const trivial = ["train", "--data", at("sets"), "--method", "predicted-class", "--bits", "3", "--out", at("none")];
    const refused = await hashbook(...trivial);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/predicted-class takes one label an item/),
    ]);
    const wrong = ["train", "--data", at("data"), "--method", "predicted-class", "--bits", "48", "--out", at("none")];
    const bits = await hashbook(...wrong);
    expect([bits.code, bits.stderr]).toEqual([1, expect.stringMatching(/expected 2 bits for 3 classes; found 48/)]);
  }, 60_000);
});
