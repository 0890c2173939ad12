import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Backbone } from "../backbone/backbone.js";
import { KNOWN_BACKBONES } from "../backbone/known-backbones.js";
import { describeQuantization } from "../compute/quantization.js";
import { InputError, UsageError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import type { FeatureManifest } from "../features/feature-manifest.js";
import { comparedPart, MADE_BY } from "../features/made-alike.js";

/** What the command line says of the network that a model's features came from. */
export interface BackboneFlags {
  readonly backbone?: string;
  readonly layer?: string;
  readonly output?: string;
  readonly weights?: string;
}

/**
 * The backbone whose features a model was trained on, with their layer and views: as `train` noted it in head.json, or
 * as the command line says.
 * @throws {UsageError} when neither says it
 * @throws {InputError} when it is another network than the one noted there
 */
export async function backboneOf(model: string, flags: BackboneFlags): Promise<Backbone> {
  const { openBackbone } = await import("../backbone/open-backbone.js");
  const file = join(model, "head.json");
  const noted = await notedFeatures(model);
  if (noted !== undefined) checkOneNetwork(noted, file);
  const name = flags.backbone ?? noted?.backbone;
  if (name === undefined || (name.endsWith(".onnx") && flags.backbone === undefined)) {
    throw new UsageError("the model does not say where the network is that its features came from", {
      expected: name === undefined ? "--backbone NAME" : `--backbone PATH of ${name}`,
    });
  }
  if (flags.backbone === undefined) checkNoted(name, file);
  const onnx = name.endsWith(".onnx");
  const backbone = await openBackbone(name, {
    file: flags.weights ?? (flags.backbone === undefined ? await tunedWeights(model) : undefined),
    ...(onnx
      ? { output: flags.output ?? noted?.layer, preprocessing: { size: noted?.preprocessing.crop } }
      : { layer: flags.layer ?? noted?.layer }),
    ...(noted?.pool === undefined ? {} : { pool: noted.pool }),
  });
  if (noted === undefined) {
    for (const sentence of backbone.assumptions ?? []) process.stderr.write(`assumed: ${sentence}\n`);
    return backbone;
  }
  if (backbone.weightsHash !== noted.weightsHash) {
    throw new InputError("the model was trained on features of other weights", {
      file,
      expected: `weights of SHA-256 ${noted.weightsHash}; --weights or --backbone names them`,
      actual: `${backbone.weightsHash} of ${backbone.name}`,
    });
  }
  const { preprocessing, quantization } = noted;
  return { ...backbone, preprocessing, quantization, assumptions: [] };
}

/** The weights that `fine-tune` has put beside a model. */
async function tunedWeights(model: string): Promise<string | undefined> {
  const file = join(model, "backbone.safetensors");
  return (await stat(file).catch(() => undefined)) === undefined ? undefined : file;
}

/** @throws {InputError} when pictures would have to go through more than one network and what comes after it */
function checkOneNetwork({ parts, whitened }: FeatureManifest, file: string): void {
  if (parts === undefined && whitened === undefined) return;
  const joined = parts === undefined ? "" : `joined of ${parts.map(({ backbone }) => backbone).join(" and ")}`;
  throw new InputError("no pictures can be taken by this model, only features", {
    file,
    expected:
      "a model of features as one network gives them; of these, `extract`, `features join` or `features whiten` first",
    actual: [joined, whitened === undefined ? "" : "whitened"].filter(word => word !== "").join(", "),
  });
}

/** A name that a file holds, which is no flag: another version may have known it. */
function checkNoted(name: string, file: string): void {
  if (Object.hasOwn(KNOWN_BACKBONES, name)) return;
  throw new InputError("the model was trained on features of a network that is not known here", {
    file,
    expected: `--backbone with ${knownNames(name, Object.keys(KNOWN_BACKBONES))}`,
    actual: `"${name}"`,
  });
}

/** What `train` noted of the features that a model was trained on; undefined when they came without a manifest. */
async function notedFeatures(model: string): Promise<FeatureManifest | undefined> {
  const { readHeadDescription } = await import("../hashing/head-file.js");
  return (await readHeadDescription(model)).features;
}

/**
 * Checks that features were made as those that a model was trained on, where both have a manifest: features of another
 * network, or of other weights, can have the same length.
 * @throws {InputError} naming what differs
 */
export async function checkMadeAlike(model: string, features: string): Promise<void> {
  const noted = await notedFeatures(model);
  const { readFeatureManifest } = await import("../features/feature-manifest.js");
  const found = await readFeatureManifest(dirname(features));
  if (noted === undefined || found === undefined) return;
  for (const what of MADE_BY) {
    if (isDeepStrictEqual(comparedPart(noted[what]), comparedPart(found[what]))) continue;
    throw new InputError(`these features were made in another way than those the model was trained on: ${what}`, {
      file: join(dirname(features), "manifest.json"),
      expected: `${textOf(noted[what])}, as ${join(model, "head.json")} says${what === "quantization" ? TO_SHARE : ""}`,
      actual: textOf(found[what]),
    });
  }
}

const TO_SHARE = " (`hashbook extract --precision int8 --ranges MODEL` makes them so)";

function textOf(value: FeatureManifest[(typeof MADE_BY)[number]]): string | undefined {
  return typeof value === "object" && "ranges" in value ? describeQuantization(value) : JSON.stringify(value);
}

/**
 * The backbone in int8, in the ranges of features that were made before.
 * @param folder a data folder, or a model that was trained on one
 * @throws {InputError} when it is neither, or its features are fp32 or of another network
 */
export async function inRangesOf(backbone: Backbone, folder: string): Promise<Backbone> {
  const { readFeatureManifest } = await import("../features/feature-manifest.js");
  const { withRangesOf } = await import("../features/shared-ranges.js");
  const manifest = await readFeatureManifest(folder);
  if (manifest !== undefined) return withRangesOf(backbone, manifest, join(folder, "manifest.json"));
  const [file, noted] = [join(folder, "head.json"), await notedFeatures(folder)];
  if (noted !== undefined) return withRangesOf(backbone, noted, file);
  throw new InputError("nothing says how the features were made that this model was trained on", { file });
}
