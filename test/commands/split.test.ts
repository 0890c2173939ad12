import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { multiHotLabels } from "../../src/core/labels.js";
import { readDataFolder } from "../../src/features/data-folder.js";
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

  it("keeps the database as small as asked", async () => {
    const flags = [...sizes, "--database-per-class", "5", "--replace", "--json"];
    const { stdout } = await hashbook("split", at("data"), ...flags);
    expect(JSON.parse(stdout)).toMatchObject({ query: 6, train: 12, database: 15, withoutRole: 19 });
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
      expect.stringMatching(/a split by class takes one label an item.*multi-hot/),
    ]);
  });

  it("has bounds: exit code 2", async () => {
    expect((await hashbook("split", at("data"))).code).toBe(2);
    expect((await hashbook("split", at("data"), "--query-per-class", "0", "--train-per-class", "4")).code).toBe(2);
    expect((await hashbook("split", at("data"), ...sizes, "--seed", "1.5")).code).toBe(2);
  });
});
