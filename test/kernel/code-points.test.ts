import fc from "fast-check";
import { expect, it } from "vitest";
import { toCodePoints, toUtf16 } from "../../src/kernel/code-points.js";

it("positions in code points and in UTF-16 units name the same place of a text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat(20), (text, position) => {
      const before = [...text].slice(0, position).join("");
      expect(toUtf16(text, position)).toBe(before.length);
      expect(toCodePoints(text, before.length)).toBe([...before].length);
    }),
  );
});
