import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeSafetensors, encodeSafetensors, readSafetensors, writeSafetensors } from "../../src/core/safetensors.js";

/** A file by hand: any header, any data. */
function assembled(header: unknown, data: Uint8Array): Buffer {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

function ofHalves(dtype: string, halves: Uint16Array): Float32Array {
  const header = { x: { dtype, shape: [halves.length], data_offsets: [0, halves.byteLength] } };
  return decodeSafetensors(assembled(header, new Uint8Array(halves.buffer)), "x").tensors.x.data;
}

const EVERY_HALF = Uint16Array.from({ length: 65536 }, (_, i) => i);

describe("decodeSafetensors", () => {
  it("reads what the Python library wrote: half, bfloat16, float, integers, odd offsets, metadata", async () => {
    const file = fileURLToPath(new URL("../goldens/backbone-safetensors.safetensors", import.meta.url));
    const { tensors, skipped, metadata } = await readSafetensors(file);
    expect(metadata).toEqual({ author: "José" });
    expect([...skipped].sort()).toEqual(["counter", "steps"]);
    expect(Object.keys(tensors).sort()).toEqual(["bfloats", "empty", "floats", "halves", "scalar"]);
    expect(tensors.scalar).toEqual({ data: Float32Array.of(-2.5), shape: [] });
    expect(tensors.empty).toEqual({ data: new Float32Array(0), shape: [0, 3] });
    expect(tensors.floats).toEqual({ data: Float32Array.of(1, -0, 3.25, 1e-45, 3e38, 1 / 3), shape: [2, 3] });
    // 65504 is the largest half, 2^-24 the smallest subnormal, 1023·2^-24 the largest one
    const halves = [0.5, -65504, 2 ** -24, -1023 * 2 ** -24, 2 ** -14, Number.POSITIVE_INFINITY, 0.333251953125];
    expect(tensors.halves).toEqual({ data: Float32Array.from(halves), shape: [7] });
    expect(tensors.bfloats).toEqual({ data: Float32Array.of(1, -0.333984375, 3.3895313892515355e38), shape: [3] });
  });

  it("widens every half to the only number whose order, sign and spacing fit", () => {
    const values = ofHalves("F16", EVERY_HALF);
    expect(Object.is(values[0x8000], -0)).toBe(true);
    for (let bits = 0; bits < 0x7c00; bits++) {
      expect(values[bits + 0x8000]).toBe(-values[bits]);
      // neighbours are 2^(exponent − 25) apart, subnormals as the first normal numbers
      const gap = 2 ** (Math.max(bits >> 10, 1) - 25);
      if (bits < 0x7bff) expect(values[bits + 1] - values[bits]).toBe(gap);
    }
    expect([values[0x3c00], values[0x7c00], values[0xfc00]]).toEqual([1, Infinity, -Infinity]);
    expect(values.subarray(0x7c01, 0x8000).every(Number.isNaN)).toBe(true);
  });

  it("widens every bfloat16 to the float32 that begins with its bits", () => {
    const bits = new Uint32Array(ofHalves("BF16", EVERY_HALF).buffer);
    for (let i = 0; i < 65536; i++) expect(bits[i] & 0xffff7fff).toBe(((i << 16) >>> 0) & 0xffff7fff);
  });

  const float = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
  const eight = new Uint8Array(8);
  const damaged: [string, Uint8Array, RegExp][] = [
    ["an empty file", new Uint8Array(0), /not a safetensors file.*0 bytes/],
    ["another format", Buffer.from("\x93NUMPY\x01\x00v\x00{'descr'"), /not a safetensors file/],
    ["a header longer than the file", assembled({ x: float }, eight).subarray(0, 20), /cut short; expected a header/],
    ["a header that is no JSON", assembled("{oops}", eight), /header is damaged/],
    ["data cut short", assembled({ x: float }, eight.subarray(1)), /cut short; expected 8 bytes.*found 7/],
    ["bytes at the end", assembled({ x: float }, new Uint8Array(9)), /bytes follow the last tensor/],
    ["no shape", assembled({ x: { ...float, shape: undefined } }, eight), /entry of tensor "x" is damaged/],
    ["a null entry", assembled({ x: null }, eight), /entry of tensor "x" is damaged/],
    ["a negative side", assembled({ x: { ...float, shape: [-2] } }, eight), /entry of tensor "x" is damaged/],
    ["an unknown type", assembled({ x: { ...float, dtype: "F8_E4M3" } }, eight), /"x" not supported.*F8_E4M3/],
    ["a shape of other size", assembled({ x: { ...float, shape: [3] } }, eight), /"x" does not fill.*12 bytes/],
    ["an overlap", assembled({ x: float, y: float }, eight), /"y" leaves a gap or overlaps.*byte 8/],
    ["a gap", assembled({ x: { ...float, data_offsets: [4, 12] } }, new Uint8Array(12)), /"x" leaves a gap/],
  ];
  it.each(damaged)("refuses %s, naming the file", (_name, bytes, message) => {
    expect(() => decodeSafetensors(bytes, "some.safetensors")).toThrow(message);
    expect(() => decodeSafetensors(bytes, "some.safetensors")).toThrow(/^some\.safetensors: /);
  });
});

describe("encodeSafetensors", () => {
  it("round-trips names, shapes and bits, metadata included", () => {
    const tensor = fc.array(fc.float(), { maxLength: 12 }).map(values => ({
      data: Float32Array.from(values),
      shape: values.length % 2 === 0 ? [2, values.length / 2] : [values.length],
    }));
    const name = fc.string({ minLength: 1, unit: "grapheme" }).filter(text => !text.startsWith("__"));
    fc.assert(
      fc.property(fc.dictionary(name, tensor), fc.dictionary(name, fc.string()), (tensors, metadata) => {
        const decoded = decodeSafetensors(encodeSafetensors(tensors, metadata), "x");
        expect({ ...decoded.metadata }).toEqual({ ...metadata });
        expect({ ...decoded.tensors }).toEqual({ ...tensors });
      }),
      { seed: 3 },
    );
  });

  it("begins the data on a multiple of 8 bytes, and does so for a view into a larger buffer", () => {
    const view = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    const bytes = encodeSafetensors({ abc: { data: view, shape: [2] } });
    expect(Number(bytes.readBigUInt64LE(0)) % 8).toBe(0);
    expect([...decodeSafetensors(bytes, "x").tensors.abc.data]).toEqual([1, 2]);
  });

  it("refuses values that do not fill their shape", () => {
    expect(() => encodeSafetensors({ x: { data: new Float32Array(3), shape: [2] } })).toThrow(/"x" cannot be written/);
  });
});

describe("writeSafetensors", () => {
  it("writes a file that reads back; a missing file is named", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hashbook-"));
    const file = join(folder, "new", "x.safetensors");
    await expect(readSafetensors(file)).rejects.toMatchObject({ kind: "input", file });
    await writeSafetensors(file, { x: { data: Float32Array.of(1, 2), shape: [2, 1] } });
    expect((await readSafetensors(file)).tensors.x).toEqual({ data: Float32Array.of(1, 2), shape: [2, 1] });
    await rm(folder, { recursive: true });
  });
});
