import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NdArray } from "../../src/core/arrays.js";
import { encodeNpy, encodeNpyHeader } from "../../src/core/npy.js";
import { openNpyRows } from "../../src/core/npy-rows.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-rows-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(name: string, array: NdArray): string {
  const file = join(folder, name);
  writeFileSync(file, encodeNpy(array));
  return file;
}

async function read(file: string, blockBytes: number): Promise<{ shapes: (readonly number[])[]; values: number[] }> {
  const shapes: (readonly number[])[] = [];
  const values: number[] = [];
  for await (const { data, shape } of (await openNpyRows(file, blockBytes)).rows()) {
    shapes.push(shape);
    values.push(...Array.from(data as Float32Array));
  }
  return { shapes, values };
}

describe("openNpyRows", () => {
  const data = Float32Array.from({ length: 21 }, (_, i) => i / 4);

  it.each([1, 24, 25, 1000])("gives all rows in blocks of %i bytes, whole rows each", async bytes => {
    const { shapes, values } = await read(written("a.npy", { data, shape: [7, 3] }), bytes);
    expect(values).toEqual([...data]);
    expect(shapes.every(([rows, width]) => width === 3 && rows <= Math.max(1, Math.floor(bytes / 12)))).toBe(true);
    expect(shapes).toHaveLength(Math.ceil(7 / Math.max(1, Math.floor(bytes / 12))));
  });

  it("tells type and shape, and gives nothing of nothing", async () => {
    const file = written("empty.npy", { data: new Int8Array(0), shape: [0, 16] });
    const { descr, shape } = (await openNpyRows(file, 100)).layout;
    expect([descr, shape]).toEqual(["|i1", [0, 16]]);
    expect((await read(file, 100)).shapes).toEqual([]);
    expect((await read(written("line.npy", { data, shape: [21] }), 40)).values).toEqual([...data]);
  });

  it("refuses what is missing, no array, or cut short, before any row", async () => {
    await expect(openNpyRows(join(folder, "none.npy"), 9)).rejects.toThrow(/none\.npy: cannot be read/);
    const text = join(folder, "text.npy");
    writeFileSync(text, "1 2 3");
    await expect(openNpyRows(text, 9)).rejects.toThrow(/not an \.npy file/);
    const cut = written("cut.npy", { data, shape: [7, 3] });
    truncateSync(cut, 150);
    await expect(openNpyRows(cut, 9)).rejects.toThrow(/cut short; expected 212 bytes.*found 150/);
  });

  it("gives blocks that cover the rows wanted, and reads past a long way between two", async () => {
    const wide = 20_000; // 80 kB a row, more than is read in passing
    const values = Float32Array.from({ length: 9 * wide }, (_, at) => Math.floor(at / wide));
    const rows = await openNpyRows(written("wide.npy", { data: values, shape: [9, wide] }), 1e9);
    const spans: number[][] = [];
    for await (const { data, shape, from } of rows.rows({ of: [0, 1, 4, 5, 6, 8], step: 2 })) {
      spans.push([from, from + shape[0]]);
      expect(data).toEqual(values.subarray(from * wide, (from + shape[0]) * wide));
    }
    expect(spans).toEqual([
      [0, 2],
      [4, 6],
      [6, 7],
      [8, 9],
    ]);
    const narrow = await openNpyRows(written("narrow.npy", { data, shape: [7, 3] }), 1e9);
    const found: number[][] = [];
    for await (const { data: some, from } of narrow.rows({ of: [1, 5] }))
      found.push([from, ...Array.from(some as Float32Array)]);
    expect(found).toEqual([[1, ...data.subarray(3, 18)]]);
  });

  it.each([2 ** 31, 2 ** 32])("reads rows on both sides of byte %i", async edge => {
    const width = 4096;
    const count = edge / (4 * width) + 3;
    const file = join(folder, "sparse.npy");
    const header = encodeNpyHeader("<f4", [count, width]);
    writeFileSync(file, header);
    truncateSync(file, header.length + 4 * count * width); // a hole, which takes no room on the disk
    const wanted = [0, edge / (4 * width) - 1, edge / (4 * width), count - 1];
    const handle = openSync(file, "r+");
    for (const row of wanted) writeSync(handle, Float32Array.of(row), 0, 4, header.length + 4 * row * width);
    closeSync(handle);
    const found: number[][] = [];
    for await (const { data: some, shape, from } of (await openNpyRows(file, 1 << 16)).rows({ of: wanted })) {
      for (let i = 0; i < shape[0]; i++) found.push([from + i, Number(some[i * width])]);
    }
    expect(found.filter(([row]) => wanted.includes(row))).toEqual(wanted.map(row => [row, row]));
    rmSync(file);
  });
});
