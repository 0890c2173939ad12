import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeNpy } from "../../src/core/npy.js";
import { Random } from "../../src/core/random.js";
import { writeCodesSidecar } from "../../src/features/codes-sidecar.js";
import { itemsOf, readDataFolder } from "../../src/features/data-folder.js";
import { readFeatureManifest, writeFeatureManifest } from "../../src/features/feature-manifest.js";
import { itemsOfDataset } from "../../src/features/items-identity.js";
import { writeDataFolder } from "../features/written-data-folder.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
let folder: string;

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as a user does. */
function hashbook(...args: string[]): Promise<Outcome> {
  return new Promise(resolve => {
    execFile(process.execPath, [join(root, "bin", "hashbook.js"), ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const file = (name: string): string => join(folder, name);
const BITS = 12;

function signs(count: number, seed: number): Int8Array {
  const random = new Random(seed);
  return Int8Array.from({ length: count * BITS }, () => (random.uniform() < 0.5 ? -1 : 1));
}

const [queries, database] = [signs(3, 1), signs(40, 2)];

/** The database by distance to a query, then row. */
function expected(query: number, k: number): { index: number; distance: number }[] {
  const all = Array.from({ length: 40 }, (_, index) => {
    let distance = 0;
    for (let bit = 0; bit < BITS; bit++) if (queries[query * BITS + bit] !== database[index * BITS + bit]) distance++;
    return { index, distance };
  });
  return all.sort((a, b) => a.distance - b.distance || a.index - b.index).slice(0, k);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-search-"));
  writeFileSync(file("q.npy"), encodeNpy({ data: queries, shape: [3, BITS] }));
  writeFileSync(file("db.npy"), encodeNpy({ data: database, shape: [40, BITS] }));
  writeFileSync(file("wide.npy"), encodeNpy({ data: new Int8Array(40 * 16).fill(1), shape: [40, 16] }));
  writeFileSync(file("ids.txt"), Array.from({ length: 40 }, (_, i) => `picture ${i}.jpg\n`).join(""));
  await hashbook("--version"); // builds lib/ when it is stale
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("search", () => {
  const sides = () => ["search", "--query-codes", file("q.npy"), "--database", file("db.npy")];

  it("names an image that is missing before it looks at codes, and takes --codes for --database", async () => {
    const missing = await hashbook(
      "search",
      "--model",
      file("no"),
      "--database",
      file("q.npy"),
      "--query",
      file("no.png"),
    );
    expect(missing).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no\.png: cannot be read.*an image to search for/),
    });
    const queries = ["--query-codes", file("q.npy"), "--top", "2", "--json"];
    const [one, other] = await Promise.all(
      ["--codes", "--database"].map(flag => hashbook("search", flag, file("db.npy"), ...queries)),
    );
    expect(one).toMatchObject({ code: 0, stdout: other.stdout });
    const both = await hashbook("search", "--codes", file("db.npy"), "--database", file("db.npy"), ...queries);
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining("--codes and --database are the same") });
  });

  it("finds the nearest rows, ties by ascending row", async () => {
    const { code, stdout, stderr } = await hashbook(...sides(), "--top", "7", "--json");
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toEqual({
      database: 40,
      bits: BITS,
      unread: 0,
      top: 7,
      results: [0, 1, 2].map(query => ({ query, nearest: expected(query, 7) })),
      unchecked: [
        expect.stringMatching(/db\.npy does not say which model/),
        expect.stringMatching(/q\.npy does not say which model/),
      ],
      converted: [],
    });
  });

  it("names rows by the ids of the database's data folder, when it is that", async () => {
    const ids = Array.from({ length: 40 }, (_, row) => `shelf/${row}.jpg`);
    const items = { classNames: ["a"], labels: new Int32Array(40), ids };
    await writeDataFolder(file("data"), items);
    await writeDataFolder(file("other"), { ...items, ids: [...ids].reverse() });
    writeFileSync(file("known.npy"), encodeNpy({ data: database, shape: [40, BITS] }));
    const data = itemsOf(await readDataFolder(file("data")));
    const described = { form: "codes" as const, rows: 40, bits: BITS, data, classNames: ["a"] };
    await writeCodesSidecar(file("known.npy"), { ...described, model: { hash: "one" } });
    const search = ["search", "--database", file("known.npy"), "--query-codes", file("q.npy"), "--top", "5", "--json"];
    const { stdout } = await hashbook(...search, "--data", file("data"));
    const { results, unchecked } = JSON.parse(stdout);
    expect(unchecked).toEqual([expect.stringMatching(/q\.npy does not say which model/)]);
    expect(results[2].nearest).toEqual(expected(2, 5).map(one => ({ ...one, id: ids[one.index] })));
    // The ids beside the codes name both sides without a word; ids of other codes are refused.
    writeFileSync(file("asked.npy"), encodeNpy({ data: queries, shape: [3, BITS] }));
    const asked = ["here", "there", "nowhere"];
    const ofQueries = itemsOfDataset({ name: "made for a test", contentHash: "q", ids: asked });
    const queryCodes = { form: "codes" as const, rows: 3, bits: BITS, data: ofQueries, classNames: ["a"] };
    await writeCodesSidecar(file("asked.npy"), { ...queryCodes, model: { hash: "one" } }, asked);
    await writeCodesSidecar(file("known.npy"), { ...described, model: { hash: "one" } }, ids);
    const byItself = ["search", "--database", file("known.npy"), "--query-codes", file("asked.npy"), "--top", "5"];
    const named = JSON.parse((await hashbook(...byItself, "--json")).stdout).results;
    expect(named[2]).toEqual({ query: 2, id: "nowhere", nearest: results[2].nearest });
    const lines = (await hashbook(...byItself)).stdout.split("\n");
    expect(lines.slice(12, 14)).toEqual([
      "nowhere",
      `  distance ${expected(2, 1)[0].distance}  ${ids[expected(2, 1)[0].index]}`,
    ]);
    writeFileSync(file("known.ids.txt"), [...ids].reverse().join("\n"));
    const mistaken = await hashbook(...byItself);
    expect([mistaken.code, mistaken.stderr]).toEqual([
      1,
      expect.stringMatching(/known\.ids\.txt: these are not the ids/),
    ]);
    await writeCodesSidecar(file("known.npy"), { ...described, model: { hash: "one" } });
    const wrong = await hashbook(...search, "--data", file("other"));
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringMatching(/known\.npy: these codes are of other data/)]);
    expect((await hashbook(...search, "--data", file("data"), "--ids", file("ids.txt"))).code).toBe(2);
    // Queries of another model have distances to these codes, but no meaning.
    writeFileSync(file("strange.npy"), encodeNpy({ data: queries, shape: [3, BITS] }));
    await writeCodesSidecar(file("strange.npy"), { form: "codes", rows: 3, bits: BITS, model: { hash: "two" } });
    const mixed = await hashbook("search", "--database", file("known.npy"), "--query-codes", file("strange.npy"));
    expect([mixed.code, mixed.stderr]).toEqual([1, expect.stringMatching(/these codes are of another model/)]);
  });

  it("finds no images that could not be read", async () => {
    const ids = Array.from({ length: 40 }, (_, row) => `shelf/${row}.jpg`);
    await writeDataFolder(file("gaps"), { classNames: ["a"], labels: new Int32Array(40), ids });
    writeFileSync(file("gaps.npy"), encodeNpy({ data: database, shape: [40, BITS] }));
    writeFileSync(join(file("gaps"), "codes.npy"), encodeNpy({ data: database, shape: [40, BITS] }));
    const unread = [expected(0, 2)[1].index, expected(1, 1)[0].index];
    const lines = unread.map(row => `${row},${ids[row]},cut short\n`);
    writeFileSync(join(file("gaps"), "failed.csv"), `row,id,reason\n${lines.join("")}`);
    const nearest = (query: number, k: number) =>
      expected(query, 40)
        .filter(({ index }) => !unread.includes(index))
        .slice(0, k);
    const search = async (...args: string[]) => {
      const { stdout, stderr } = await hashbook("search", "--query-codes", file("q.npy"), ...args, "--json");
      expect(stderr).toBe("");
      return JSON.parse(stdout);
    };
    const named = await search("--database", file("gaps.npy"), "--data", file("gaps"), "--top", "7");
    expect([named.unread, named.top]).toEqual([2, 7]);
    for (const { query, nearest: found } of named.results) {
      expect(found).toEqual(nearest(query, 7).map(one => ({ ...one, id: ids[one.index] })));
    }
    // Codes that `extract --model` kept lie in their folder.
    const manifest = (await readFeatureManifest(file("gaps")))!;
    await writeFeatureManifest(file("gaps"), { ...manifest, codes: { model: "one", bits: BITS } });
    for (const ranking of [[], ["--ranking", "reference"]]) {
      const kept = await search("--database", join(file("gaps"), "codes.npy"), "--top", "99", ...ranking);
      expect([kept.unread, kept.top]).toEqual([2, 38]);
      for (const { query, nearest: found } of kept.results) expect(found).toEqual(nearest(query, 38));
    }
  });

  it("names the rows of a study's run by the study's ids, as long as there are as many", async () => {
    mkdirSync(file("study/run"), { recursive: true });
    writeFileSync(file("study/run/record.json"), "{}");
    writeFileSync(file("study/run/codes.npy"), encodeNpy({ data: database, shape: [40, BITS] }));
    const search = ["search", "--query-codes", file("q.npy"), "--database", file("study/run/codes.npy"), "--top", "1"];
    const idsOfStudy = (count: number): void =>
      writeFileSync(file("study/ids.txt"), Array.from({ length: count }, (_, i) => `item ${i}\n`).join(""));
    idsOfStudy(40);
    const { nearest } = JSON.parse((await hashbook(...search, "--json")).stdout).results[0];
    const [first] = expected(0, 1);
    expect(nearest).toEqual([{ ...first, id: `item ${first.index}` }]);
    idsOfStudy(39);
    expect((await hashbook(...search)).stderr).toContain("results are rows: --data or --ids would name them");
  });

  it("names rows, and gives no more than there are", async () => {
    const { stdout } = await hashbook(...sides(), "--top", "99", "--ids", file("ids.txt"));
    const [first] = expected(1, 1);
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(3 * 41);
    expect(lines[42]).toBe(`  distance ${first.distance}  picture ${first.index}.jpg`);
    const bare = await hashbook(...sides(), "--top", "1");
    expect(bare.stdout.split("\n")[1]).toMatch(/^ {2}distance \d+ {2}row \d+$/);
    expect(bare.stderr).toContain("results are rows: --data or --ids would name them");
  });

  it.each<[string, () => string[], number, RegExp]>([
    ["nothing to search for", () => ["search", "--database", file("db.npy")], 2, /say what to search for/],
    ["images without a model", () => ["search", "--database", file("db.npy"), "--query", "a.png"], 2, /--model DIR/],
    ["both", () => [...sides(), "--query", "a.png"], 2, /either --query or --query-codes/],
    ["no results asked for", () => [...sides(), "--top", "0"], 2, /integer of at least 1/],
    [
      "other bits",
      () => ["search", "--query-codes", file("q.npy"), "--database", file("wide.npy")],
      1,
      /wide\.npy: .*expected codes of 12 bits; found 16/,
    ],
    [
      "names too few",
      () => [...sides().slice(0, 3), "--database", file("db.npy"), "--ids", file("q.npy")],
      1,
      /expected 40 lines/,
    ],
    [
      "no model there",
      () => ["search", "--database", file("db.npy"), "--model", folder, "--query", file("ids.txt")],
      1,
      /there is no head\.json, so this is no model/,
    ],
  ])("refuses %s", async (_, args, exit, message) => {
    const { code, stdout, stderr } = await hashbook(...args());
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([exit, ""]);
  });
});
