import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { hashValues } from "../../src/core/hash-values.js";
import { Random } from "../../src/core/random.js";

it("hashes an array piece by piece as all its bytes at once, and of a view nothing beside it", () => {
  const all = new Random(1).normals(100);
  for (const values of [all, all.subarray(3, 40), all.subarray(5, 5), Int32Array.of(1, 2, 3)]) {
    const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    const whole = createHash("sha256").update("before").update(bytes).digest("hex");
    for (const piece of [undefined, 1, 7, 64, 400]) {
      expect(hashValues(createHash("sha256").update("before"), values, piece).digest("hex")).toBe(whole);
    }
  }
});
