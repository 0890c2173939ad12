import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Labels } from "../../src/core/labels.js";
import { hasClass, labelCount, multiHotLabels } from "../../src/core/labels.js";
import type { MatchedClasses, NamedLabels } from "../../src/core/named-labels.js";
import { checkClassNames, matchClasses } from "../../src/core/named-labels.js";

/** The names an item carries, read without any of the code under test. */
function namesOf({ labels, classNames }: NamedLabels, row: number): Set<string> {
  return new Set(classNames!.filter((_, label) => hasClass(labels, row, label)));
}

function share(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return [...one].some(name => other.has(name));
}

function shareLabel(queries: Labels, query: number, database: Labels, item: number, classes: number): boolean {
  return Array.from({ length: classes }).some((_, c) => hasClass(queries, query, c) && hasClass(database, item, c));
}

/** Relevance by the matched numbers is relevance by the names. */
function expectSameRelevance(queries: NamedLabels, database: NamedLabels, matched: MatchedClasses): void {
  const classes = matched.classNames!.length;
  for (let q = 0; q < labelCount(queries.labels); q++) {
    for (let d = 0; d < labelCount(database.labels); d++) {
      const expected = share(namesOf(queries, q), namesOf(database, d));
      expect(shareLabel(matched.queries, q, matched.database, d, classes)).toBe(expected);
    }
  }
}

const POOL = Array.from({ length: 40 }, (_, i) => `class ${i}`);
const names = fc.shuffledSubarray(POOL, { minLength: 2 });

/** Single labels of some of the classes, -1 for unknown. */
const single = names.chain(classNames =>
  fc.record({
    classNames: fc.constant(classNames),
    labels: fc
      .array(fc.integer({ min: -1, max: classNames.length - 1 }), { maxLength: 12 })
      .map(list => Int32Array.from(list)),
  }),
);

const multiHot = names.chain(classNames =>
  fc.array(fc.subarray([...classNames.keys()]), { minLength: 1, maxLength: 8 }).map(sets => {
    const data = Uint8Array.from(sets.flatMap(set => classNames.map((_, c) => (set.includes(c) ? 1 : 0))));
    return { classNames, labels: multiHotLabels({ data, shape: [sets.length, classNames.length] }) };
  }),
);

describe("matchClasses", () => {
  it.each([
    ["single", single as fc.Arbitrary<NamedLabels>],
    ["multi-hot", multiHot as fc.Arbitrary<NamedLabels>],
  ])("keeps who shares a class by name, %s, whatever is missing, extra or renumbered", (_, side) => {
    fc.assert(
      fc.property(side, side, (queries, database) => {
        const [before, beforeToo] = [structuredClone(queries), structuredClone(database)];
        if (!share(new Set(queries.classNames), new Set(database.classNames))) {
          expect(() => matchClasses(queries, database)).toThrow(/no class in common/);
          return;
        }
        const matched = matchClasses(queries, database);
        expectSameRelevance(queries, database, matched);
        expect(new Set(matched.classNames)).toEqual(new Set([...queries.classNames!, ...database.classNames!]));
        expect(matched.onlyQueries).toEqual(queries.classNames!.filter(name => !database.classNames!.includes(name)));
        expect(matched.onlyDatabase).toEqual(database.classNames!.filter(name => !queries.classNames!.includes(name)));
        expect(matched.unchecked).toEqual([]);
        expect([queries, database]).toEqual([before, beforeToo]);
      }),
    );
  });

  it("takes labels without names by number, and says so", () => {
    const [queries, database] = [Int32Array.of(0, 1), Int32Array.of(1, 1, 2)];
    const matched = matchClasses({ labels: queries }, { labels: database });
    expect([matched.queries, matched.database]).toEqual([queries, database]);
    expect(matched.classNames).toBeUndefined();
    expect(matched.unchecked).toEqual([expect.stringMatching(/no class names: the same number/)]);
  });

  it("knows a name however its letters are composed", () => {
    const side = (name: string): NamedLabels => ({ labels: Int32Array.of(1), classNames: ["other", name] });
    const matched = matchClasses(side("caf\u00e9"), side("cafe\u0301"));
    expect(matched.onlyQueries).toEqual([]);
    expect(() => checkClassNames({ labels: Int32Array.of(), classNames: ["caf\u00e9", "cafe\u0301"] })).toThrow(
      /twice/,
    );
  });

  const sets = multiHotLabels({ data: Uint8Array.of(1, 0, 1, 1), shape: [2, 2] });
  it.each<[string, NamedLabels, NamedLabels, RegExp]>([
    [
      "names on one side only",
      { labels: Int32Array.of(0), classNames: ["a"] },
      { labels: Int32Array.of(0), file: "d.npy" },
      /d\.npy: these labels have no class names/,
    ],
    [
      "names on the other side only",
      { labels: Int32Array.of(0), file: "q.npy" },
      { labels: Int32Array.of(0), classNames: ["a"], file: "data" },
      /q\.npy: .*no class names.*data is/,
    ],
    [
      "single against multi-hot",
      { labels: Int32Array.of(0), file: "q" },
      { labels: sets, file: "d" },
      /d: .*do not go together; expected one integer.*found multi-hot labels of 2 classes/,
    ],
    [
      "multi-hot of unequal width without names",
      { labels: sets },
      { labels: multiHotLabels({ data: new Uint8Array(6), shape: [2, 3] }) },
      /expected multi-hot labels of 2 classes/,
    ],
    [
      "a name twice",
      { labels: Int32Array.of(0), classNames: ["a", "b", "a"], file: "q" },
      { labels: Int32Array.of(0), classNames: ["a"] },
      /q: a class name comes twice.*"a" for classes 0 and 2/,
    ],
    [
      "a label without a name",
      { labels: Int32Array.of(0, 1), classNames: ["a"], file: "q" },
      { labels: Int32Array.of(0), classNames: ["a"] },
      /q: a label has no class name; expected labels below 1.*found 1 in row 1/,
    ],
    [
      "nothing in common",
      { labels: Int32Array.of(0), classNames: ["a"] },
      { labels: Int32Array.of(0), classNames: ["A"] },
      /no class in common; expected .*"A".*found "a"/,
    ],
    [
      "no names at all on a named side",
      { labels: Int32Array.of(-1), classNames: [] },
      { labels: Int32Array.of(0), classNames: ["a"] },
      /no class in common.*found none/,
    ],
  ])("refuses %s", (_, queries, database, message) => {
    expect(() => matchClasses(queries, database)).toThrow(message);
  });
});
