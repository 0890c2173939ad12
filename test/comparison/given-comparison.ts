import type { ComparedEntry, RunComparison } from "../../src/comparison/run-comparison.js";

const value = (mean: number, place: number, worseThanBest?: boolean) => ({
  ...{ mean, deviation: 0.0042, interval: { low: mean - 0.01, high: mean + 0.01 }, place },
  ...(worseThanBest === undefined ? {} : { worseThanBest }),
});

const entry = (title: string, bits: number, values: ComparedEntry["values"], seeds = [0, 1, 2]): ComparedEntry => ({
  ...{ title, method: title.toLowerCase(), bits, seeds, values },
  runs: seeds.map(seed => `${title}-${bits}-s${seed}`),
});

/** A comparison with titles and words that tables could trip over. */
export const GIVEN: RunComparison = {
  data: { dataset: "toy", rows: 10, features: "a", labels: "b", searched: "c", learned: "d" },
  about: "toy & more, 50 % per class: 10 queries, database of 100",
  measures: {
    "mAP@5000": "mean average precision over the first R = 5000 places: AP divided by min(relevant items, R)",
    "P@H≤2": "relevant share of the ball of Hamming radius 2 (inclusive); Σ_i (2^r_i − 1) of <a> | b",
  },
  entries: [
    entry("DCH, γ=5", 16, { "mAP@5000": value(0.8123, 1), "P@H≤2": value(0.7, 2, true) }),
    entry("DCH, γ=5", 32, { "mAP@5000": value(0.83, 2, false), "P@H≤2": value(0.6, 2, true) }),
    entry('A_B & "C" 50%*|$#{x}~^\\', 16, { "mAP@5000": value(0.79, 2, false), "P@H≤2": value(0.9, 1) }, [0]),
    entry('A_B & "C" 50%*|$#{x}~^\\', 32, { "mAP@5000": value(0.9, 1), "P@H≤2": value(0.91, 1) }),
    entry("Embedding", 32, { "mAP@5000": value(0.5, 3, true) }),
  ],
  pairs: [
    {
      ...{ measure: "mAP@5000", bits: 16, a: "DCH, γ=5", b: 'A_B & "C" 50%*|$#{x}~^\\' },
      ...{ difference: 0.0223, interval: { low: -0.01, high: 0.05 }, pValue: 0.03, corrected: 0.06 },
    },
  ],
  baselines: [{ title: "cosine on features", values: { "mAP@5000": 0.7512 } }],
  queriesDropped: false,
  notes: ["All pairs are tested: p < 0.05 & more."],
};
