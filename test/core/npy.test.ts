import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TypedArray } from "../../src/core/arrays.js";
import { InputError } from "../../src/core/errors.js";
import { decodeNpy, encodeNpy, encodeNpyHeader, parseNpyHeader, readNpy, writeNpy } from "../../src/core/npy.js";

const goldens = join(dirname(fileURLToPath(import.meta.url)), "..", "goldens", "npy");
const golden = (name: string): Promise<ReturnType<typeof decodeNpy>> => readNpy(join(goldens, `${name}.npy`));

describe("files that NumPy wrote", () => {
  const counted = { shape: [2, 3] };
  it.each<[string, TypedArray]>([
    ["int8", Int8Array.of(-128, 127, 2, 3, 4, 5)],
    ["uint8", Uint8Array.of(0, 255, 2, 3, 4, 5)],
    ["int16", Int16Array.of(-32768, 32767, 2, 3, 4, 5)],
    ["uint16", Uint16Array.of(0, 65535, 2, 3, 4, 5)],
    ["int32", Int32Array.of(-2147483648, 2147483647, 2, 3, 4, 5)],
    ["uint32", Uint32Array.of(0, 4294967295, 2, 3, 4, 5)],
    ["int64", BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n, 2n, 3n, 4n, 5n)],
    ["uint64", BigUint64Array.of(0n, 2n ** 64n - 1n, 2n, 3n, 4n, 5n)],
    ["float32", Float32Array.of(-0.1, Number.POSITIVE_INFINITY, 2 ** -126, 3, 4, 5)],
    ["float64", Float64Array.of(-0.1, Number.POSITIVE_INFINITY, 2 ** -1022, 3, 4, 5)],
    ["bool", Uint8Array.of(0, 1, 0, 1, 0, 1)],
    ["fortran", Float32Array.of(0, 1, 2, 3, 4, 5)],
    ["big-endian", Float32Array.of(0, 1, 2, 3, 4, 5)],
    ["big-endian-fortran", BigInt64Array.of(0n, -1n, 2n, 3n, 4n, 5n)],
    ["float16", Float32Array.of(0.5, -65504, 2 ** -24, Number.NEGATIVE_INFINITY, Number.NaN, 5)],
  ])("%s", async (name, data) => {
    expect(await golden(name)).toEqual({ ...counted, data });
  });

  it("with one axis, none, no rows, and header version 2", async () => {
    expect(await golden("vector")).toEqual({ data: Int32Array.of(7), shape: [1] });
    expect(await golden("scalar")).toEqual({ data: Float32Array.of(2.5), shape: [] });
    expect(await golden("empty")).toEqual({ data: new Float32Array(0), shape: [0, 4] });
    const axes = Int16Array.from({ length: 24 }, (_, i) => i);
    expect(await golden("fortran-3d")).toEqual({ data: axes, shape: [2, 3, 4] });
    expect(await golden("version2")).toEqual({ data: Int16Array.of(0, 1, 2, 3, 4, 5), shape: [2, 3] });
  });

  it.each([
    ["complex", /complex\.npy: element type not supported; expected one of float16 float32 .*found <c8/],
    ["text", /found <U2/],
    ["record", /the \.npy header is damaged|not supported/],
  ])("of a kind we do not read: %s", async (name, message) => {
    await expect(golden(name)).rejects.toThrow(InputError);
    await expect(golden(name)).rejects.toThrow(message);
  });

  it("are written the same, byte by byte", async () => {
    // bool and float16 have no typed array of their own; version 2 and other orders are only read.
    const others = ["bool", "float16", "version2", "complex", "text", "record"];
    const names = readdirSync(goldens).map(file => file.replace(".npy", ""));
    for (const name of names.filter(name => !others.includes(name) && !/fortran|big-endian/.test(name))) {
      const file = readFileSync(join(goldens, `${name}.npy`));
      expect(encodeNpy(decodeNpy(file, name)).equals(file), name).toBe(true);
    }
  });
});

