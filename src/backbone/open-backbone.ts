import { createHash } from "node:crypto";
import type { Tensor2D } from "@tensorflow/tfjs";
import { sizeOf } from "../core/arrays.js";
import { InputError, UnavailableError, UsageError } from "../core/errors.js";
import { decodeSafetensors, readWeightsFile } from "../core/safetensors.js";
import type { PreprocessingSettings } from "../images/preprocessing-settings.js";
import { checkedSettings, withSettings } from "../images/preprocessing-settings.js";
import type { Architecture } from "./architecture.js";
import { checkWeights } from "./architecture.js";
import type { Backbone } from "./backbone.js";
import { foldBatchNorms } from "./fold.js";
import { statedChecksum } from "./hub-cache.js";
import type { KnownBackbone } from "./known-backbones.js";
import { knownBackbone } from "./known-backbones.js";
import { pooledMap } from "./pooled-map.js";
import type { Pooling } from "./pooling.js";
import { checkedPooling, poolingText } from "./pooling.js";
import { findWeights } from "./weights-source.js";

/** Whose weights are opened. */
export interface OpenBackboneOptions {
  /** A safetensors file of weights of the same architecture to use instead. Default: the known file, by checksum. */
  readonly file?: string;
  /** Where features are taken: "pool", or an earlier layer that the network names (ResNets: "layer3", "layer4"). */
  readonly layer?: string;
  /** Of an ONNX file: the tensor that is the feature. Default: its only output. */
  readonly output?: string;
  /** How the last map becomes the feature. Default "average"; of an ONNX file: its output flattened, whatever it is. */
  readonly pool?: Pooling;
  /**
   * How its images are made, where that is to be otherwise than known: mean, std, size, scales, cropShare,
   * interpolation, cropMode; `truncated: "accept"` takes images that are cut short. Default: as the network wants them.
   */
  readonly preprocessing?: PreprocessingSettings;
}

/**
 * Loads a backbone: reads its weights, checks them against checksum and architecture, folds the batch norms. A name
 * that ends in `.onnx` is the path of any network in that format.
 * @param name efficientnet-lite0, resnet50, resnet50-ibn-a, densenet169 …, or the path of an `.onnx` file
 * @param options other weights, layer or output, pooling, and how its images are made
 * @throws {UsageError} when the name or the layer is unknown
 * @throws {UnavailableError} when the known weights file is not on this machine
 * @throws {InputError} when the file is damaged or holds the weights of another network
 */
export async function openBackbone(
  name: string,
  { file, layer = "pool", output, pool: askedPool, preprocessing: asked = {} }: OpenBackboneOptions = {},
): Promise<Backbone> {
  const settings = checkedSettings(asked, { of: "preprocessing" });
  const pool = askedPool === undefined ? undefined : checkedPooling(askedPool);
  if (name.endsWith(".onnx")) {
    const { openOnnxBackbone } = await import("./onnx-backbone.js");
    return openOnnxBackbone(name, { output, pool, preprocessing: settings });
  }
  if (output !== undefined) throw new UsageError("only ONNX files have named outputs", { expected: "--layer" });
  const known = knownBackbone(name);
  const dim = layerSize(known.architecture, layer);
  const { path, sha256 } = file === undefined ? await placeOf(known) : { path: file };
  const bytes = await readWeightsFile(path);
  const weightsHash = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== undefined && weightsHash !== sha256) {
    throw new InputError(`these are not the known weights of ${name}`, {
      file: path,
      expected: `sha-256 ${sha256}`,
      actual: weightsHash,
    });
  }
  const { architecture } = known;
  const { tensors, metadata } = decodeSafetensors(bytes, path);
  checkWeights(architecture, tensors, path);
  const weights = foldBatchNorms(architecture, tensors);
  if (pool !== undefined && layer !== "pool") {
    throw new UsageError("features before the pooled layer are not pooled", {
      expected: "no pooling, or the layer pool",
      actual: `${poolingText(pool)} at ${layer}`,
    });
  }
  if ((settings.size ?? settings.scales) !== undefined && layer !== "pool") {
    throw new UsageError("features before the pooled layer depend on the size of the images", {
      expected: `the size that ${name} was made for, ${architecture.preprocessing.crop}, or the layer pool`,
      actual: `${settings.size === undefined ? `scales ${settings.scales}` : `size ${settings.size}`} at ${layer}`,
    });
  }
  const preprocessing = withSettings(architecture.preprocessing, settings);
  const functions = layer === "pool" ? pooledEnd(architecture, pool) : flattenedLayer(architecture, layer);
  const noted = {
    ...(layer === "pool" ? {} : { layer }),
    ...(metadata.seen === undefined ? {} : { seen: metadata.seen }),
  };
  return { name, dim, preprocessing, weights, weightsHash, ...functions, ...noted };
}

/**
 * A backbone that pools its last map otherwise.
 * @throws {InputError} when it has none, or there is no such pooling
 */
export function withPooling({ pool: _, ...backbone }: Backbone, asked: Pooling): Backbone {
  const { map, name } = backbone;
  if (map !== undefined) return { ...backbone, ...pooledEnd({ map }, checkedPooling(asked)) };
  throw new InputError(`${name} is not pooled here`, {
    expected: "a network that is traced here, at its pooled layer",
    actual: poolingText(asked),
  });
}

/** Features at the pooled end. The average is not said: it is what was pooled by before there was a choice. */
function pooledEnd(
  { map }: Required<Pick<Backbone, "map">>,
  pool: Pooling = "average",
): Pick<Backbone, "map" | "forward" | "pool"> {
  const forward: Backbone["forward"] = (images, weights) => pooledMap(map(images, weights), pool);
  return { map, forward, ...(pool === "average" ? {} : { pool }) };
}

/** Features at an earlier layer: all values of its map, (batch, height·width·channels). */
function flattenedLayer({ map }: Architecture, layer: string): Pick<Backbone, "forward"> {
  return {
    forward(images, weights) {
      const values = map(images, weights, layer);
      return values.reshape<Tensor2D>([values.shape[0], -1]);
    },
  };
}

/** The file with the weights, and the checksum that it must have, where there is one. */
async function placeOf(known: KnownBackbone): Promise<{ readonly path: string; readonly sha256?: string }> {
  const path = await findWeights(known);
  if (path === known.file()) return { path, sha256: known.sha256 };
  if (path !== undefined) return { path, sha256: known.hub?.sha256 ?? (await statedChecksum(path)) };
  const { architecture, hub, origin, conversion } = known;
  const made = conversion === undefined ? "" : `, which this makes: ${conversion}`;
  const remedy =
    hub === undefined
      ? `the file that \`hashbook weights ${architecture.name} --import FILE\` takes (${origin})${made}`
      : `the file that \`hashbook weights ${architecture.name} --download\` fetches (${origin})`;
  throw new UnavailableError(`the weights of ${architecture.name} are not here`, {
    file: known.file(),
    expected: remedy,
  });
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
