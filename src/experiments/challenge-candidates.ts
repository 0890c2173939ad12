import type { RankingCandidate } from "../challenge/compare-rankings.js";
import type { RankingMethod } from "../challenge/gallery-ranker.js";
import { binarize } from "../codes/binarize.js";
import { packCodes } from "../codes/packed-codes.js";
import type { Engine } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { takeRows } from "../core/arrays.js";
import { encodeFeatures } from "../hashing/encode.js";
import type { HashModel } from "../hashing/hash-model.js";
import type { Side, Sides } from "../ranking/side.js";

/**
 * Features, relaxed codes and hash codes of a fold or a test part under a model.
 * @param features (n, dim) of the whole dataset
 * @param rows of it that are queries and gallery
 * @param options.engine Default: the best that is there
 * @param options.codes what gives the hash codes where it is not the model: of an embedding, `itqHead` of it. Short lists
 *   are by them, and "hamming"; "asymmetric" needs relaxed codes of the same model. Default: signs of the relaxed codes
 * @throws {InputError} when features and model differ in length
 */
export async function encodedSides(
  features: NdArray<Float32Array>,
  rows: { readonly query: Int32Array; readonly gallery: Int32Array },
  model: HashModel,
  options: { readonly engine?: Engine; readonly codes?: HashModel } = {},
): Promise<Sides> {
  const { codes: coding, engine } = options;
  const of = async (chosen: Int32Array): Promise<Side> => {
    const some = takeRows(features, chosen);
    const relaxedCodes = await encodeFeatures(some, model, { engine });
    const signed = coding === undefined ? relaxedCodes : await encodeFeatures(some, coding, { engine });
    return { features: some, relaxedCodes, codes: packCodes(binarize(signed)) };
  };
  return { queries: await of(rows.query), database: await of(rows.gallery) };
}

/** Features alone, for rankings that need no codes. */
export function featureSides(
  features: NdArray<Float32Array>,
  rows: { readonly query: Int32Array; readonly gallery: Int32Array },
): Sides {
  return {
    queries: { features: takeRows(features, rows.query) },
    database: { features: takeRows(features, rows.gallery) },
  };
}

/**
 * Named ways to rank with the same vectors, for `compareRankings`.
 * @param methods by the name each is to have in tables
 */
export function rankingCandidates(sides: Sides, methods: Readonly<Record<string, RankingMethod>>): RankingCandidate[] {
  return Object.entries(methods).map(([name, method]) => ({ name, sides, method }));
}

/**
 * The rankings of codes of one method, without re-ranking: Hamming, asymmetric, Euclidean and
 * cosine of relaxed codes.
 * @param name in tables, in front of each
 */
export function codeMethods(name: string): Record<string, RankingMethod> {
  return {
    [`${name}: Hamming`]: { ranking: "hamming" },
    [`${name}: asymmetric`]: { ranking: "asymmetric" },
    [`${name}: Euclidean, relaxed`]: { ranking: "euclidean" },
    [`${name}: cosine, relaxed`]: { ranking: "cosine" },
  };
}

/**
 * Short lists by Hamming distance ordered by something finer: query expansion, k-reciprocal re-ranking.
 * @param name in tables, in front of each
 */
export function rerankedMethods(
  name: string,
  options: {
    /** Images on the short list, at least 10. */
    shortlist: number;
  },
): Record<string, RankingMethod> {
  const { shortlist } = options;
  const expansion = { neighbours: 3 };
  const reciprocal = {}; // k1 = 20, k2 = 6, λ = 0.3
  return {
    [`${name}: best ${shortlist} by cosine, relaxed`]: { ranking: "cosine", shortlist },
    [`${name}: best ${shortlist} by cosine of features`]: { ranking: "features", shortlist },
    [`${name}: best ${shortlist} by asymmetric + k-reciprocal`]: { ranking: "asymmetric", shortlist, reciprocal },
    [`${name}: Hamming + query expansion`]: { ranking: "hamming", expansion },
    [`${name}: Hamming + k-reciprocal`]: { ranking: "hamming", reciprocal },
    [`${name}: asymmetric + query expansion`]: { ranking: "asymmetric", expansion },
    [`${name}: asymmetric + k-reciprocal`]: { ranking: "asymmetric", reciprocal },
    [`${name}: cosine, relaxed + k-reciprocal`]: { ranking: "cosine", reciprocal },
  };
}

/**
 * Exhaustive search on features, plain and with both re-rankers (query expansion, k-reciprocal).
 * @param name in tables, in front of each
 */
export function featureMethods(name: string): Record<string, RankingMethod> {
  return {
    [`${name}: cosine`]: { ranking: "features" },
    [`${name}: cosine + query expansion`]: { ranking: "features", expansion: { neighbours: 3 } },
    [`${name}: cosine + k-reciprocal`]: { ranking: "features", reciprocal: {} },
  };
}
