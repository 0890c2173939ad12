import { existsSync } from "node:fs";
import { basename } from "node:path";
import { InputError } from "../core/errors.js";
import { hashOfFiles } from "../core/file-hash.js";
import { METHOD_NAMES, methodOf } from "../methods/known-methods.js";
import { loadMethod } from "../methods/load-method.js";
import type { Method } from "../methods/method.js";
import { keptMethodFile } from "../records/method-file.js";
import type { MethodFile, RunRecord } from "../records/run-record.js";

/** Where methods of one's own may be. */
export interface MethodPlaces {
  /** Those of cells, as values. */
  readonly methods?: readonly Method[];
  /** Folder of the study, which keeps files of methods. */
  readonly study: string;
  /** Whether it came in a pack, which could name any file of this machine: only what it keeps is run. */
  readonly isPacked: boolean;
}

/** The method of a record, and what is not as it was of it. */
export interface MethodOfRecord {
  readonly method: Method;
  readonly changed: readonly string[];
}

/**
 * Finds the method of a record: a value given, the file it came from, or a known one.
 * @throws {InputError} when it is one's own and not here
 */
export async function methodOfRecord(
  { config, methodFile }: Pick<RunRecord, "config" | "methodFile">,
  { methods = [], ...places }: MethodPlaces,
): Promise<MethodOfRecord> {
  const given = methods.find(({ name }) => name === config.method);
  if (given !== undefined) return { method: given, changed: [] };
  if (methodFile !== undefined) return methodOfFile(methodFile, places);
  if (METHOD_NAMES.includes(config.method)) return { method: methodOf(config.method), changed: [] };
  throw new InputError(`the method "${config.method}" was defined in a cell`, {
    expected: "the option methods, in a cell that defines it",
  });
}

async function methodOfFile(
  file: MethodFile,
  { study, isPacked }: Pick<MethodPlaces, "study" | "isPacked">,
): Promise<MethodOfRecord> {
  const { path, sha256 } = file;
  const given = isPacked ? undefined : await hashIfAny(path);
  // Where it was, what it imports is beside it.
  if (given === sha256) return { method: await loadMethod(path), changed: [] };
  const kept = keptMethodFile(study, file);
  const found = await hashIfAny(kept);
  if (found === sha256) return { method: await loadMethod(kept), changed: [] };
  if (isPacked || given === undefined) {
    throw new InputError(`the file of the method is not ${isPacked ? "in the pack" : "there"}`, {
      ...{ file: isPacked ? basename(path) : path, expected: `SHA-256 ${sha256}`, actual: found ?? "no such file" },
    });
  }
  return {
    method: await loadMethod(path),
    changed: [`code: ${path} is not the file that the record was made with`],
  };
}

async function hashIfAny(file: string): Promise<string | undefined> {
  return existsSync(file) ? hashOfFiles([file]) : undefined;
}
