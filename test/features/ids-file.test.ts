import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readIds, surveyIds, writeIds } from "../../src/features/ids-file.js";

const folder = mkdtempSync(join(tmpdir(), "hashbook-ids-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, "ids.txt");

it("reads what it wrote, over many pieces, with letters of several bytes", async () => {
  const ids = Array.from({ length: 200_000 }, (_, row) => `Größe ${row}/図 ${row % 7}.jpg`);
  await writeIds(file, ids);
  expect(readFileSync(file, "utf8")).toBe(ids.map(id => `${id}\n`).join(""));
  expect(await readIds(file)).toEqual(ids);
  writeFileSync(file, ids.join("\r\n")); // of Windows, without an end of the last line
  expect(await readIds(file)).toEqual(ids);
});

it("looks through a file without keeping it", async () => {
  const ids = Array.from({ length: 5000 }, (_, row) => `Größe ${row}/図 ${row % 7}.jpg`);
  await writeIds(file, ids);
  const sha256 = createHash("sha256").update(readFileSync(file)).digest("hex");
  const named = new Map([
    [3, ids[3]],
    [4999, ids[4999]],
  ]);
  expect(await surveyIds(file, [4999, 3, 5000])).toEqual({ count: 5000, sha256, named });
  writeFileSync(file, ids.join("\r\n"));
  expect(await surveyIds(file)).toEqual({ count: 5000, sha256, named: new Map() });
  writeFileSync(file, [...ids, ids[77]].join("\n"));
  await expect(surveyIds(file)).rejects.toThrow(/an id comes twice.*in lines 78 and 5001/);
  writeFileSync(file, "a\n\nb\n");
  await expect(surveyIds(file)).rejects.toThrow(/line 2 is empty/);
});

it("names a line that is empty, an id that comes twice, and one that is no line", async () => {
  writeFileSync(file, "a\n\nb\n");
  await expect(readIds(file)).rejects.toThrow(/line 2 is empty/);
  writeFileSync(file, "a\nb\na\n");
  await expect(readIds(file)).rejects.toThrow(/an id comes twice.*a in lines 1 and 3/);
  await expect(readIds(join(folder, "none.txt"))).rejects.toThrow(/none\.txt: cannot be read/);
  await expect(writeIds(file, ["a", "b\nc"])).rejects.toThrow(/cannot be written as a line/);
  expect(readFileSync(file, "utf8")).toBe("a\nb\na\n");
});
