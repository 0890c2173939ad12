import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packedCodes } from "../../src/codes/packed-codes.js";
import { writeNpy } from "../../src/core/npy.js";
import { writeCodesSidecar } from "../../src/features/codes-sidecar.js";
import { itemsOf, readDataFolder } from "../../src/features/data-folder.js";
import { openGallery } from "../../src/galleries/open-gallery.js";
import { writeDataFolder } from "../features/written-data-folder.js";

const BITS = 8;
const ids = Array.from({ length: 9 }, (_, row) => `pictures/${row}.png`);
const labels = Int32Array.of(0, 1, 2, 1, 0, 2, 1, 1, 0);
let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);

/** Code of row r: r in its bits. */
async function writeCodesOf(data: string, file: string): Promise<void> {
  const read = await readDataFolder(data);
  const rows = read.ids.length;
  await writeNpy(file, { data: Uint8Array.from({ length: rows }, (_, row) => row), shape: [rows, 1] });
  const model = { hash: "none" };
  await writeCodesSidecar(file, { form: "packed", rows, bits: BITS, model, data: itemsOf(read) }, read.ids);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-open-gallery-"));
  const classNames = ["a", "b", "c"];
  await writeDataFolder(at("data"), { classNames, labels, ids });
  await writeDataFolder(at("other"), { classNames, labels: labels.slice(2), ids: ids.slice(2) });
  for (const place of ["data", ".", "other"]) await writeCodesOf(at("data"), at(place, "codes.npy"));
});
afterAll(() => rm(folder, { recursive: true }));

const code = (row: number) => packedCodes(Uint8Array.of(row), BITS);

describe("openGallery", () => {
  it("takes names and classes that lie beside a file, where it is asked to", async () => {
    const gallery = await openGallery(at("data", "codes.npy"), { beside: true, threads: 1 });
    expect(gallery.ids).toEqual(ids);
    const wanted = labels[3];
    const rows = [...labels.keys()].filter(row => labels[row] === wanted);
    const { indices } = await gallery.nearest(code(3), { k: 9, classes: [wanted] });
    expect([...indices.data].sort((a, b) => a - b)).toEqual(rows);
    expect(indices.data[0]).toBe(3);
    await gallery.close();
    const bare = await openGallery(at("data", "codes.npy"), { threads: 1 });
    expect(bare.ids).toBeUndefined();
    await bare.close();
  });

  it("takes names alone where no labels lie there, or those of other items, and what is given before both", async () => {
    for (const file of [at("codes.npy"), at("other", "codes.npy")]) {
      const gallery = await openGallery(file, { beside: true, threads: 1 });
      expect(gallery.ids).toEqual(ids);
      await expect(gallery.nearest(code(3), { classes: [0] })).rejects.toThrow(/cannot be filtered/);
      await gallery.close();
    }
    const own = Array.from("abcdefghi");
    const given = new Int32Array(9).fill(4);
    const gallery = await openGallery(at("data", "codes.npy"), { beside: true, ids: own, labels: given, threads: 1 });
    expect(gallery.ids).toEqual(own);
    expect((await gallery.nearest(code(3), { classes: [4], k: 1 })).indices.data[0]).toBe(3);
    await gallery.close();
  });

  it("says so where nothing lies beside codes", async () => {
    await writeNpy(at("bare.npy"), { data: Uint8Array.of(1, 2), shape: [2, 1] });
    await expect(openGallery(at("bare.npy"), { beside: true, bits: BITS })).rejects.toThrow(
      /nothing beside these codes/,
    );
    await expect(openGallery(code(1), { beside: true })).rejects.toThrow(/nothing lies beside codes in memory/);
  });
});
