import { stat } from "node:fs/promises";
import { join } from "node:path";
import { MAX_BITS } from "../codes/packed-codes.js";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { writeTogether } from "../core/files.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFileIfAny } from "../core/json-file.js";
import type { JsonSchema } from "../core/json-schema.js";
import { listOf, objectOf, TEXT } from "../core/json-schema.js";
import { decodeSafetensors, encodeSafetensors, readWeightsFile } from "../core/safetensors.js";
import type { FeatureManifest } from "../features/feature-manifest.js";
import { FEATURE_MANIFEST_SCHEMA } from "../features/feature-manifest.js";
import type { SeenByModel } from "../features/seen-by-model.js";
import { SEEN_FIELDS } from "../features/seen-by-model.js";
import type { HeadConfig } from "./head.js";
import { headShapes } from "./head.js";

/** What becomes of the hash layer's output. */
export interface HeadForm {
  /** Relaxed codes are tanh(βz), or z itself. Default "tanh". */
  readonly activation?: "tanh" | "none";
  /** "codes": the signs are the hash code. "embedding": the values are ranked, by cosine. Default "codes". */
  readonly output?: "codes" | "embedding";
}

/** A trained head: what turns features into relaxed codes and, by their signs, into hash codes. */
export interface Head extends HeadForm {
  readonly config: HeadConfig;
  /** By the names of `headShapes`. */
  readonly parameters: Readonly<Record<string, NdArray<Float32Array>>>;
  /** β of its relaxed codes tanh(βz): the last one of the continuation for HashNet, 1 for DCH. */
  readonly beta: number;
  /** Labels of the classes it was trained on, ascending: what centres and classifiers are numbered by. */
  readonly classes?: readonly number[];
  /** What was trained beside the head and is needed to train on, by name. Default: nothing. */
  readonly beside?: Readonly<Record<string, NdArray<Float32Array>>>;
}

/** Of head.json; files of a later one are refused. */
const FORMAT = 1;

/** Files of a model by name, beside its head.safetensors and head.json. */
export type ModelFiles = Readonly<Record<string, string | Uint8Array>>;

/**
 * Writes what a model is made of: head.safetensors, and head.json, which says that the model is whole and is never there
 * beside arrays of another one.
 */
export async function writeModelFiles(
  folder: string,
  arrays: Readonly<Record<string, NdArray<Float32Array>>>,
  description: Readonly<Record<string, unknown>>,
  files: ModelFiles = {},
): Promise<void> {
  await writeTogether({
    ...Object.fromEntries(Object.entries(files).map(([name, content]) => [join(folder, name), content])),
    [join(folder, "head.safetensors")]: encodeSafetensors(arrays),
    [join(folder, "head.json")]: `${JSON.stringify(description, null, 2)}\n`,
  });
}

/** What head.json says of a head: its form, and how it was made. */
export function headDescription<MadeBy extends object>(
  head: Head,
  madeBy: MadeBy,
): MadeBy & Pick<HeadDescription, "head" | "beta" | "activation" | "output" | "classes"> & { readonly format: number } {
  const { config, beta, classes, activation = "tanh", output = "codes" } = head;
  return { format: FORMAT, head: config, beta, activation, output, classes, ...madeBy };
}

/**
 * Writes `head.safetensors` (PyTorch's layout and names) and `head.json` (its form, and how it was made).
 * @param files what else belongs to the model, by name. Default: nothing
 */
export async function saveHead(
  folder: string,
  head: Head,
  madeBy: Readonly<Record<string, unknown>>,
  files: ModelFiles = {},
): Promise<void> {
  const { parameters, beside = {} } = head;
  await writeModelFiles(folder, { ...parameters, ...beside }, headDescription(head, madeBy), files);
}

/** What head.json says: of a trained head `head` and `beta`, of a fit `fitted`. */
export interface HeadDescription extends SeenByModel, HeadForm {
  readonly head?: HeadConfig;
  readonly beta?: number;
  readonly classes?: readonly number[];
  readonly fitted?: { readonly method: string; readonly bits: number; readonly inputDim: number };
  /** How it was trained; whoever trains on checks the settings themselves. */
  readonly config?: { readonly method: string; readonly bits: number };
  /** ITQ in the last layer: fitted to the values, so many, that the head gave of its train rows. Absent: none is there. */
  readonly itq?: { readonly values: number };
  /** How the features were made that it was trained on. */
  readonly features?: FeatureManifest;
}

