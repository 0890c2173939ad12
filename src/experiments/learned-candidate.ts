import type { Candidate } from "../challenge/candidate.js";
import { binarize } from "../codes/binarize.js";
import { packCodes } from "../codes/packed-codes.js";
import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import type { Abortable } from "../core/abort.js";
import type { NdArray } from "../core/arrays.js";
import { takeRows } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { takeLabels } from "../core/take-labels.js";
import { encodeFeatures } from "../hashing/encode.js";
import type { FittedModel, HashModel } from "../hashing/hash-model.js";
import { modelGraph } from "../hashing/hash-model.js";
import { itq } from "../methods/itq.js";
import { methodOf } from "../methods/known-methods.js";
import type { Side } from "../ranking/side.js";
import { fitMethod } from "../training/fit-method.js";
import { trainHead } from "../training/train-head.js";
import type { TrainPlace } from "./train-apart.js";

/** What a candidate learns, without how it ranks: several candidates may share it. */
export type CandidateLearning = Pick<Candidate, "whiten" | "training" | "codes" | "codeBits">;

/** What a candidate has learned of some products. */
export interface LearnedCandidate {
  /** Of hash codes or an embedding. Absent: features are ranked. */
  readonly model?: HashModel;
  /** ITQ of what the model gives. */
  readonly rotation?: FittedModel;
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
 * @throws {InputError} as `trainHead` and `fitMethod`, and for what cannot be: ITQ of nothing
 */
export async function learnCandidate(
  { whiten, training, codes = "sign", codeBits }: CandidateLearning,
  data: LearnableData,
  { place, seed, engine, signal }: LearnOptions,
): Promise<LearnedCandidate> {
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  if (whiten !== undefined) throw new InputError("whitening is not there yet");
  if (training === undefined) return { seconds: seconds() };
  const settings = seed === undefined ? training : { ...training, seed };
  const method = methodOf(settings.method);
  const { features, labels, train } = data;
  let model: HashModel;
  if (method.kind === "fitted") {
    const fit = { labels: takeLabels(labels, train), engine };
    const { bits, options } = settings;
    model = (await fitMethod(takeRows(features, train), { method, bits, seed: settings.seed, options }, fit)).model;
  } else {
    model = (await trainHead(data, settings, { ...place, signal })).head;
  }
  if (codes === "sign") return { model, seconds: seconds() };
  const embedded = await encodeFeatures(takeRows(features, train), model, { engine });
  const fitted = await fitMethod(
    embedded,
    { method: itq, bits: codeBits ?? modelGraph(model).bits, seed: settings.seed },
    { engine },
  );
  return { model, rotation: fitted.model, seconds: seconds() };
}

/**
 * What is ranked of some images: features, and what the model makes of them. With ITQ, relaxed codes are what it gives
 * before the sign: the model's output centred and turned.
 * @param features (n, dim)
 */
export async function candidateSide(
  { model, rotation }: LearnedCandidate,
  features: NdArray<Float32Array>,
  options: { readonly engine?: Engine } = {},
): Promise<Side> {
  if (model === undefined) return { features };
  const engine = options.engine ?? (await openEngine());
  const given = await encodeFeatures(features, model, { engine });
  const relaxedCodes = rotation === undefined ? given : await encodeFeatures(given, rotation, { engine });
  return { features, relaxedCodes, codes: packCodes(binarize(relaxedCodes)) };
}
