import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packCodes, packedCodes, takeCodes, unpackCodes } from "../../src/codes/packed-codes.js";
import { InputError } from "../../src/core/errors.js";
import { codeMatrix } from "./code-matrix.js";

describe("packCodes", () => {
  it("lays bits out as numpy.packbits does", () => {
    // numpy.packbits([[1,0,0,0,0,0,0,1, 1,0,1], [0,1,1,1,1,1,1,1, 0,0,0]], axis=1) is [[129, 160], [127, 0]].
    const rows = [1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0];
    const packed = packCodes({ data: Int8Array.from(rows), shape: [2, 11] });
    expect(packed).toEqual({ data: Uint8Array.of(129, 160, 127, 0), count: 2, bits: 11, bytesPerCode: 2 });
  });

  it("comes back from bytes for 1..200 bits, from -1/+1 and 0/1, whole numbers and floats", () => {
    fc.assert(
      fc.property(codeMatrix({ bits: [1, 200], rows: [0, 6] }), codes => {
        const packed = packCodes(codes);
        expect(packed.data).toHaveLength(codes.shape[0] * Math.ceil(codes.shape[1] / 8));
        expect(unpackCodes(packed)).toEqual(codes);
        const floats = { data: Float32Array.from(codes.data), shape: codes.shape };
        const bits = { data: codes.data.map(value => (value > 0 ? 1 : 0)), shape: codes.shape };
        expect(packCodes(floats)).toEqual(packed);
        expect(packCodes(bits)).toEqual(packed);
        // Padding bits are zero: the bytes are accepted as packed.
        expect(packedCodes(packed.data, packed.bits)).toEqual(packed);
      }),
    );
  });

  it("leaves its input alone", () => {
    const data = Int8Array.of(1, -1, 1);
    packCodes({ data, shape: [1, 3] });
    expect([...data]).toEqual([1, -1, 1]);
  });

  it.each([
    ["a relaxed value", [1, -1, 1, 0.5], [2, 2], /binarized.*found 0\.5 in row 1, bit 1/],
    ["NaN", [1, Number.NaN], [1, 2], /found NaN in row 0, bit 1/],
    ["both -1 and 0", [1, -1, 0, 1], [2, 2], /sign\(0\) is 0.*found both −1 \(row 0\) and 0 \(row 1\)/],
    ["one axis", [1, -1], [2], /expected two axes, \(n, bits\); found shape \(2\)/],
    ["three axes", [1, -1], [1, 1, 2], /found shape \(1, 1, 2\)/],
    ["no bits", [], [3, 0], /expected 1\.\.1024 bits; found 0/],
  ])("refuses %s", (_, values, shape, message) => {
    const pack = () => packCodes({ data: Float32Array.from(values), shape }, { file: "q.npy" });
    expect(pack).toThrow(InputError);
    expect(pack).toThrow(message);
    expect(pack).toThrow(/^q\.npy: /);
  });
});

describe("packedCodes", () => {
  it("refuses bits past the end of a code, naming the row", () => {
    expect(() => packedCodes(Uint8Array.of(0xff, 0xe0, 0xff, 0xf0), 11)).toThrow(/last 5 bits.*found.*240 in row 1/);
  });

  it("refuses bytes that make no whole codes, and bits out of range", () => {
    expect(() => packedCodes(new Uint8Array(5), 11)).toThrow(/a multiple of 2 bytes for codes of 11 bits; found 5/);
    for (const bits of [0, -1, 1.5, 1025, Number.NaN])
      expect(() => packedCodes(new Uint8Array(4), bits)).toThrow(InputError);
  });
});

describe("takeCodes", () => {
  it("copies rows in the order asked for", () => {
    const codes = packedCodes(Uint8Array.of(1, 2, 3, 4, 5, 6), 16);
    expect(takeCodes(codes, [2, 0, 2]).data).toEqual(Uint8Array.of(5, 6, 1, 2, 5, 6));
    expect(takeCodes(codes, [])).toEqual({ data: new Uint8Array(0), count: 0, bits: 16, bytesPerCode: 2 });
  });
});
