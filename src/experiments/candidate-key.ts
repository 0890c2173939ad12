import { createHash } from "node:crypto";
import type { Candidate } from "../challenge/candidate.js";
import type { TypedArray } from "../core/arrays.js";
import type { Dataset } from "../datasets/dataset.js";
import { METHODS, methodOf } from "../methods/known-methods.js";
import { fitConfig } from "../training/fit-method.js";
import { plainConfig, resolveConfig } from "../training/train-config.js";
import { planGraph, planTraining } from "../training/training-plan.js";
import type { CandidateLearning, LearnableData } from "./learned-candidate.js";
import type { FoldPlace } from "./open-folds.js";

/** What a candidate learns as a plain value, everything filled in: two that learn the same have the same. */
export function plainLearning({ whiten, training, codes = "sign", codeBits }: CandidateLearning): unknown {
  if (training === undefined) return { whiten };
  const method = methodOf(training.method);
  const source = METHODS.includes(method) ? undefined : Object.values(method).map(String).join("\n");
  const config = method.kind === "fitted" ? fitConfig({ ...training, method }) : plainConfig(resolveConfig(training));
  return { whiten, codes, codeBits, config, source };
}

/** The graph of a training's step, which a change of a loss changes; nothing of what is not trained. */
export function learnedGraph({ whiten, training }: CandidateLearning, data: LearnableData): string {
  if (training === undefined || methodOf(training.method).kind === "fitted") return "";
  const [n, dim] = data.features.shape;
  // The graph is of shapes alone: whitened features need not be there yet.
  const features =
    whiten === undefined ? data.features : { data: new Float32Array(0), shape: [n, Math.min(dim, whiten)] };
  return planGraph(planTraining({ ...data, features }, resolveConfig(training)));
}

/** What labelled images are, for keys: products, and what each would be in a test. */
export function labelledHash({ labels, searchedAs }: Pick<Dataset<Int32Array>, "labels" | "searchedAs">): string {
  return hashOf(labels, JSON.stringify(searchedAs ?? null));
}

/** SHA-256 (hex) of an array's bytes, and of a text. */
export function hashOf({ buffer, byteOffset, byteLength }: TypedArray, text: string = ""): string {
  return createHash("sha256")
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .update(text)
    .digest("hex");
}

/** All that decides how a candidate does on a fold. */
export interface FoldKeyParts {
  readonly candidate: Candidate;
  readonly place: FoldPlace;
  /** Of the training. */
  readonly seed: number | undefined;
  readonly graph: string;
  /** Hashes of the features and of the labels. */
  readonly features: string;
  readonly labelled: string;
  readonly engine: string;
  readonly format: number;
}

/** What the result of a candidate on a fold is kept under: 24 hexadecimal digits. */
export function foldKey({ candidate, ...parts }: FoldKeyParts): string {
  const text = JSON.stringify({ ...parts, learning: plainLearning(candidate), ranking: candidate.ranking });
  return createHash("sha256").update(text).digest("hex").slice(0, 24);
}
