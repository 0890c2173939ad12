import type { Candidate } from "../challenge/candidate.js";
import { binarize } from "../codes/binarize.js";
import { packCodes } from "../codes/packed-codes.js";
import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import type { Abortable } from "../core/abort.js";
import type { NdArray } from "../core/arrays.js";
import { takeRows } from "../core/arrays.js";
import { takeLabels } from "../core/take-labels.js";
import { fitLearnedWhitening } from "../features/learned-whitening.js";
import type { FeatureWhitening } from "../features/whitening.js";
import { applyWhitening, fitWhitening } from "../features/whitening.js";
import { encodeFeatures } from "../hashing/encode.js";
import type { HashModel } from "../hashing/hash-model.js";
import { methodOf } from "../methods/known-methods.js";
import type { Side } from "../ranking/side.js";
import { fitMethod } from "../training/fit-method.js";
import { itqHead } from "../training/itq-head.js";
import { trainHead } from "../training/train-head.js";
import type { TrainPlace } from "./train-apart.js";

/** What a candidate learns, without how it ranks: several candidates may share it. */
export type CandidateLearning = Pick<Candidate, "whiten" | "whitenBy" | "training" | "codes" | "codeBits">;

/** What a candidate has learned of some products. */
export interface LearnedCandidate {
  /** Of the features, before all else. */
  readonly whitening?: FeatureWhitening;
  /** Of hash codes or an embedding. Absent: features are ranked. */
  readonly model?: HashModel;
  /** Of learning, by the clock. */
  readonly seconds: number;
}

/** Labelled features, and which rows of them may be learned from. */
export interface LearnableData {
  /** (n, dim) */
  readonly features: NdArray<Float32Array>;
  /** (n,) products */
  readonly labels: Int32Array;
  readonly train: Int32Array;
}

/** Settings of {@link learnCandidate}. */
export interface LearnOptions extends Abortable {
  readonly place: TrainPlace;
  /** Of training and fits, instead of the settings' own. Default: theirs. */
  readonly seed?: number;
  /** What fits and encodes in this process. */
  readonly engine: Engine;
}

/**
 * Learns what a candidate needs of the train rows alone.
 * @throws {InputError} as `fitWhitening`, `trainHead` and `fitMethod`
 */
export async function learnCandidate(
  { training, codes = "sign", codeBits, ...whitens }: CandidateLearning,
  data: LearnableData,
  { place, seed, engine, signal }: LearnOptions,
): Promise<LearnedCandidate> {
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  const whitening = await learnWhitening(whitens, data, engine);
  if (training === undefined) return { whitening, seconds: seconds() };
  const settings = seed === undefined ? training : { ...training, seed };
  const method = methodOf(settings.method);
  const { features, labels, train } = whitening === undefined ? data : await whitenedRows(data, whitening, { engine });
  let model: HashModel;
  if (method.kind === "fitted") {
    const fit = { labels: takeLabels(labels, train), engine };
    const { bits, options } = settings;
    model = (await fitMethod(takeRows(features, train), { method, bits, seed: settings.seed, options }, fit)).model;
  } else {
    model = (await trainHead({ features, labels, train }, settings, { ...place, signal })).head;
  }
  if (codes === "sign") return { whitening, model, seconds: seconds() };
  const turned = await itqHead(model, takeRows(features, train), { bits: codeBits, seed: settings.seed, engine });
  return { whitening, model: turned, seconds: seconds() };
}

async function learnWhitening(
  { whiten, whitenBy = "features" }: Pick<CandidateLearning, "whiten" | "whitenBy">,
  { features, labels, train }: LearnableData,
  engine: Engine,
): Promise<FeatureWhitening | undefined> {
  if (whiten === undefined) return undefined;
  const dim = keptDirections({ whiten, whitenBy }, { dim: features.shape[1], labels: takeLabels(labels, train) });
  switch (whitenBy) {
    case "features":
      return fitWhitening(features, { dim, rows: train, engine });
    case "products":
      return fitLearnedWhitening(features, labels, { dim, rows: train, engine });
  }
}

/**
 * Directions that a whitening has: as many as are asked for, but no more than features have values, and fewer than rows, or
 * than products where it is learned by them.
 * @param of length of a feature, and the products of the rows fitted to
 */
export function keptDirections(
  { whiten, whitenBy = "features" }: { readonly whiten: number; readonly whitenBy?: Candidate["whitenBy"] },
  of: { readonly dim: number; readonly labels: Int32Array },
): number {
  const count = { features: of.labels.length, products: new Set(of.labels).size }[whitenBy];
  return Math.min(whiten, of.dim, count - 1);
}

/**
 * What is ranked of some images: features, and what the model makes of them. With ITQ, which is part of the model then,
 * relaxed codes are what it gives before the sign: centred and turned.
 * @param given features, (n, dim)
 */
export async function candidateSide(
  { whitening, model }: LearnedCandidate,
  given: NdArray<Float32Array>,
  options: { readonly engine?: Engine } = {},
): Promise<Side> {
  const engine = options.engine ?? (await openEngine());
  const features = whitening === undefined ? given : await applyWhitening(given, whitening, { engine });
  if (model === undefined) return { features };
  const relaxedCodes = await encodeFeatures(features, model, { engine });
  return { features, relaxedCodes, codes: packCodes(binarize(relaxedCodes)) };
}

/** The train rows alone, whitened. */
async function whitenedRows(
  { features, labels, train }: LearnableData,
  whitening: FeatureWhitening,
  options: { readonly engine: Engine },
): Promise<LearnableData> {
  const rows = await applyWhitening(takeRows(features, train), whitening, options);
  return { features: rows, labels: takeLabels(labels, train), train: Int32Array.from(train.keys()) };
}
