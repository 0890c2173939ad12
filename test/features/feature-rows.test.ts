import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { writeNpy } from "../../src/core/npy.js";
import { Random } from "../../src/core/random.js";
import { writeFailedImages } from "../../src/features/failed-images.js";
import { collectFeatures, openFeatureRows } from "../../src/features/feature-rows.js";

const folder = mkdtempSync(join(tmpdir(), "hashbook-feature-rows-"));
afterAll(() => rmSync(folder, { recursive: true }));

const file = join(folder, "features.npy");
const [COUNT, DIM] = [9000, 3];
const values = new Random(5).normals(COUNT * DIM);

it("gives all rows in order, and chosen ones in the order asked for", async () => {
  await writeNpy(file, { data: values, shape: [COUNT, DIM] });
  const rows = await openFeatureRows(file);
  expect([rows.shape, rows.converted, rows.failed]).toEqual([[COUNT, DIM], [], new Int32Array(0)]);
  const starts: number[] = [];
  for await (const { from } of rows.blocks()) starts.push(from);
  expect(starts).toEqual([0, 4096, 8192]);
  expect((await collectFeatures(rows)).data).toEqual(values);
  const of = Int32Array.of(8999, 0, 4096, 4095, 17);
  const { data, shape } = await collectFeatures(rows, { of });
  expect(shape).toEqual([5, DIM]);
  expect([...data]).toEqual([...of].flatMap(row => [...values.subarray(row * DIM, (row + 1) * DIM)]));
  expect((await collectFeatures(rows, { of: new Int32Array(0) })).shape).toEqual([0, DIM]);
});

it("refuses what is not finite in wanted rows, and leaves others be", async () => {
  const data = Float64Array.from(values);
  data[5000 * DIM + 1] = Number.POSITIVE_INFINITY;
  data[6000 * DIM] = Number.NaN;
  data[6000 * DIM + 1] = Number.NaN;
  data[6000 * DIM + 2] = Number.NaN;
  await writeNpy(file, { data, shape: [COUNT, DIM] });
  await writeFailedImages(folder, [{ row: 6000, id: "lost", reason: "none" }]);
  const rows = await openFeatureRows(file);
  expect([rows.failed, rows.converted]).toEqual([Int32Array.of(6000), [expect.stringMatching(/float64; taken as/)]]);
  const found = await collectFeatures(rows, { of: Int32Array.of(4999, 5001, 5999, 6001) });
  expect([...found.data]).toEqual([4999, 5001, 5999, 6001].flatMap(row => [...values.subarray(3 * row, 3 * row + 3)]));
  await expect(collectFeatures(rows, { of: Int32Array.of(5000) })).rejects.toThrow(/row 5000 holds Infinity/);
  await expect(collectFeatures(rows, { of: Int32Array.of(6000) })).rejects.toThrow(/row 6000 holds NaN/);
  await expect(collectFeatures(rows, { unread: "mean" })).rejects.toThrow(/row 5000 holds Infinity/);
  data[5000 * DIM + 1] = 7;
  await writeNpy(file, { data, shape: [COUNT, DIM] });
  const filled = (await collectFeatures(await openFeatureRows(file), { unread: "mean" })).data;
  for (let d = 0; d < DIM; d++) {
    let sum = 0;
    for (let row = 0; row < COUNT; row++) if (row !== 6000) sum += data[row * DIM + d];
    expect(filled[6000 * DIM + d]).toBeCloseTo(sum / (COUNT - 1), 5);
  }
});
