import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Backbone } from "../backbone/backbone.js";
import { InputError, UsageError } from "../core/errors.js";
import type { FeatureManifest } from "../features/feature-manifest.js";

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
  const { openBackbone } = await import("../backbone/backbone.js");
  const file = join(model, "head.json");
  const noted = (JSON.parse(await readFile(file, "utf8")) as { features?: FeatureManifest }).features;
  const name = flags.backbone ?? noted?.backbone;
  if (name === undefined || (name.endsWith(".onnx") && flags.backbone === undefined)) {
    throw new UsageError("the model does not say where the network is that its features came from", {
      expected: name === undefined ? "--backbone NAME" : `--backbone PATH of ${name}`,
    });
  }
  const onnx = name.endsWith(".onnx");
  const backbone = await openBackbone(name, {
    file: flags.weights,
    ...(onnx ? { output: flags.output ?? noted?.layer } : { layer: flags.layer ?? noted?.layer }),
  });
  if (noted === undefined) return backbone;
  if (backbone.weightsHash !== noted.weightsHash) {
    throw new InputError("the model was trained on features of other weights", {
      file,
      expected: `weights of SHA-256 ${noted.weightsHash}; --weights or --backbone names them`,
      actual: `${backbone.weightsHash} of ${backbone.name}`,
    });
  }
  return { ...backbone, preprocessing: noted.preprocessing };
}
