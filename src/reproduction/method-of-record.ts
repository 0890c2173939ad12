import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { InputError } from "../core/errors.js";
import { hashOfFiles } from "../core/file-hash.js";
import { METHOD_NAMES, methodOf } from "../methods/known-methods.js";
import { loadMethod } from "../methods/load-method.js";
import type { Method } from "../methods/method.js";
import type { MethodFile, RunRecord } from "../records/run-record.js";

/** Where methods of one's own may be. */
export interface MethodPlaces {
  /** Those of cells, as values. */
  readonly methods?: readonly Method[];
  /** Folder of those that came with a pack. Default: there is none. */
  readonly packed?: string;
}

/** The method of a record, and what is not as it was of it. */
export interface MethodOfRecord {
  readonly method: Method;
  readonly changed: readonly string[];
}

/** Path in a pack of the file of a method: two files of one name do not meet. */
export function packedMethodPath({ path, sha256 }: MethodFile): string {
  return join(sha256.slice(0, 12), basename(path));
}

/**
 * Finds the method of a record: a value given, the file it came from, or a known one.
 * @throws {InputError} when it is one's own and not here
 */
export async function methodOfRecord(
  { config, methodFile }: Pick<RunRecord, "config" | "methodFile">,
  { methods = [], packed }: MethodPlaces,
): Promise<MethodOfRecord> {
  const given = methods.find(({ name }) => name === config.method);
  if (given !== undefined) return { method: given, changed: [] };
  if (methodFile !== undefined) return methodOfFile(methodFile, packed);
  if (METHOD_NAMES.includes(config.method)) return { method: methodOf(config.method), changed: [] };
  throw new InputError(`the method "${config.method}" was defined in a cell`, {
    expected: "the option methods, in a cell that defines it",
  });
}

async function methodOfFile(file: MethodFile, packed: string | undefined): Promise<MethodOfRecord> {
  if (packed !== undefined) return methodOfPack(file, packed);
  const method = await loadMethod(file.path);
  const isSame = (await hashOfFiles([file.path])) === file.sha256;
  return { method, changed: isSame ? [] : [`code: ${file.path} is not the file that the record was made with`] };
}

/** Nothing else is run: a pack could name any file of this machine. */
async function methodOfPack(file: MethodFile, packed: string): Promise<MethodOfRecord> {
  const place = join(packed, packedMethodPath(file));
  const found = existsSync(place) ? await hashOfFiles([place]) : undefined;
  if (found === file.sha256) return { method: await loadMethod(place), changed: [] };
  throw new InputError("the file of the method is not in the pack", {
    ...{ file: basename(file.path), expected: `SHA-256 ${file.sha256}`, actual: found ?? "no such file" },
  });
}
