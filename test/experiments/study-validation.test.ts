import { describe, expect, it } from "vitest";
import { Random } from "../../src/core/random.js";
import { hashingSplit, validationSplit } from "../../src/datasets/split.js";
import { unseenClassSplit } from "../../src/datasets/unseen-class-split.js";
import { studyValidation } from "../../src/experiments/study-validation.js";

const labels = Int32Array.from(new Random(1).permutation(400), at => at % 10);
const dataset = { name: "made-up", classNames: [..."abcdefghij"], labels };
const numbers = { queryPerClass: 5, trainPerClass: 20 };

describe("studyValidation", () => {
  it("is of new classes where the queries are, in 50 draws", () => {
    for (let seed = 0; seed < 50; seed++) {
      const split = unseenClassSplit(dataset, { ...numbers, seed });
      const { query, train, database } = studyValidation(dataset, split);
      const classesOf = (rows: Int32Array): number[] => [...new Set(rows.map(row => labels[row]))].sort();
      expect(classesOf(query)).toHaveLength(2); // a quarter of seven
      expect(classesOf(database)).toEqual(classesOf(query));
      const all = [...classesOf(train), ...classesOf(query), ...classesOf(split.query)].sort();
      expect(all).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]); // each class on one side
      expect([...query, ...train, ...database].sort((a, b) => a - b)).toEqual([...split.train]);
    }
  });

  it("is the usual one where the queries' classes are trained on", () => {
    const split = hashingSplit(dataset, numbers);
    expect(studyValidation(dataset, split)).toEqual(validationSplit(dataset, split));
  });

  it("refuses what leaves one class on a side", () => {
    const split = unseenClassSplit(dataset, { ...numbers, unseenClasses: 7 });
    expect(() => studyValidation(dataset, split)).toThrow(/four classes or more.*3/);
  });
});
