import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readNpy } from "../../src/core/npy.js";
import { Random } from "../../src/core/random.js";
import { readCodesIds, readCodesSidecar, writeCodes } from "../../src/features/codes-sidecar.js";
import { itemsOfDataset } from "../../src/features/items-identity.js";
import { mergeCodes } from "../../src/features/merge-codes.js";

const folder = mkdtempSync(join(tmpdir(), "hashbook-merge-codes-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

const values = new Random(2).permutation(30).map(value => value % 256);
const all = Uint8Array.from(values); // (10, 3)
const ids = Array.from({ length: 10 }, (_, row) => `item ${row}`);

async function write(name: string, [from, end]: readonly [number, number], more: object = {}): Promise<string> {
  const some = ids.slice(from, end);
  const stream = async function* () {
    yield all.subarray(3 * from, 3 * end);
  };
  const data = itemsOfDataset({ name: "made for a test", contentHash: "c", ids: some });
  const sidecar = { form: "packed" as const, rows: end - from, bits: 24, model: { hash: "m" }, data, from, ...more };
  await writeCodes(at(name), { descr: "|u1", shape: [end - from, 3], values: stream() }, sidecar, some);
  return at(name);
}

it("joins parts in the order of their rows", async () => {
  const parts = [await write("a.npy", [0, 4]), await write("b.npy", [4, 5]), await write("c.npy", [5, 10])];
  await mergeCodes(parts, at("all.npy"));
  expect(await readNpy(at("all.npy"))).toEqual({ data: all, shape: [10, 3] });
  const sidecar = await readCodesSidecar(at("all.npy"));
  const data = itemsOfDataset({ name: "made for a test", contentHash: "c", ids });
  expect(sidecar).toMatchObject({ form: "packed", rows: 10, bits: 24, model: { hash: "m" }, data, from: 0 });
  expect(await readCodesIds(at("all.npy"), sidecar!)).toEqual(ids);
});

it("names what does not belong together", async () => {
  const a = await write("a.npy", [0, 4]);
  const expectFault = async (part: Promise<string>, fault: RegExp) =>
    expect(mergeCodes([a, await part], at("none.npy"))).rejects.toThrow(fault);
  await expectFault(write("d.npy", [5, 10]), /d\.npy: .*do not follow.*from row 4 on.*found from row 5/);
  await expectFault(write("d.npy", [3, 10]), /do not follow/);
  await expectFault(write("d.npy", [4, 10], { model: { hash: "x" } }), /another model/);
  await expectFault(write("d.npy", [4, 10], { bits: 23 }), /another kind or other data.*24 bits.*23 bits/);
  const data = { dataset: "made for a test", contentHash: "other", rows: 6, ids: "" };
  await expectFault(write("d.npy", [4, 10], { data }), /not the ids of the codes/);
  await expectFault(write("d.npy", [0, 4], { from: 4 }), /item 0, which is in .*a\.npy too/);
  rmSync(at("d.ids.txt"));
  await expectFault(Promise.resolve(at("d.npy")), /nothing beside these codes says/);
});
