import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { multiHotLabels } from "../../src/core/labels.js";
import { readDataFolder } from "../../src/features/data-folder.js";
import { protocolOf } from "../../src/protocols/known-protocols.js";
import { writeDataFolder } from "../features/written-data-folder.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
let folder: string;

function hashbook(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise(resolve => {
    execFile(process.execPath, [join(root, "bin", "hashbook.js"), ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const LABELS = Int32Array.from({ length: 40 }, (_, row) => (row === 39 ? -1 : row % 3));
const at = (name: string): string => join(folder, name);
const sizes = ["--query-per-class", "2", "--train-per-class", "4"];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-split-"));
  const ids = Array.from(LABELS, (_, row) => `row ${row}`);
  await writeDataFolder(at("data"), { classNames: ["a", "b", "c"], labels: LABELS, ids });
  writeFileSync(join(at("data"), "failed.csv"), "row,id,reason\n4,row 4,cut short\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("hashbook split", () => {
  it("draws the asked-for numbers of each class, seeded, and none of what has no class or no image", async () => {
    const { code, stdout } = await hashbook("split", at("data"), ...sizes, "--seed", "5", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ query: 6, train: 12, database: 38 - 6, withoutRole: 2, seed: 5 });
    const { split } = await readDataFolder(at("data"));
    const { query, train, database } = split!;
    for (const [rows, each] of [
      [query, 2],
      [train, 4],
    ] as const) {
      expect([0, 1, 2].map(label => rows.filter(row => LABELS[row] === label).length)).toEqual([each, each, each]);
    }
    expect([...query, ...database].sort((a, b) => a - b)).toEqual(
      [...LABELS.keys()].filter(row => row !== 4 && row !== 39),
    );
    const before = await readFile(join(at("data"), "split.json"));
    expect(JSON.parse(String(before)).format).toBe(1);
    const again = await hashbook("split", at("data"), ...sizes, "--seed", "5");
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringMatching(/split\.json: the data has roles already.*--replace.*seed 5/),
    ]);
    expect((await hashbook("split", at("data"), ...sizes, "--seed", "5", "--replace")).code).toBe(0);
    expect(await readFile(join(at("data"), "split.json"))).toEqual(before);
    expect((await hashbook("split", at("data"), ...sizes, "--seed", "6", "--replace")).code).toBe(0);
    expect(await readFile(join(at("data"), "split.json"))).not.toEqual(before);
  });

  it("replaces roles that were changed by hand, which nothing else reads", async () => {
    const file = join(at("data"), "split.json");
    const written = JSON.parse(await readFile(file, "utf8"));
    await writeFile(file, JSON.stringify({ ...written, query: written.query.slice(0, 3) }));
    await expect(readDataFolder(at("data"))).rejects.toThrow(/the roles were changed after they were written/);
    expect((await hashbook("split", at("data"), ...sizes, "--seed", "6")).code).toBe(1);
    expect((await hashbook("split", at("data"), ...sizes, "--seed", "6", "--replace")).code).toBe(0);
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual(written);
  });

  it("gives what was extracted as one protocol the roles of another of the same images", async () => {
    const labels = Int32Array.from({ length: 6300 }, (_, row) => row % 10);
    labels[6299] = -1;
    const classNames = Array.from({ length: 10 }, (_, label) => `class ${label}`);
    await writeDataFolder(at("cifar"), { classNames, labels, dataset: "cifar10" });
    const drawn = await hashbook("split", at("cifar"), "--protocol", "cifar10-1", "--seed", "2", "--json");
    expect(JSON.parse(drawn.stdout)).toMatchObject({ query: 1000, train: 5000, database: 5299, withoutRole: 1 });
    const { split } = await readDataFolder(at("cifar"));
    const rule = protocolOf("cifar10-1").rule!.draw({ name: "cifar10", classNames, labels }, { seed: 2 });
    expect(split).toEqual(rule);
    const elsewhere = await hashbook("split", at("data"), "--protocol", "cifar10-1", "--replace");
    expect([elsewhere.code, elsewhere.stderr]).toEqual([1, expect.stringMatching(/other images.*made for a test/)]);
    const listed = await hashbook("split", at("cifar"), "--protocol", "coco");
    expect([listed.code, listed.stderr]).toEqual([2, expect.stringMatching(/no rule.*cifar10-2.*mirflickr/)]);
    const unknown = await hashbook("split", at("cifar"), "--protocol", "cifar11");
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('no protocol "cifar11"')]);
    const both = await hashbook("split", at("cifar"), "--protocol", "cifar10", "--queries", "4");
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining("numbers of its own")]);
  });

  it("keeps the database as small as asked", async () => {
    const flags = [...sizes, "--database-per-class", "5", "--replace", "--json"];
    const { stdout } = await hashbook("split", at("data"), ...flags);
    expect(JSON.parse(stdout)).toMatchObject({ query: 6, train: 12, database: 15, withoutRole: 19 });
  });

  it("searches among classes that training never sees, and says which", async () => {
    const labels = Int32Array.from({ length: 60 }, (_, row) => (row === 59 ? -1 : row % 5));
    const ids = Array.from(labels, (_, row) => `row ${row}`);
    await writeDataFolder(at("unseen"), { classNames: ["a", "b", "c", "d", "e"], labels, ids });
    const flags = ["--unseen-classes", "2", ...sizes, "--seed", "3"];
    const { code, stdout } = await hashbook("split", at("unseen"), ...flags, "--json");
    expect(code).toBe(0);
    const document = JSON.parse(stdout);
    const { query, train, database } = (await readDataFolder(at("unseen"))).split!;
    const classesOf = (rows: Int32Array): string[] => [...new Set(rows.map(row => labels[row]))].map(c => "abcde"[c]);
    expect(document.unseenClasses).toHaveLength(2);
    expect(classesOf(query).sort()).toEqual(document.unseenClasses);
    expect(classesOf(database).sort()).toEqual(document.unseenClasses);
    expect([...classesOf(train), ...document.unseenClasses].sort()).toEqual([..."abcde"]);
    expect(document).toMatchObject({ query: 4, train: 12, database: database.length });
    expect(document.withoutRole).toBe(60 - 4 - 12 - database.length);
    expect(document.overlaps).toMatch(/outside the database \(drawn as in Sablayrolles et al\./);
    const bare = await hashbook("split", at("unseen"), "--unseen-classes", "2", "--replace");
    expect([bare.code, bare.stderr]).toEqual([
      2,
      expect.stringMatching(/expected --query-per-class and --train-per-class beside --unseen-classes/),
    ]);
    const text = await hashbook("split", at("unseen"), ...flags, "--replace");
    expect(text.stdout).toMatch(
      /4 queries, 12 train images of other classes, a database of \d+, .*2 of 5 classes never/,
    );
    const capped = await hashbook("split", at("unseen"), ...flags, "--replace", "--database-per-class", "5");
    expect([capped.code, capped.stderr]).toEqual([2, expect.stringMatching(/takes no --database-per-class/)]);
    const all = await hashbook("split", at("unseen"), "--unseen-classes", "4", ...sizes, "--replace");
    expect([all.code, all.stderr]).toEqual([1, expect.stringMatching(/does not fit the 5 classes.*2 to 3/)]);
  });

  it("says of each class what it lacks, and takes no data of several labels an item", async () => {
    const { code, stderr } = await hashbook("split", at("data"), "--query-per-class", "9", "--train-per-class", "4");
    expect(code).toBe(1);
    expect(stderr).toMatch(/expected 13 images a class.*b has 12 and lacks 1$/m);
    const labels = multiHotLabels({ data: Uint8Array.of(1, 0, 0, 1), shape: [2, 2] });
    await writeDataFolder(at("sets"), { classNames: ["a", "b"], labels });
    const sets = await hashbook("split", at("sets"), ...sizes);
    expect([sets.code, sets.stderr]).toEqual([
      1,
      expect.stringMatching(/a split by class takes one label an item.*--queries and --train.*multi-hot/),
    ]);
  });

  it("draws from all labelled items, of one class or of several", async () => {
    const sets = Uint8Array.from({ length: 90 }, (_, i) => (i >= 87 || i % 4 === 1 ? 0 : 1)); // the last has none
    const labels = multiHotLabels({ data: sets, shape: [30, 3] });
    await writeDataFolder(at("many"), { classNames: ["a", "b", "c"], labels });
    const flags = ["--queries", "5", "--train", "12", "--seed", "2"];
    const { code, stdout } = await hashbook("split", at("many"), ...flags, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ query: 5, train: 12, database: 24, withoutRole: 1 });
    const { query, train, database } = (await readDataFolder(at("many"))).split!;
    expect([...query, ...database].sort((a, b) => a - b)).toEqual(Array.from({ length: 29 }, (_, row) => row));
    expect(train.every(row => database.includes(row))).toBe(true);
    expect((await hashbook("split", at("data"), ...flags, "--replace", "--json")).code).toBe(0);
    for (const wrong of [
      ["--queries", "5"],
      [...flags, ...sizes],
      [...flags, "--database-per-class", "3"],
    ]) {
      const refused = await hashbook("split", at("many"), ...wrong, "--replace");
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/say how many images do what/)]);
    }
  });

  it("has bounds: exit code 2", async () => {
    expect((await hashbook("split", at("data"))).code).toBe(2);
    expect((await hashbook("split", at("data"), "--query-per-class", "0", "--train-per-class", "4")).code).toBe(2);
    expect((await hashbook("split", at("data"), ...sizes, "--seed", "1.5")).code).toBe(2);
  });
});
