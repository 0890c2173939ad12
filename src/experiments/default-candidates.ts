import type { Candidate } from "../challenge/candidate.js";
import { challengeConfig } from "../challenge/challenge-config.js";
import type { TrainSettings } from "../training/train-config.js";
import { plainConfig, resolveConfig } from "../training/train-config.js";

/** Settings of {@link challengeCandidates}. */
export interface CandidateListOptions {
  /** Bits of hash codes, 1..1024. Default 64. */
  readonly bits?: number;
  /** Values of embeddings, 1..1024. Default 128. */
  readonly values?: number;
  /** Of all trainings. Default: `challengeConfig` decides. */
  readonly epochs?: number;
  /** Of all trainings. Default 0. */
  readonly seed?: number;
  /** Directions that whitening keeps. Default 256. */
  readonly whiten?: number;
}

/**
 * The ways to answer that are compared where nobody names others: cosine on features first, with which all are compared;
 * whitened features; hash codes by Hamming distance and asymmetric; an embedding as the winners learned one, and codes of
 * it; each with re-rankings that suit it. Plain
 * values: a cell filters, changes and adds to them.
 * @throws {InputError} for bits or epochs out of bounds
 */
export function challengeCandidates(options: CandidateListOptions = {}): Candidate[] {
  const { bits = 64, values = 128, whiten = 256, ...training } = options;
  const settings = (method: string, length: number = bits): TrainSettings =>
    plainConfig(resolveConfig(challengeConfig(method, length, training)));
  const hashnet = settings("hashnet");
  const dch = settings("dch");
  const embedding = settings("arcface-triplet", values);
  const expansion = { neighbours: 3, alpha: 3 };
  return [
    { name: "cosine", ranking: { ranking: "features" } },
    { name: "cosine, expanded", ranking: { ranking: "features", expansion } },
    { name: "cosine, k-reciprocal", ranking: { ranking: "features", reciprocal: {} } },
    { name: "whitened cosine", whiten, ranking: { ranking: "features" } },
    { name: `HashNet ${bits} bits, Hamming`, training: hashnet, ranking: { ranking: "hamming" } },
    { name: `HashNet ${bits} bits, asymmetric`, training: hashnet, ranking: { ranking: "asymmetric" } },
    { name: `DCH ${bits} bits, Hamming`, training: dch, ranking: { ranking: "hamming" } },
    { name: `DCH ${bits} bits, asymmetric`, training: dch, ranking: { ranking: "asymmetric" } },
    { name: `DCH ${bits} bits, asymmetric, expanded`, training: dch, ranking: { ranking: "asymmetric", expansion } },
    { name: `DCH ${bits} values, cosine`, training: dch, ranking: { ranking: "cosine" } },
    { name: `DCH ${bits} values, k-reciprocal`, training: dch, ranking: { ranking: "cosine", reciprocal: {} } },
    { name: `ArcFace + triplet ${values} values, cosine`, training: embedding, ranking: { ranking: "cosine" } },
    {
      name: `ArcFace + triplet ${values} values, expanded`,
      training: embedding,
      ranking: { ranking: "cosine", expansion },
    },
    {
      name: `ArcFace + triplet, ITQ ${Math.min(bits, values)} bits, Hamming`,
      training: embedding,
      codes: "itq",
      codeBits: Math.min(bits, values),
      ranking: { ranking: "hamming" },
    },
  ];
}
