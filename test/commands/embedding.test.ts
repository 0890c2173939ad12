// An embedding from training to figures: trained, encoded, ranked by cosine; and hash codes of it by ITQ.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NdArray } from "../../src/core/arrays.js";
import { readNpy, writeNpy } from "../../src/core/npy.js";
import { toyData } from "../training/toy.js";
import type { Outcome } from "./in-process.js";
import { runInProcess } from "./in-process.js";

let folder: string;
const file = (...parts: string[]): string => join(folder, ...parts);
const { features, labels } = toyData(3, { classes: 5, perClass: 40, dim: 32 });
const QUERIES = 50;

async function hashbook(...args: string[]): Promise<Outcome> {
  const outcome = await runInProcess(...args);
  expect(outcome.code, outcome.stderr).toBe(0);
  return outcome;
}

function part({ data, shape: [, dim] }: NdArray<Float32Array>, from: number, to: number): NdArray<Float32Array> {
  return { data: data.slice(from * dim, to * dim), shape: [to - from, dim] };
}

/** mAP over the whole ranking by cosine, in loops. */
function cosineMAP(queries: NdArray<Float32Array>, database: NdArray<Float32Array>): number {
  const rowsOf = ({ data, shape: [n, dim] }: NdArray<Float32Array>): number[][] =>
    Array.from({ length: n }, (_, i) => [...data.subarray(i * dim, (i + 1) * dim)]);
  const length = (row: readonly number[]): number => Math.hypot(...row);
  const precisions = rowsOf(queries).map((q, i) => {
    const scores = rowsOf(database).map(d => q.reduce((sum, x, k) => sum + x * d[k], 0) / (length(q) * length(d)));
    const order = scores.map((_, j) => j).sort((a, b) => scores[b] - scores[a]);
    let found = 0;
    const terms = order.flatMap((j, place) => (labels[QUERIES + j] === labels[i] ? [++found / (place + 1)] : []));
    return terms.reduce((sum, term) => sum + term, 0) / found;
  });
  return precisions.reduce((sum, term) => sum + term, 0) / precisions.length;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-embedding-"));
  const n = labels.length;
  await writeNpy(file("q.npy"), part(features, 0, QUERIES));
  await writeNpy(file("d.npy"), part(features, QUERIES, n));
  await writeNpy(file("ql.npy"), { data: labels.slice(0, QUERIES), shape: [QUERIES] });
  await writeNpy(file("dl.npy"), { data: labels.slice(QUERIES), shape: [n - QUERIES] });
});
afterAll(async () => rm(folder, { recursive: true }));

const data = (): string[] => ["--features", file("d.npy"), "--labels", file("dl.npy")];
const how = ["--method", "arcface-triplet", "--bits", "12", "--epochs", "4", "--engine", "cpu", "--json"];
const sides = (codes: (name: "q" | "d") => string): string[] => [
  ...["--query-codes", codes("q"), "--database-codes", codes("d")],
  ...["--query-labels", file("ql.npy"), "--database-labels", file("dl.npy")],
];

describe("an embedding on the command line", () => {
  it("is trained, encoded with --relaxed alone, and evaluated by cosine without being told to", async () => {
    await hashbook("train", ...data(), ...how, "--out", file("model"));
    const encode = ["encode", "--model", file("model"), "--engine", "cpu"];
    const refused = await runInProcess(...encode, "--features", file("q.npy"), "--out", file("q-codes.npy"));
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/gives real values, no codes; expected --relaxed/);
    for (const name of ["q", "d"]) {
      const out = ["--features", file(`${name}.npy`), "--out", file(`${name}-values.npy`)];
      await hashbook(...encode, ...out, "--relaxed");
    }
    expect(JSON.parse(await readFile(file("q-values.json"), "utf8"))).toMatchObject({ output: "embedding" });
    const { stdout } = await hashbook(
      "evaluate",
      ...sides(name => file(`${name}-values.npy`)),
      "--cutoff",
      "10",
      "--json",
    );
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ by: "cosine", bits: 12, queries: QUERIES });
    expect(document.radius2).toBeUndefined();
    const values = async (name: string) => (await readNpy(file(`${name}-values.npy`))) as NdArray<Float32Array>;
    expect(document.mAP.all.tieAware).toBeCloseTo(cosineMAP(await values("q"), await values("d")), 6);
    const { stdout: table } = await hashbook("evaluate", ...sides(name => file(`${name}-values.npy`)));
    expect(table).toMatch(/12 values, ranked by cosine/);
    expect(table).not.toMatch(/radius/);
  });

  it("values from elsewhere are ranked by cosine when that is asked for", async () => {
    const { stdout } = await hashbook("evaluate", ...sides(name => file(`${name}.npy`)), "--by", "cosine", "--json");
    const expected = cosineMAP(part(features, 0, QUERIES), part(features, QUERIES, labels.length));
    expect(JSON.parse(stdout).mAP.all.tieAware).toBeCloseTo(expected, 6);
    const refused = await runInProcess("evaluate", ...sides(name => file(`${name}-values.npy`)), "--by", "hamming");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/this is an embedding, no hash codes/);
  });

  it("becomes hash codes by train --itq, which says so", async () => {
    await hashbook("train", ...data(), ...how, "--itq", "8", "--out", file("coded"));
    const head = JSON.parse(await readFile(file("coded", "head.json"), "utf8"));
    expect(head).toMatchObject({ output: "codes", head: { bits: 8 }, itq: { values: 12 }, config: { bits: 12 } });
    expect(await readFile(file("coded", "MODEL.md"), "utf8")).toMatch(/Its 12 values became hash codes by ITQ/);
    for (const name of ["q", "d"]) {
      const out = ["--features", file(`${name}.npy`), "--out", file(`${name}-codes.npy`)];
      await hashbook("encode", "--model", file("coded"), "--engine", "cpu", ...out);
    }
    const { stdout } = await hashbook("evaluate", ...sides(name => file(`${name}-codes.npy`)), "--json");
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ bits: 8, queries: QUERIES });
    expect(document.mAP.all.tieAware).toBeGreaterThan(0.5);
    const wider = await runInProcess("train", ...data(), ...how, "--itq", "13", "--out", file("wider"));
    expect(wider.code).toBe(2);
    expect(wider.stderr).toMatch(/--itq.*at most 12/);
  });
});
