import { methodOf } from "../methods/known-methods.js";
import type { Method } from "../methods/method.js";
import type { TrainConfig } from "../training/train-config.js";
import { resolveConfig } from "../training/train-config.js";

/** Options that differ from a method's defaults, found on the folds of the sample (notebook 6). */
const OPTIONS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = { dch: { gamma: 40, lambda: 0.1 } };

/**
 * Settings for thousands of products with a few images each, none of which is searched for later. Batches are
 * balanced: P products times M images, since a uniform batch would hold hardly a similar pair. The head is the hash
 * layer alone on the features: a hidden layer learns the training products better and the others worse (notebook 6).
 * The learning rate falls to 0: with few products a training that ends at full rate ends anywhere.
 * @param bits of the codes, 1..1024
 * @throws {InputError} for an unknown method, or bits out of bounds
 */
export function challengeConfig(
  method: string | Method,
  bits: number,
  options: {
    /** M, at least 2. P is 128 / M. Default 8. */
    perProduct?: number;
    /** Default 60. */
    epochs?: number;
    /** Default 0. */
    seed?: number;
  } = {},
): TrainConfig {
  const { perProduct = 8, epochs = 60, seed = 0 } = options;
  return resolveConfig({
    method,
    bits,
    batches: { kind: "balanced", perClass: perProduct },
    hidden: [],
    schedule: { kind: "cosine" },
    epochs,
    seed,
    options: OPTIONS[methodOf(method).name] ?? {},
  });
}
