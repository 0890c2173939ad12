import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Labels } from "../../src/core/labels.js";
import { multiHotLabels } from "../../src/core/labels.js";
import { relevanceByLabels } from "../../src/ranking/relevance.js";

const between = (queries: Labels, database: Labels) =>
  relevanceByLabels({ queries: { labels: queries }, database: { labels: database } });

describe("relevanceByLabels", () => {
  it("marks equal labels", () => {
    const relevance = between(Int32Array.of(7, 0, 5), Int32Array.of(0, 7, 7, -1));
    const mask = new Uint8Array(4).fill(9);
    expect(relevance).toMatchObject({ queries: 3, database: 4 });
    expect([relevance.mark(0, mask), ...mask]).toEqual([2, 0, 1, 1, 0]);
    expect([relevance.mark(1, mask), ...mask]).toEqual([1, 1, 0, 0, 0]);
    expect([relevance.mark(2, mask), ...mask]).toEqual([0, 0, 0, 0, 0]);
  });

  it("makes nothing relevant to an unknown label, nor an unknown label to anything", () => {
    const unknown = Int32Array.of(-1, -2, 3);
    const relevance = between(unknown, unknown);
    const mask = new Uint8Array(3).fill(9);
    expect([relevance.mark(0, mask), ...mask]).toEqual([0, 0, 0, 0]);
    expect([relevance.mark(1, mask), ...mask]).toEqual([0, 0, 0, 0]);
    expect([relevance.mark(2, mask), ...mask]).toEqual([1, 0, 0, 1]);
  });

  it("marks shared classes as a naive loop does, 1..70 classes", () => {
    const sides = fc.tuple(
      fc.integer({ min: 1, max: 70 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 9 }),
    );
    const cases = sides.chain(([classes, queries, database]) => {
      const rows = (count: number) =>
        fc.array(fc.array(fc.integer({ min: 0, max: 7 }), { minLength: classes, maxLength: classes }), {
          minLength: count,
          maxLength: count,
        });
      return fc.tuple(fc.constant(classes), rows(queries), rows(database));
    });
    fc.assert(
      fc.property(cases, ([classes, queries, database]) => {
        // One in eight classes is on.
        const hot = (rows: number[][]) => rows.map(row => row.map(value => (value === 0 ? 1 : 0)));
        const labels = (rows: number[][]) =>
          multiHotLabels({ data: Int8Array.from(hot(rows).flat()), shape: [rows.length, classes] });
        const relevance = between(labels(queries), labels(database));
        for (const [q, query] of hot(queries).entries()) {
          const expected = hot(database).map(item => (item.some((on, c) => on === 1 && query[c] === 1) ? 1 : 0));
          const mask = new Uint8Array(database.length);
          expect(relevance.mark(q, mask)).toBe(expected.reduce<number>((sum, on) => sum + on, 0));
          expect([...mask]).toEqual(expected);
        }
      }),
    );
  });

  it("refuses labels that do not go together", () => {
    const three = multiHotLabels({ data: new Int8Array(6), shape: [2, 3] });
    const two = multiHotLabels({ data: new Int8Array(6), shape: [3, 2] });
    expect(() => between(three, two)).toThrow(/expected 3 classes as for the queries; found 2/);
    expect(() => between(three, new Int32Array(2))).toThrow(/different kinds/);
    expect(() => between(new Int32Array(2), three)).toThrow(/different kinds/);
  });

  it("refuses classes numbered in another order, and takes them where only one side has names", () => {
    const labels = Int32Array.of(0, 1);
    const named = (...classNames: string[]) => ({ labels, classNames });
    expect(() => relevanceByLabels({ queries: named("cat", "dog"), database: named("dog", "cat") })).toThrow(
      /class 0 of the queries is cat; found dog in the database/,
    );
    expect(() => relevanceByLabels({ queries: named("cat"), database: named("cat", "dog") })).toThrow(
      /class 1 of the queries is none; found dog/,
    );
    expect(relevanceByLabels({ queries: named("cat", "dog"), database: named("cat", "dog") }).queries).toBe(2);
    expect(relevanceByLabels({ queries: named("cat", "dog"), database: { labels } }).queries).toBe(2);
  });
});
