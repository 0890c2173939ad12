import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NdArray } from "../../src/core/arrays.js";
import { encodeNpy } from "../../src/core/npy.js";
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
});
