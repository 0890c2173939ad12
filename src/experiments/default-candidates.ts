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
  /** Directions that whitening keeps. Default 160. */
  readonly whiten?: number;
  /**
   * Labelled products. What cannot be learned of half of them is left out: ITQ of more bits than a whitening by so few
   * products has directions. Default: enough.
   */
  readonly products?: number;
}

/**
 * The ways to answer that are compared where nobody names others: cosine on features first, with which all are compared;
 * features whitened by their directions and by what varies within products; hash codes by Hamming distance and asymmetric;
 * an embedding as the winners learned one; codes of both; some re-ranked. Plain values: a cell filters, changes and adds
 * to them.
 * @throws {InputError} for bits or epochs out of bounds
 */
export function challengeCandidates(options: CandidateListOptions = {}): Candidate[] {
  const { bits = 64, values = 128, whiten = 160, products = Number.POSITIVE_INFINITY, ...training } = options;
  const settings = (method: string, length: number = bits): TrainSettings =>
    plainConfig(resolveConfig(challengeConfig(method, length, training)));
  const hashnet = settings("hashnet");
  const dch = settings("dch");
  const embedding = settings("arcface-triplet", values);
  const expansion = { neighbours: 3, alpha: 3 };
  const learned = { whiten, whitenBy: "products" } as const;
  const itq = { method: "itq", bits, seed: training.seed ?? 0 };
  const itqBits = Math.min(bits, values);
  const whitenedItq: Candidate[] = [
    { name: `whitened, ITQ ${bits} bits, Hamming`, ...learned, training: itq, ranking: { ranking: "hamming" } },
    { name: `whitened, ITQ ${bits} bits, asymmetric`, ...learned, training: itq, ranking: { ranking: "asymmetric" } },
  ];
  return [
    { name: "cosine", ranking: { ranking: "features" } },
    { name: "cosine, expanded", ranking: { ranking: "features", expansion } },
    { name: "cosine, k-reciprocal", ranking: { ranking: "features", reciprocal: {} } },
    { name: "whitened", whiten, ranking: { ranking: "features" } },
    { name: "learned whitening", ...learned, ranking: { ranking: "features" } },
    { name: "learned whitening, expanded", ...learned, ranking: { ranking: "features", expansion } },
    { name: "learned whitening, k-reciprocal", ...learned, ranking: { ranking: "features", reciprocal: {} } },
    { name: `HashNet ${bits} bits, Hamming`, training: hashnet, ranking: { ranking: "hamming" } },
    { name: `HashNet ${bits} bits, asymmetric`, training: hashnet, ranking: { ranking: "asymmetric" } },
    { name: `DCH ${bits} bits, Hamming`, training: dch, ranking: { ranking: "hamming" } },
    { name: `DCH ${bits} bits, asymmetric`, training: dch, ranking: { ranking: "asymmetric" } },
    { name: `whitened, DCH ${bits} bits, Hamming`, ...learned, training: dch, ranking: { ranking: "hamming" } },
    { name: `whitened, DCH ${bits} bits, asymmetric`, ...learned, training: dch, ranking: { ranking: "asymmetric" } },
    { name: `whitened, DCH ${bits} values, cosine`, ...learned, training: dch, ranking: { ranking: "cosine" } },
    ...(products / 2 > bits ? whitenedItq : []),
    { name: `ArcFace + triplet ${values} values, cosine`, training: embedding, ranking: { ranking: "cosine" } },
    {
      name: `ArcFace + triplet, ITQ ${itqBits} bits, Hamming`,
      training: embedding,
      codes: "itq",
      codeBits: itqBits,
      ranking: { ranking: "hamming" },
    },
  ];
}

/** {@link challengeCandidates} for the products that there are. @param labels product of each image; negative: unknown */
export function usualCandidates(labels: Int32Array): Candidate[] {
  return challengeCandidates({ products: new Set(labels.filter(label => label >= 0)).size });
}
