import type { Evaluation, ScoreEvaluation } from "../metrics/evaluation.js";

/** Figures of a ranking by Hamming distance, or by cosine, which has no radii; then `bits` are the values of an embedding. */
export type RankedEvaluation = (Evaluation & { readonly by?: undefined }) | CosineEvaluation;

type CosineEvaluation = ScoreEvaluation & { readonly by: "cosine"; readonly bits: number };
