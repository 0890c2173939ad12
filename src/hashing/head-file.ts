import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { writeAtomically } from "../core/files.js";
import { decodeSafetensors, encodeSafetensors, readWeightsFile } from "../core/safetensors.js";
import type { HeadConfig } from "./head.js";
import { headShapes } from "./head.js";

/** A trained head: what turns features into relaxed codes and, by their signs, into hash codes. */
export interface Head {
  readonly config: HeadConfig;
  /** By the names of `headShapes`. */
  readonly parameters: Readonly<Record<string, NdArray<Float32Array>>>;
  /** β of its relaxed codes tanh(βz): the last one of the continuation for HashNet, 1 for DCH. */
  readonly beta: number;
}

/** Writes `head.safetensors` (PyTorch's layout and names) and `head.json` (its form, and how it was made). */
export async function saveHead(folder: string, head: Head, madeBy: Readonly<Record<string, unknown>>): Promise<void> {
  await writeAtomically(join(folder, "head.safetensors"), encodeSafetensors(head.parameters));
  const description = { head: head.config, beta: head.beta, ...madeBy };
  await writeAtomically(join(folder, "head.json"), `${JSON.stringify(description, null, 2)}\n`);
}

/**
 * Reads a head that {@link saveHead} wrote.
 * @throws {InputError} when a file is missing, is no head, or the two do not fit together
 */
export async function loadHead(folder: string): Promise<Head> {
  const file = join(folder, "head.json");
  let description: { head: HeadConfig; beta: number };
  try {
    description = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    throw new InputError("cannot be read", { file, expected: "the head.json of a trained model", cause });
  }
  const { head: config, beta } = description;
  if (typeof beta !== "number" || !Array.isArray(config?.hidden)) {
    throw new InputError("this is not a trained head", { file, expected: 'the fields "head" and "beta"' });
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
  return { config, parameters, beta };
}
