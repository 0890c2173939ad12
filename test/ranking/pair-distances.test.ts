import fc from "fast-check";
import { expect, it } from "vitest";
import { packCodes } from "../../src/codes/packed-codes.js";
import { pairDistances } from "../../src/ranking/pair-distances.js";

const set = (bits: number) =>
  fc.array(fc.tuple(fc.array(fc.constantFrom(-1, 1), { minLength: bits, maxLength: bits }), fc.nat({ max: 2 })), {
    minLength: 1,
    maxLength: 12,
  });

it("counts every query-database pair once, at its distance", () => {
  const cases = fc.integer({ min: 1, max: 40 }).chain(bits => fc.tuple(set(bits), set(bits), fc.constant(bits)));
  fc.assert(
    fc.property(cases, ([queries, database, bits]) => {
      const pack = (items: [number[], number][]) =>
        packCodes({ data: Int8Array.from(items.flatMap(([code]) => code)), shape: [items.length, bits] });
      const side = (items: [number[], number][]) => ({
        codes: pack(items),
        labels: Int32Array.from(items, ([, label]) => label),
      });
      const found = pairDistances({ queries: side(queries), database: side(database) });
      const same = new Float64Array(bits + 1);
      const different = new Float64Array(bits + 1);
      for (const [a, la] of queries) {
        for (const [b, lb] of database) {
          const distance = a.filter((value, i) => value !== b[i]).length;
          (la === lb ? same : different)[distance]++;
        }
      }
      expect(found).toEqual({ same, different });
    }),
    { numRuns: 50 },
  );
});
