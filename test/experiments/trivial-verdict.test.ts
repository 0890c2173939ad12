import { describe, expect, it } from "vitest";
import type { SearchResult } from "../../src/experiments/result.js";
import { trivialVerdict, trivialVerdicts } from "../../src/experiments/trivial-verdict.js";

const SEEN = { count: 10, learned: 10 };

/** A result of which only the mAP matters. */
function result(method: string, mAP: number, more: Partial<SearchResult> = {}): SearchResult {
  const evaluation = { mAP: { all: { tieAware: mAP, stable: mAP } } } as never;
  const rest = { byRank: [], bytesPerItem: 6, trainSeconds: 0, evaluateSeconds: 0 };
  return { method, title: method.toUpperCase(), bits: 48, evaluation, queryClasses: SEEN, ...rest, ...more };
}
const trivial = result("predicted-class", 0.8, { bits: 4, seed: 0 });
const seeds = (method: string, values: readonly number[]): SearchResult[] =>
  values.map((mAP, seed) => result(method, mAP, { seed }));

describe("trivialVerdicts", () => {
  it("follow from means and deviations over seeds: three of t = 4.303", () => {
    // error of (0.83, 0.84, 0.85) is 0.01/√3 = 0.00577: 4.303 of it are 0.0248 < 0.04
    // of (0.80, 0.82, 0.84) 0.0115: 0.0497 > 0.02; of (0.70, 0.71, 0.72): −0.09
    const results = [
      ...seeds("good", [0.83, 0.84, 0.85]),
      ...seeds("level", [0.8, 0.82, 0.84]),
      ...seeds("bad", [0.7, 0.71, 0.72]),
      trivial,
    ];
    const verdicts = trivialVerdicts(results);
    expect(verdicts.map(({ method, beats }) => [method, beats])).toEqual([
      ["good", "yes"],
      ["level", "untold"],
      ["bad", "no"],
    ]);
    expect(verdicts.map(({ difference }) => Number(difference.toFixed(9)))).toEqual([0.04, 0.02, -0.09]);
    expect(verdicts[0].sentence).toBe(
      "GOOD at 48 bits beats the predicted class (mAP 0.840 ± 0.010 against 0.800; 3 seeds).",
    );
    expect(verdicts[1].sentence).toMatch(/^\*\*LEVEL at 48 bits does not beat .*no difference can be told/);
    expect(verdicts[2].sentence).toMatch(
      /^\*\*BAD at 48 bits does not beat the predicted class, the trivial solution\*\* \(/,
    );
    expect(trivialVerdict(results)).toBe(verdicts.map(({ sentence }) => sentence).join("\n\n"));
  });

  it("of one training say so, and claim no difference; what equals the bar does not beat it", () => {
    const [better, same] = trivialVerdicts([result("better", 0.81), result("same", 0.8), trivial]);
    expect([better.beats, same.beats]).toEqual(["untold", "untold"]);
    expect(better.sentence).toMatch(/^BETTER at 48 bits is above .*, which one training cannot tell from chance \(mAP/);
    expect(same.sentence).toMatch(/does not beat .*: no difference can be told \(.*one training, without a deviation/);
    const [equal] = trivialVerdicts([...seeds("equal", [0.8, 0.8]), trivial]);
    expect(equal.beats).toBe("untold");
  });

  it("are said once of lengths that stand alike", () => {
    const at = (bits: number, mAP: number): SearchResult => result("dch", mAP, { bits });
    expect(trivialVerdict([at(16, 0.81), at(32, 0.82), at(48, 0.7), at(64, 0.83), trivial])).toBe(
      [
        "DCH at 16, 32 and 64 bits is above the predicted class, which one training cannot tell from chance (mAP 0.810, 0.820 and 0.830 against 0.800).",
        "**DCH at 48 bits does not beat the predicted class, the trivial solution**: no difference can be told (mAP 0.700 against 0.800; one training, without a deviation).",
      ].join("\n\n"),
    );
  });

  it("are of what learned classes of the queries alone", () => {
    const unlearned = result("lsh", 0.3, { queryClasses: undefined });
    const fresh = result("hashnet", 0.5, { queryClasses: { count: 3, learned: 0 } });
    expect(trivialVerdicts([unlearned, fresh, trivial])).toEqual([]);
    expect(trivialVerdict([unlearned, fresh, trivial])).toMatch(/No method here was trained on classes of the queries/);
    expect(trivialVerdict([result("dch", 0.9)])).toMatch(/not among these results/);
  });
});