const BITS: JsonSchema = { type: "integer", minimum: 1, maximum: MAX_BITS };
/** Widths beyond this are wrong numbers. */
const WIDTH: JsonSchema = { type: "integer", minimum: 1, maximum: 2 ** 24 };

const HEAD_JSON: JsonFileKind<HeadDescription> = {
  what: "the head.json of a trained model",
  schema: {
    ...objectOf(
      {},
      {
        head: objectOf({
          inputDim: WIDTH,
          hidden: listOf(WIDTH, { maxItems: 16 }),
          bits: BITS,
          dropout: { type: "number", minimum: 0, exclusiveMaximum: 1 },
        }),
        beta: { type: "number", exclusiveMinimum: 0 },
        activation: { enum: ["tanh", "none"] },
        output: { enum: ["codes", "embedding"] },
        classes: listOf({ type: "integer" }),
        fitted: objectOf({ method: TEXT, bits: BITS, inputDim: WIDTH }),
        config: objectOf({ method: TEXT, bits: BITS }),
        itq: objectOf({ values: BITS }),
        features: FEATURE_MANIFEST_SCHEMA,
        ...SEEN_FIELDS,
      },
    ),
    if: { required: ["fitted"] },
    else: { required: ["head", "beta"] },
  },
  format: { version: FORMAT, older: "a model that `hashbook train` writes: train again", since: true },
};

/**
 * Reads a head.json. Files of before they had a format are read: they are those of format 1 with tanh.
 * @throws {InputError} when it is missing, damaged, no head.json, or of a later format
 */
export async function readHeadDescription(folder: string): Promise<HeadDescription> {
  const description = await readJsonFileIfAny(join(folder, "head.json"), HEAD_JSON);
  if (description === undefined) throw await noModel(folder);
  return description;
}

/** Why there is no head.json. */
async function noModel(folder: string): Promise<InputError> {
  const isThere = (path: string) =>
    stat(path).then(
      () => true,
      () => false,
    );
  if (await isThere(join(folder, "checkpoints", "checkpoint.json"))) {
    return new InputError("the training of this model is not finished", {
      file: folder,
      expected: "it to end first; one that was stopped goes on with the same `hashbook train` and --resume",
    });
  }
  const expected = "the folder of a trained model, which `hashbook train` writes";
  if (await isThere(folder))
    return new InputError("there is no head.json, so this is no model", { file: folder, expected });
  return new InputError("there is no such folder", { file: folder, expected });
}

/**
 * Reads a head that {@link saveHead} wrote.
 * @throws {InputError} when a file is missing, is no head, or the two do not fit together
 */
export async function loadHead(folder: string): Promise<Head> {
  const { head: config, beta, activation = "tanh", output = "codes", classes } = await readHeadDescription(folder);
  if (config === undefined || beta === undefined) {
    throw new InputError("this is no trained head", {
      file: join(folder, "head.json"),
      expected: 'one of a method with a loss, with the fields "head" and "beta"',
      actual: "a fit",
    });
  }
  const weightsFile = join(folder, "head.safetensors");
  const { tensors } = decodeSafetensors(await readWeightsFile(weightsFile), weightsFile);
  const parameters: Record<string, NdArray<Float32Array>> = {};
  for (const [name, shape] of Object.entries(headShapes(config))) {
    const tensor = tensors[name];
    if (tensor === undefined || tensor.shape.join() !== shape.join()) {
      throw new InputError(`the tensor "${name}" does not fit head.json`, {
        file: weightsFile,
        expected: `shape (${shape.join(", ")})`,
        actual: tensor === undefined ? "none" : `shape (${tensor.shape.join(", ")})`,
      });
    }
    parameters[name] = tensor as NdArray<Float32Array>;
  }
  const rest = Object.entries(tensors).filter(([name]) => parameters[name] === undefined);
  const beside = rest.length === 0 ? {} : { beside: Object.fromEntries(rest) as Head["beside"] };
  return { config, parameters, beta, activation, output, ...(classes === undefined ? {} : { classes }), ...beside };
}
