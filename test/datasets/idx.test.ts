import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../src/core/errors.js";
import { readIdx } from "../../src/datasets/idx.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-idx-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(name: string, bytes: Uint8Array): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, bytes);
  return file;
}

/** Two images of 2×3 pixels. */
const images = Buffer.from([
  0,
  0,
  8,
  3,
  0,
  0,
  0,
  2,
  0,
  0,
  0,
  2,
  0,
  0,
  0,
  3,
  ...Array.from({ length: 12 }, (_, i) => i),
]);
const labels = Buffer.from([0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 9]);

describe("readIdx", () => {
  it("reads images and labels, gzipped or not", async () => {
    for (const pack of [(bytes: Buffer) => bytes, gzipSync]) {
      const read = await readIdx(await fileOf("images", pack(images)), 3);
      expect(read.shape).toEqual([2, 2, 3]);
      expect(Array.from(read.data)).toEqual(Array.from({ length: 12 }, (_, i) => i));
      const labelled = await readIdx(await fileOf("labels", pack(labels)), 1);
      expect(labelled.shape).toEqual([3]);
      expect(Array.from(labelled.data)).toEqual([7, 0, 9]);
    }
  });

  it.each([
    ["an empty file", new Uint8Array(0), "found an empty file"],
    ["another magic", Buffer.from("PNG and so on"), "expected 00 00 08 03"],
    ["labels for images", labels, "found 00 00 08 01"],
    ["another element type", Buffer.from([0, 0, 0x0d, 3, ...images.subarray(4)]), "found 00 00 0d 03"],
    ["a cut header", images.subarray(0, 10), "expected a header of 16 bytes; found 10"],
    ["missing values", images.subarray(0, 20), "expected 28 for shape (2, 2, 3); found 20"],
    ["too many values", Buffer.concat([images, Buffer.alloc(2)]), "found 30"],
    ["a cut gzip stream", gzipSync(images).subarray(0, 25), "gzip stream is damaged"],
    ["a damaged gzip stream", gzipSync(images).fill(0xff, 12, 20), "gzip stream is damaged"],
  ])("refuses %s, naming the file", async (_, bytes, words) => {
    const file = await fileOf("bad-images.gz", bytes);
    const error: unknown = await readIdx(file, 3).catch(cause => cause);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toContain(file);
    expect((error as Error).message).toContain(words);
  });

  it("names a file that is missing", async () => {
    await expect(readIdx(join(folder, "nowhere.gz"), 1)).rejects.toThrow(/nowhere\.gz: cannot be read.*ENOENT/);
  });
});
