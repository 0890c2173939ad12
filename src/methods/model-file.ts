import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { readSafetensors } from "../core/safetensors.js";
import type { FittedModel, HashModel } from "../hashing/hash-model.js";
import type { HeadDescription, ModelFiles } from "../hashing/head-file.js";
import { loadHead, readHeadDescription, saveHead, writeModelFiles } from "../hashing/head-file.js";
import { METHODS } from "./known-methods.js";
import type { AnyOptions, FittedMethod, Method, MethodArrays } from "./method.js";

const FITTED_NAMES = METHODS.filter(({ kind }) => kind === "fitted").map(({ name }) => name);

/** What a fitted method gives to encode with. */
export function fittedModel(
  method: FittedMethod<AnyOptions>,
  bits: number,
  inputDim: number,
  arrays: MethodArrays,
): FittedModel {
  const { name, output = "codes", encode } = method;
  return { method: name, bits, inputDim, arrays, output, encode };
}

/** What head.json says of a fit. */
export function fittedDescription<MadeBy extends object>(
  { method, bits, inputDim }: Pick<FittedModel, "method" | "bits" | "inputDim">,
  madeBy: MadeBy,
): MadeBy & Pick<HeadDescription, "fitted"> & { readonly format: number } {
  return { format: 1, fitted: { method, bits, inputDim }, ...madeBy };
}

/**
 * Writes `head.safetensors` and `head.json`, for a trained head and for a fitted method alike.
 * @param folder made when it is missing
 * @param madeBy what else to keep in head.json: the config, what it was trained on
 * @param files what else belongs to the model, by name. Default: nothing
 */
export async function saveModel(
  folder: string,
  model: HashModel,
  madeBy: Readonly<Record<string, unknown>>,
  files: ModelFiles = {},
): Promise<void> {
  if (!("encode" in model)) return saveHead(folder, model, madeBy, files);
  await writeModelFiles(folder, model.arrays, fittedDescription(model, madeBy), files);
}

/**
 * Reads what {@link saveModel} wrote. A trained head needs no code of its method; what is fitted does.
 * @param options.method one's own, where the model is fitted by one that is not known by name
 * @throws {InputError} when a file is missing or damaged, or the method is not known
 */
export async function loadModel(folder: string, options: { readonly method?: Method } = {}): Promise<HashModel> {
  const { fitted } = await readHeadDescription(folder);
  if (fitted === undefined) return loadHead(folder);
  const file = join(folder, "head.json");
  const method = [options.method, ...METHODS].find(one => one?.name === fitted.method);
  if (method?.kind !== "fitted") {
    throw new InputError(`the model was fitted by "${fitted.method}", which is not known here`, {
      file,
      expected: `the file that defines it, with --method, or one of ${FITTED_NAMES.join(", ")}`,
    });
  }
  const { bits, inputDim } = fitted;
  const { tensors } = await readSafetensors(join(folder, "head.safetensors"));
  return fittedModel(method, bits, inputDim, tensors);
}
