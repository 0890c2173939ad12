import { describe, expect, it } from "vitest";
import { crc32c, maskedCrc32c } from "../../src/records/crc32c.js";

describe("crc32c", () => {
  // RFC 3720, appendix B.4, and the check value of the catalogue of CRC algorithms.
  it.each<[string, Uint8Array, number]>([
    ["32 bytes of 0", new Uint8Array(32), 0x8a9136aa],
    ["32 bytes of 255", new Uint8Array(32).fill(255), 0x62a8ab43],
    ["0 to 31", Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ["31 to 0", Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    ["the digits 1 to 9", Buffer.from("123456789"), 0xe3069283],
  ])("of %s", (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });

  it("masked is rotated by 15 bits and added to", () => {
    const bytes = Buffer.from("123456789");
    const rotated = BigInt.asUintN(32, (0xe3069283n >> 15n) | (0xe3069283n << 17n));
    expect(BigInt(maskedCrc32c(bytes))).toBe(BigInt.asUintN(32, rotated + 0xa282ead8n));
  });
});
