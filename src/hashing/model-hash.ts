// Which model made codes: codes of different models are not comparable.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { hashOfFiles } from "../core/file-hash.js";
import { madeAs } from "../features/made-alike.js";
import type { HeadDescription } from "./head-file.js";
import { readHeadDescription } from "./head-file.js";

/**
 * SHA-256 (hex) of what codes depend on: the arrays, the form of the head and how the features were made. A training that
 * is done again and ends in the same weights is the same model.
 */
export async function modelHash(folder: string): Promise<string> {
  const weights = await hashOfFiles([join(folder, "head.safetensors")]);
  const form = formText(await readHeadDescription(folder));
  return createHash("sha256").update(`${weights}\n${form}`).digest("hex");
}

/** All names that a model goes by: its hash, and that of before, of both files with the seconds that training took. */
export async function modelHashes(folder: string): Promise<readonly string[]> {
  const files = ["head.safetensors", "head.json"].map(name => join(folder, name));
  return [await modelHash(folder), await hashOfFiles(files)];
}

/**
 * Checks that codes were made by a model.
 * @param file of the codes, for the message
 * @param made the hash of the model that made them
 * @throws {InputError} when it was another one
 */
export async function checkMadeBy(file: string, made: string, model: string): Promise<void> {
  const hashes = await modelHashes(model);
  if (hashes.includes(made)) return;
  throw new InputError("these codes are of another model", {
    file,
    expected: `codes of the model in ${model} (${hashes[0]}): encode again, with \`hashbook encode --model ${model}\``,
    actual: made,
  });
}

function formText({ head, beta, activation, output, classes, fitted, features }: HeadDescription): string {
  const takes = features === undefined ? undefined : madeAs(features).key;
  const form = {
    head: head && [head.inputDim, head.hidden, head.bits],
    beta,
    activation: head && (activation ?? "tanh"),
    output: head && (output ?? "codes"),
    classes,
    fitted: fitted && [fitted.method, fitted.inputDim, fitted.bits],
    takes,
  };
  return JSON.stringify(form);
}
