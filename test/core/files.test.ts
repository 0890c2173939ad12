import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeFolder, writeAtomically } from "../../src/core/files.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-files-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("makes the folder, writes, and replaces", async () => {
  const file = join(folder, "a", "b", "x.txt");
  await writeAtomically(file, "one");
  await writeAtomically(file, Uint8Array.of(116, 119, 111));
  expect(readFileSync(file, "utf8")).toBe("two");
  expect(readdirSync(join(folder, "a", "b"))).toEqual(["x.txt"]);
});

it("many writers at once leave one of their contents, whole", async () => {
  const file = join(folder, "x.txt");
  const contents = Array.from({ length: 20 }, (_, i) => `${i}`.repeat(50_000));
  await Promise.all(contents.map(content => writeAtomically(file, content)));
  expect(contents).toContain(readFileSync(file, "utf8"));
  expect(readdirSync(folder)).toEqual(["x.txt"]);
});

it("leaves no partial file when it fails", async () => {
  mkdirSync(join(folder, "taken"));
  await expect(writeAtomically(join(folder, "taken"), "x")).rejects.toThrow();
  expect(readdirSync(folder)).toEqual(["taken"]);
});

it.skipIf(!existsSync("/proc/self"))(
  "ends where the system says of a folder neither that it can be nor that it cannot",
  async () => {
    await expect(makeFolder("/proc/hashbook/results")).rejects.toThrow(/^\/proc\/hashbook\/results: /);
  },
);

it("tells which of the folders it made is the uppermost", async () => {
  expect(await makeFolder(join(folder, "a", "b", "c"))).toBe(join(folder, "a"));
  expect(await makeFolder(join(folder, "a", "b", "c"))).toBeUndefined();
  expect(await makeFolder(join(folder, "a", "d"))).toBe(join(folder, "a", "d"));
});
