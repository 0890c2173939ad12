import { describe, expect, it } from "vitest";
import { challengeConfig } from "../../src/challenge/challenge-config.js";
import { takeRows } from "../../src/core/arrays.js";
import type { CandidateLearning } from "../../src/experiments/learned-candidate.js";
import { candidateSide, learnCandidate } from "../../src/experiments/learned-candidate.js";
import { applyWhitening, fitWhitening } from "../../src/features/whitening.js";
import { toyChallenge } from "./toy-challenge.js";

const { engine, dataset, features } = toyChallenge();
const { labels } = dataset;
const train = Int32Array.from(labels.keys()).filter(row => labels[row] < 8);
const others = Int32Array.from(labels.keys()).filter(row => labels[row] >= 8);
const training = { ...challengeConfig("dch", 8, { perProduct: 3, epochs: 2 }), batch: 16 };
const place = { engine };

describe("learnCandidate", () => {
  it.each<[string, CandidateLearning]>([
    ["whitening", { whiten: 6 }],
    ["a head on whitened features", { whiten: 6, training }],
    ["ITQ of a head", { training, codes: "itq" }],
    ["a fit", { training: { method: "pcah", bits: 4 } }],
  ])("learns %s of the train rows alone", async (_, candidate) => {
    const changed = { data: features.data.slice(), shape: features.shape };
    for (const row of others) changed.data.fill(7, row * 10, (row + 1) * 10);
    const rows = takeRows(features, others);
    const [one, other] = await Promise.all(
      [features, changed].map(async given => {
        const learned = await learnCandidate(candidate, { features: given, labels, train }, { place, engine });
        return candidateSide(learned, rows, { engine });
      }),
    );
    expect(one).toEqual(other);
  });

  it("whitens before all else", async () => {
    const learned = await learnCandidate({ whiten: 6 }, { features, labels, train }, { place, engine });
    const whitening = await fitWhitening(takeRows(features, train), { dim: 6, engine });
    const expected = await applyWhitening(features, whitening, { engine });
    expect((await candidateSide(learned, features, { engine })).features).toEqual(expected);
  });

  it("draws by the seed that it is given", async () => {
    const data = { features, labels, train };
    const codesBy = async (seed: number | undefined) => {
      const learned = await learnCandidate({ training }, data, { place, engine, seed });
      return (await candidateSide(learned, features, { engine })).relaxedCodes;
    };
    expect(await codesBy(undefined)).toEqual(await codesBy(0));
    expect(await codesBy(1)).not.toEqual(await codesBy(0));
  });
});
