import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { writeTogether } from "../core/files.js";
import { checkFormat } from "../core/format-version.js";
import { decodeSafetensors, encodeSafetensors, readWeightsFile } from "../core/safetensors.js";
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
  const { config, parameters, beta, classes, beside = {}, activation = "tanh", output = "codes" } = head;
  const description = { format: FORMAT, head: config, beta, activation, output, classes, ...madeBy };
  await writeModelFiles(folder, { ...parameters, ...beside }, description, files);
}

/** What head.json says, as far as a head needs it. */
interface HeadDescription {
  readonly format?: number;
  readonly head: HeadConfig;
  readonly beta: number;
  readonly activation?: "tanh" | "none";
  readonly output?: "codes" | "embedding";
  readonly classes?: readonly number[];
}

/**
 * Reads a head.json. Files of before they had a format are read: they are those of format 1 with tanh.
 * @throws {InputError} when it is missing, damaged, no head.json, or of a later format
 */
export async function readHeadDescription(folder: string): Promise<Record<string, unknown>> {
  const file = join(folder, "head.json");
  let description: unknown;
  try {
    description = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") throw await noModel(folder);
    const actual = (cause as Error).message;
    throw new InputError("cannot be read", { file, expected: "the head.json of a trained model", actual, cause });
  }
  if (typeof description !== "object" || description === null || Array.isArray(description)) {
    throw new InputError("this is no head.json", { file, expected: "an object", actual: JSON.stringify(description) });
  }
  const { format = FORMAT } = description as { format?: unknown };
  checkFormat(format, { file, format: FORMAT, older: "a model that `hashbook train` writes: train again" });
  return description as Record<string, unknown>;
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
  const file = join(folder, "head.json");
  const description = (await readHeadDescription(folder)) as unknown as HeadDescription;
  const { head: config, beta, activation = "tanh", output = "codes", classes } = description;
  const known = ["tanh", "none"].includes(activation) && ["codes", "embedding"].includes(output);
  if (typeof beta !== "number" || !Array.isArray(config?.hidden) || !known) {
    throw new InputError("this is not a trained head", {
      file,
      expected: 'the fields "head" and "beta"; "activation" tanh or none; "output" codes or embedding',
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
