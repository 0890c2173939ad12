import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { readCodes } from "../codes/codes-file.js";
import type { PackedCodes } from "../codes/packed-codes.js";
import { packedCodes } from "../codes/packed-codes.js";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { hashOfFiles } from "../core/file-hash.js";
import { writeAtomically } from "../core/files.js";
import { readNpy, writeNpy } from "../core/npy.js";
import type { FileHashes, Run } from "./run-record.js";

/** Where a run's output of all rows is. */
const OUTPUT_FILES: Readonly<Record<"codes" | "embedding", string>> = {
  codes: "codes.npy",
  embedding: "embedding.npy",
};

/** What a model is made of, the file last that says it is whole. Not kept for a paper: see `keepStudy`. */
export const MODEL_FILES: readonly string[] = ["head.safetensors", "head.json"];

/**
 * Copies what an experiment made into the folder of a run: the codes of all rows, packed, or the embedding; the model.
 * @param experiment folder of the experiment
 * @returns hashes of the copies
 */
export async function copyOutputs(
  experiment: string,
  folder: string,
  output: "codes" | "embedding",
): Promise<FileHashes> {
  const name = OUTPUT_FILES[output];
  const from = join(experiment, "codes.npy");
  if (output === "codes") {
    const { data, count, bytesPerCode } = await readCodes(from);
    await writeNpy(join(folder, name), { data, shape: [count, bytesPerCode] });
  } else {
    await writeNpy(join(folder, name), await readNpy(from));
  }
  await rm(join(folder, OUTPUT_FILES[output === "codes" ? "embedding" : "codes"]), { force: true });
  for (const file of MODEL_FILES) await writeAtomically(join(folder, file), await readFile(join(experiment, file)));
  return hashesOf(folder, [name, ...MODEL_FILES]);
}

/** Whether what a finished run has made is there as it was written; a part of its folder may have been deleted since. */
export async function isRunWhole({ folder, record }: Pick<Run, "folder" | "record">): Promise<boolean> {
  const { kind, files } = record;
  const hasCourse = kind === "fitted" || (await stat(join(folder, "metrics.csv")).catch(() => undefined)) !== undefined;
  const found = hasCourse ? await hashesOf(folder, Object.keys(files)).catch(() => undefined) : undefined;
  return found !== undefined && Object.entries(files).every(([name, hash]) => found[name] === hash);
}

/** SHA-256 of some files of a folder by their names. @throws {InputError} naming one that cannot be read */
export async function hashesOf(folder: string, names: readonly string[]): Promise<FileHashes> {
  const hashes = names.map(async name => [name, await hashOfFiles([join(folder, name)])] as const);
  return Object.fromEntries(await Promise.all(hashes));
}

/**
 * What a run gives of all rows.
 * @returns hash codes, packed; or an embedding, (rows, bits) float32
 * @throws {InputError} when the file is missing, damaged, or not the one that the run has written
 */
export async function readRunOutput({
  folder,
  record,
}: Pick<Run, "folder" | "record">): Promise<
  | { readonly kind: "codes"; readonly codes: PackedCodes }
  | { readonly kind: "embedding"; readonly values: NdArray<Float32Array> }
> {
  const { output, bits, data, files } = record;
  const file = join(folder, OUTPUT_FILES[output]);
  if ((await stat(file).catch(() => undefined)) === undefined) {
    throw new InputError("the codes of this run are not here", { file, expected: `${output} of ${data.rows} rows` });
  }
  const hash = await hashOfFiles([file]);
  const expected = files[OUTPUT_FILES[output]];
  if (hash !== expected) {
    throw new InputError("the file is not the one that the run has written", {
      file,
      expected: `SHA-256 ${expected}, as its record.json says`,
      actual: hash,
    });
  }
  const array = await readNpy(file);
  if (array.shape[0] !== data.rows) {
    throw new InputError("the codes are of other data", {
      file,
      expected: `${data.rows} rows`,
      actual: `${array.shape[0]}`,
    });
  }
  if (output === "codes") return { kind: "codes", codes: packedCodes(array.data as Uint8Array, bits, { file }) };
  return { kind: "embedding", values: array as NdArray<Float32Array> };
}
