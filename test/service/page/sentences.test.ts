import { describe, expect, it } from "vitest";
import { placesIn, sharedCount } from "../../../src/service/page/agreement.js";
import type { Order } from "../../../src/service/page/answers.js";
import {
  duration,
  foundSentence,
  isRight,
  listing,
  orderTitle,
  plural,
  sentence,
  size,
  tiesWords,
  totalSeconds,
  unlikeSentence,
  withinSentence,
} from "../../../src/service/page/sentences.js";
import { withoutSelf } from "../../../src/service/page/without-self.js";
import { ANSWER, result, SERVICE } from "./service-fixture.js";

const [model] = SERVICE.models;

it.each([
  [0, "0 ms"],
  [0.0000004, "< 0.1 ms"],
  [0.00312, "3.1 ms"],
  [0.003, "3 ms"],
  [0.0712, "71 ms"],
  [0.9996, "1.0 s"],
  [12.4, "12 s"],
])("%s s is %s", (seconds, words) => {
  expect(duration(seconds)).toBe(words);
});

it.each([
  [6, "6 bytes"],
  [1, "1 byte"],
  [1000, "1 kB"],
  [2_000_000, "2 MB"],
  [25_600_000, "26 MB"],
  [3.2e9, "3.2 GB"],
])("%s bytes are %s", (bytes, words) => {
  expect(size(bytes)).toBe(words);
});

it.each([
  [{ cosine: 0.283, usual: 0.67, sample: 1000, below: 0 }, true],
  [{ cosine: 0.61, usual: 0.67, sample: 1000, below: 9 }, true],
  [{ cosine: 0.68, usual: 0.67, sample: 1000, below: 12 }, false],
  [{ cosine: 0.1, usual: 0.67, sample: 60, below: 0 }, false], // of so few nobody knows what is rare
  [null, false],
])("a picture with the likeness %j is said to be of another kind: %s", (likeness, isSaid) => {
  expect(unlikeSentence({ ...ANSWER, likeness }) !== undefined).toBe(isSaid);
});

it("what is said of a picture of another kind has both cosines", () => {
  const likeness = { cosine: -0.004, usual: 0.6698, sample: 1000, below: 0 };
  expect(unlikeSentence({ ...ANSWER, likeness })).toBe(
    "This may be of another kind than the gallery's pictures: the likest of them has a cosine of features of 0.00; 99 in 100 of the gallery's own have a likest with 0.67 or more.",
  );
});

it.each([
  ["this is no image; expected a PNG file", "This is no image; expected a PNG file."],
  ["all 90 were ordered", "All 90 were ordered."],
  ["The queue is full.", "The queue is full."],
])("a message reads as a sentence: %s", (said, words) => {
  expect(sentence(said)).toBe(words);
});

it("numbers and lists read as words do", () => {
  expect([plural(1, "bit"), plural(9000, "picture")]).toEqual(["1 bit", "9,000 pictures"]);
  expect([listing([]), listing(["a"]), listing(["a", "b", "c"])]).toEqual(["", "a", "a, b and c"]);
  expect([orderTitle("hamming"), orderTitle("other" as Order)]).toEqual(["Hamming distance", "other"]);
  expect(totalSeconds(ANSWER.seconds)).toBeCloseTo(0.088);
});

describe("what was found", () => {
  const judged = { ...ANSWER, query: { ...ANSWER.query, classes: ["bag", "toy"] } };

  it("is judged where the query's classes are known: one shared class is enough", () => {
    expect(foundSentence(ANSWER, model)).toBe("3 pictures.");
    expect(foundSentence(judged, model)).toBe("3 pictures, 2 of the query's class.");
    expect(isRight(result(1), ANSWER)).toBeUndefined();
    expect([isRight(result(1), judged), isRight(result(1, []), judged)]).toEqual([true, false]);
  });

  it("is nothing where nothing lies within the radius", () => {
    const none = { ...ANSWER, radius: 2, within: 0, results: [] };
    expect(foundSentence(none, model)).toBe("No picture lies within 2 bits by HashNet. Widen the radius.");
    expect(withinSentence(none)).toBeUndefined(); // said already
    const same = { ...none, radius: 0 };
    expect(foundSentence(same, model)).toBe("No other picture has the same code by HashNet. Widen the radius.");
  });

  it("tells of the radius only where one was asked for, and no more than is known", () => {
    expect(withinSentence(ANSWER)).toBeUndefined();
    expect(withinSentence({ ...ANSWER, radius: 1, within: 1234 })).toBe("1,234 pictures within 1 bit");
    expect(withinSentence({ ...ANSWER, radius: 0, within: 5 })).toBe("5 pictures with the very same code (radius 0)");
    expect(withinSentence({ ...ANSWER, radius: 4, within: null })).toBe("At least 3 pictures within 4 bits");
  });
});

it("the query itself is neither among the results nor counted", () => {
  const results = [result(0), { ...result(1), self: true }, result(2), result(3)];
  const found = withoutSelf({ ...ANSWER, query: { row: 1, code: "0000" }, results, radius: 9, within: 5 }, 2);
  expect(found.results.map(({ row }) => row)).toEqual([0, 2]);
  expect(found.within).toBe(4);
  expect(withoutSelf({ ...ANSWER, within: 5 }, 9).within).toBe(5);
});

it("two lists share results, each at a place of its own", () => {
  const [one, other] = [
    [result(4), result(5), result(6)],
    [result(6), result(9), result(4)],
  ];
  expect(sharedCount(one, other)).toBe(2);
  expect(placesIn(other).get(4)).toBe(3);
});

describe("ties at the end of a list", () => {
  const results = [result(1), { ...result(2), distance: 1 }];
  const tied = (count: number, distance = 1) => ({ ...ANSWER, results, ties: { distance, count } });

  it("are told where not all of them are shown, with the order that goes further", () => {
    expect(tiesWords(tied(894), model)).toEqual({
      said: "894 pictures tie at 1 bit; 2 of them are shown.",
      more: 'These come first in the gallery. The order "Features (cosine), re-ranked" looks at more than codes.',
    });
    // A relaxed code is compared with codes: with one and the same it says nothing more.
    const codesAlone = { ...model, orders: ["hamming", "asymmetric"] } as const;
    expect(tiesWords(tied(894), codesAlone)?.more).toMatch(
      /"Relaxed code \(asymmetric\)" tells those apart whose codes differ\.$/,
    );
    const same = { ...tied(894, 0), results: [{ ...result(2), distance: 0 }] };
    expect(tiesWords(same, codesAlone)).toEqual({
      said: "894 pictures tie at 0 bits; 1 of them is shown.",
      more: "This one comes first in the gallery.",
    });
    expect(tiesWords(tied(1894), SERVICE.models[1])).toEqual({
      said: "1,894 pictures tie at 1 bit; 2 of them are shown.",
      more: "These come first in the gallery.",
    });
  });

  it("are not where all are shown, the last is nearer, or nobody counted", () => {
    expect([tied(2), tied(9, 5), ANSWER].map(answer => tiesWords(answer, model))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("do not count the query itself", () => {
    const own = {
      ...tied(5, 0),
      query: { row: 9, code: "0000" },
      results: [{ ...result(9), distance: 0, self: true }],
    };
    expect(withoutSelf(own, 3).ties).toEqual({ distance: 0, count: 4 });
    expect(withoutSelf({ ...own, ties: { distance: 2, count: 5 } }, 3).ties).toEqual({ distance: 2, count: 5 });
  });
});