describe("encodeNpy and decodeNpy", () => {
  const arrays = fc.oneof<fc.Arbitrary<TypedArray>[]>(
    fc.int8Array({ maxLength: 40 }),
    fc.uint8Array({ maxLength: 40 }),
    fc.int16Array({ maxLength: 40 }),
    fc.uint16Array({ maxLength: 40 }),
    fc.int32Array({ maxLength: 40 }),
    fc.uint32Array({ maxLength: 40 }),
    fc.float32Array({ maxLength: 40 }),
    fc.float64Array({ maxLength: 40 }),
    fc.bigInt64Array({ maxLength: 40 }),
    fc.bigUint64Array({ maxLength: 40 }),
  );

  it("give back what went in, aligned to 64 bytes, wherever the bytes lie", () => {
    fc.assert(
      fc.property(arrays, fc.integer({ min: 0, max: 9 }), (data, skip) => {
        const encoded = encodeNpy({ data, shape: [data.length, 1] });
        expect(parseNpyHeader(encoded, "x").offset % 64).toBe(0);
        const moved = Buffer.from(new Uint8Array(skip + encoded.length).buffer, skip, encoded.length);
        encoded.copy(moved);
        expect(decodeNpy(moved, "x")).toEqual({ data, shape: [data.length, 1] });
      }),
    );
  });

  it("take a view of a part of a buffer", () => {
    const part = new Float32Array([1, 2, 3, 4]).subarray(1, 3);
    expect(decodeNpy(encodeNpy({ data: part, shape: [2] }), "x").data).toEqual(Float32Array.of(2, 3));
  });

  it("refuse values that do not fill the shape", () => {
    expect(() => encodeNpy({ data: new Int8Array(5), shape: [2, 3] })).toThrow(
      /expected 6 values for shape \(2, 3\); found 5/,
    );
  });
});

describe("a damaged file", () => {
  const good = encodeNpy({ data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] });
  const withHeader = (from: string, to: string): Buffer => {
    return Buffer.from(good.toString("latin1").replace(from, to.padEnd(from.length)), "latin1");
  };

  it.each<[string, Buffer, RegExp]>([
    ["is empty", Buffer.alloc(0), /x\.npy: not an \.npy file; .*found an empty file/],
    ["is something else", Buffer.from("PK\x03\x04 and so on"), /not an \.npy file; .*found other bytes/],
    ["ends in the magic", good.subarray(0, 8), /not an \.npy file/],
    ["ends in the header", good.subarray(0, 40), /header is damaged/],
    [
      "ends in the values",
      good.subarray(0, good.length - 1),
      /cut short; expected 152 bytes for shape \(2, 3\) of <f4; found 151/,
    ],
    ["names no type", withHeader("'descr'", "'desc'"), /header is damaged/],
    ["names no shape", withHeader("'shape'", "'shap'"), /header is damaged/],
    ["has a shape of words", withHeader("(2, 3)", "(a, 3)"), /header is damaged/],
    ["has a negative shape", withHeader("(2, 3)", "(-2,3)"), /header is damaged/],
    ["has a fractional shape", withHeader("(2, 3)", "(2.5,)"), /header is damaged/],
    ["claims a huge shape", withHeader("(2, 3)", "(9e9,)"), /header is damaged|cut short/],
  ])("that %s is refused", (_, bytes, message) => {
    expect(() => decodeNpy(bytes, "x.npy")).toThrow(InputError);
    expect(() => decodeNpy(bytes, "x.npy")).toThrow(message);
  });

  it("that is not there is refused", async () => {
    await expect(readNpy("nowhere/x.npy")).rejects.toThrow(
      /^nowhere\/x\.npy: cannot be read; expected an \.npy file; found no such file or directory \(ENOENT\)$/,
    );
  });

  it("bytes cut anywhere never read as an array", () => {
    for (let length = 0; length < good.length; length++) {
      expect(() => decodeNpy(good.subarray(0, length), "x.npy"), `${length} bytes`).toThrow(InputError);
    }
  });
});

it("writeNpy replaces a file whole and leaves nothing else behind", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hashbook-npy-"));
  try {
    const file = join(folder, "new", "x.npy");
    await writeNpy(file, { data: new Int8Array(100), shape: [100] });
    await writeNpy(file, { data: Int8Array.of(4), shape: [1] });
    expect(await readNpy(file)).toEqual({ data: Int8Array.of(4), shape: [1] });
    expect(readdirSync(join(folder, "new"))).toEqual(["x.npy"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

// HASHBOOK_SLOW_TESTS=1: takes 2.3 GB of memory; on disk the file is a hole.
it.skipIf(!process.env.HASHBOOK_SLOW_TESTS)("reads files of more than 2 GiB", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hashbook-npy-"));
  try {
    const file = join(folder, "large.npy");
    const [rows, columns] = [2300, 250_000];
    const header = encodeNpyHeader("<f4", [rows, columns]);
    const end = header.length + 4 * rows * columns;
    const handle = await open(file, "w");
    await handle.write(header, 0, header.length, 0);
    await handle.write(Buffer.from(Float32Array.of(7).buffer), 0, 4, end - 4);
    await handle.close();
    const { data, shape } = await readNpy(file);
    expect(shape).toEqual([rows, columns]);
    expect([data[0], data[2 ** 29], data[data.length - 1]]).toEqual([0, 0, 7]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
