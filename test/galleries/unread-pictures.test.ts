import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { packedCodes } from "../../src/codes/packed-codes.js";
import { writeNpy } from "../../src/core/npy.js";
import { readFeatureManifest, writeFeatureManifest } from "../../src/features/feature-manifest.js";
import { galleryInfo } from "../../src/galleries/gallery-info.js";
import { openGallerySource } from "../../src/galleries/gallery-source.js";
import { openGallery } from "../../src/galleries/open-gallery.js";
import { pushGallery } from "../../src/galleries/push-gallery.js";
import { rowsFrom } from "../../src/galleries/source-rows.js";
import { openCodesGallery } from "../../src/ranking/open-codes-gallery.js";
import { runInProcess } from "../commands/in-process.js";
import { writeDataFolder } from "../features/written-data-folder.js";
import { FakeMilvus } from "./fake-milvus.js";

// Codes in the folder of `extract --model`, some of whose pictures could not be read.
const BITS = 8;
const ROWS = 40;
const UNREAD = [0, 4, 5, 17, 39];
const data = Uint8Array.from({ length: ROWS }, (_, row) => (row * 37) % 256);
const codes = packedCodes(data, BITS);
const ids = Array.from({ length: ROWS }, (_, row) => `shelf/${row}.jpg`);
const read = Array.from(ids.keys()).filter(row => !UNREAD.includes(row));

let folder: string;
let codesFile: string;
let milvus: FakeMilvus;
let address: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-unread-"));
  codesFile = join(folder, "codes.npy");
  await writeDataFolder(folder, { classNames: ["a", "b"], labels: Int32Array.from(ids, (_, row) => row % 2), ids });
  await writeNpy(codesFile, { data, shape: [ROWS, 1] });
  const manifest = (await readFeatureManifest(folder))!;
  await writeFeatureManifest(folder, { ...manifest, codes: { model: "one", bits: BITS } });
  const lines = UNREAD.map(row => `${row},${ids[row]},cut short\n`);
  await writeFile(join(folder, "failed.csv"), `row,id,reason\n${lines.join("")}`);
  milvus = await FakeMilvus.start();
  address = `milvus://127.0.0.1:${milvus.port}/shelf`;
});
afterAll(async () => {
  milvus.stop();
  await rm(folder, { recursive: true });
});

it("pictures that could not be read are left out of what is pushed, however it is divided", async () => {
  const given = { bits: BITS, ids: join(folder, "ids.txt"), labels: join(folder, "labels.npy") };
  const source = await openGallerySource(codesFile, given);
  for (const [first, batch] of [
    [0, 2],
    [0, 7],
    [6, 40],
  ]) {
    const rows: number[] = [];
    for await (const some of rowsFrom(source, first, batch)) {
      rows.push(...some.rows);
      expect([...some.codes.data]).toEqual(Array.from(some.rows, row => data[row]));
      expect(some.ids).toEqual(Array.from(some.rows, row => ids[row]));
      expect(some.labels).toEqual(some.rows.map(row => row % 2));
    }
    expect(rows).toEqual(read.filter(row => row >= first));
  }
});

it("they are not found in an engine, where the others keep their rows, also after a push that was ended", async () => {
  const given = { bits: BITS, ids: join(folder, "ids.txt") };
  expect(await pushGallery(codesFile, address, given)).toMatchObject({ rows: ROWS, unread: 5, found: 0 });
  const { items } = milvus.collections.get("shelf")!;
  for (const left of [1, 3, 4, 14, 15, 35]) {
    items.splice(left);
    expect(await pushGallery(codesFile, address, given)).toMatchObject({ unread: 5, found: left });
    expect(items.map(({ row, id }) => [row, id])).toEqual(read.map(row => [row, ids[row]]));
  }
  expect(await galleryInfo(address)).toMatchObject({ rows: ROWS, stored: 35, unread: { count: 5 } });
  expect((await runInProcess("gallery", "info", address)).stdout).toMatch(
    /: 35 codes, of 8 bits\nleft out: 5 images that could not be read\n/,
  );
  expect((await runInProcess("gallery", "drop", address, "--rows", "34")).stderr).toMatch(/expected 34 rows; found 35/);
  const gallery = await openGallery(address);
  const resident = await openCodesGallery(codes, { threads: 1 });
  try {
    const all = await resident.nearest(codes, { k: ROWS });
    const { indices } = await gallery.nearest(codes, { k: ROWS });
    expect(indices.shape).toEqual([ROWS, 35]);
    expect([...indices.data]).toEqual([...all.indices.data].filter(row => !UNREAD.includes(row)));
    expect(await gallery.names([39 - 1, 1])).toEqual([ids[38], ids[1]]);
  } finally {
    await Promise.all([gallery.close(), resident.close()]);
  }
  await writeFile(join(folder, "failed.csv"), `row,id,reason\n3,${ids[3]},cut short\n`);
  await expect(pushGallery(codesFile, address, given)).rejects.toThrow(/with other pictures left out as unreadable/);
  await writeFile(join(folder, "failed.csv"), `row,id,reason\n${UNREAD.map(row => `${row},x,y\n`).join("")}`);
  expect((await runInProcess("gallery", "drop", address, "--rows", "35")).code).toBe(0);
});

it("they are not found in a file either", async () => {
  await writeNpy(join(folder, "q.npy"), { data: data.slice(0, 3), shape: [3, 1] });
  const asked = ["search", "--gallery", codesFile, "--query-codes", join(folder, "q.npy"), "--bits", `${BITS}`];
  for (const how of [[], ["--radius", `${BITS}`]]) {
    const { stdout } = await runInProcess(...asked, "--top", "99", "--json", ...how);
    const document = JSON.parse(stdout);
    expect(document.unread).toBe(5);
    for (const { nearest } of document.results) {
      const found = nearest.map(({ index }: { index: number }) => index);
      expect(found.toSorted((a: number, b: number) => a - b)).toEqual(read);
    }
    const few = JSON.parse((await runInProcess(...asked, "--top", "4", "--json", ...how)).stdout);
    for (const [query, { nearest }] of few.results.entries()) {
      expect(nearest).toEqual(document.results[query].nearest.slice(0, 4));
    }
  }
  expect((await runInProcess(...asked)).stderr).toContain("5 images could not be read: they are not found\n");
});
