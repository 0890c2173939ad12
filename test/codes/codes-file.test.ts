import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { codesFromArray, readCodes } from "../../src/codes/codes-file.js";
import { packCodes } from "../../src/codes/packed-codes.js";
import { writeNpy } from "../../src/core/npy.js";

const codes = {
  data: Int8Array.of(1, -1, -1, 1, 1, 1, -1, 1, 1, -1, 1, 1, -1, 1, -1, -1, 1, 1, -1, 1),
  shape: [2, 10],
};
const packed = packCodes(codes);

describe("codesFromArray", () => {
  it("takes int8, float32 and packed uint8 to the same codes", () => {
    expect(codesFromArray(codes)).toEqual(packed);
    expect(codesFromArray(codes, { bits: 10 })).toEqual(packed);
    expect(codesFromArray({ data: Float32Array.from(codes.data), shape: [2, 10] })).toEqual(packed);
    expect(codesFromArray({ data: packed.data, shape: [2, 2] }, { bits: 10 })).toEqual(packed);
  });

  it("takes other element types, and bytes of 0 and 1 where the bits leave no doubt", () => {
    for (const data of [Float64Array.from(codes.data), BigInt64Array.from(codes.data, BigInt)]) {
      expect(codesFromArray({ data, shape: [2, 10] })).toEqual(packed);
    }
    const bytes = Uint8Array.from(codes.data, value => (value > 0 ? 1 : 0));
    expect(codesFromArray({ data: bytes, shape: [2, 10] }, { bits: 10 })).toEqual(packed);
  });

  it("does not guess what uint8 means", () => {
    const unpacked = { data: Uint8Array.from(codes.data, value => (value > 0 ? 1 : 0)), shape: [2, 10] };
    expect(() => codesFromArray(unpacked)).toThrow(/--bits K.*with uint8 codes.*found uint8 of shape \(2, 10\)/);
    expect(() => codesFromArray(unpacked, { bits: 20 })).toThrow(/expected \(n, 3\).*or \(n, 20\) of 0\/1/);
    expect(() => codesFromArray({ data: packed.data, shape: [4] }, { bits: 10 })).toThrow(/found shape \(4\)/);
  });
});

it("readCodes reads what writeNpy wrote", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hashbook-codes-"));
  try {
    await writeNpy(join(folder, "packed.npy"), { data: packed.data, shape: [2, 2] });
    await writeNpy(join(folder, "codes.npy"), codes);
    expect(await readCodes(join(folder, "packed.npy"), { bits: 10 })).toEqual(packed);
    expect(await readCodes(join(folder, "codes.npy"))).toEqual(packed);
    const sidecar = (text: string) => writeFile(join(folder, "packed.json"), text);
    await sidecar('{"kind": "codes", "form": "packed", "bits": 10}');
    expect(await readCodes(join(folder, "packed.npy"))).toEqual(packed);
    await sidecar('{"kind": "codes", "form": "packed", "bits": 20}');
    await expect(readCodes(join(folder, "packed.npy"))).rejects.toThrow(/expected \(n, 3\) for 20 bits/);
    await sidecar('{"form": "packed", "bits": 10}'); // another program's
    await expect(readCodes(join(folder, "packed.npy"))).rejects.toThrow(/need the number of bits/);
    await expect(readCodes(join(folder, "none.npy"))).rejects.toThrow(/none\.npy: cannot be read/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

describe("readCodes of large files", () => {
  // More than one block of 4 MiB.
  const [rows, bits] = [70_000, 64];
  const big = Int8Array.from({ length: rows * bits }, (_, at) => (((at * 2654435761) >>> 13) & 1 ? 1 : -1));

  async function reading(data: Int8Array): Promise<Awaited<ReturnType<typeof readCodes>>> {
    const folder = await mkdtemp(join(tmpdir(), "hashbook-codes-"));
    try {
      await writeNpy(join(folder, "big.npy"), { data, shape: [rows, bits] });
      return await readCodes(join(folder, "big.npy"));
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  it("gives the codes of the whole array", async () => {
    const ours = await reading(big);
    const whole = packCodes({ data: big, shape: [rows, bits] });
    expect({ ...ours, data: undefined }).toEqual({ ...whole, data: undefined });
    expect(Buffer.compare(ours.data, whole.data)).toBe(0);
  });

  it("names the row of a wrong value, and sees −1 and 0 that are far apart", async () => {
    const wrong = big.slice();
    wrong[69_000 * bits + 5] = 3;
    await expect(reading(wrong)).rejects.toThrow(/found 3 in row 69000, bit 5/);
    const mixed = new Int8Array(rows * bits).fill(1);
    mixed[3 * bits] = -1;
    mixed[69_001 * bits + 7] = 0;
    await expect(reading(mixed)).rejects.toThrow(/found both −1 \(row 3\) and 0 \(row 69001\)/);
  });
});
