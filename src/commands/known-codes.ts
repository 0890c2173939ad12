import { binarize } from "../codes/binarize.js";
import { openCodeBlocks, readStoredCodes } from "../codes/codes-file.js";
import type { PackedCodes } from "../codes/packed-codes.js";
import { packCodes } from "../codes/packed-codes.js";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { CodesSidecar } from "../features/codes-sidecar.js";
import { checkCodesOf, readCodesSidecar } from "../features/codes-sidecar.js";
import type { DataFolder, LargeDataFolder } from "../features/data-folder.js";
import { itemsOf } from "../features/data-folder.js";
import { readStoredFeatures } from "../features/features-file.js";
import type { SideWith } from "../ranking/side.js";

/** What a file of codes and the one beside it say. */
export interface CodesFacts {
  readonly file: string;
  readonly codes: Pick<PackedCodes, "count" | "bits">;
  /** What was converted, a sentence each. */
  readonly converted: readonly string[];
  /** Absent: the codes are from elsewhere. */
  readonly sidecar?: CodesSidecar;
}

/** Codes, and what the file beside them says of them. */
export interface KnownCodes extends CodesFacts {
  readonly codes: PackedCodes;
  /** (n, dim) what is ranked by cosine; `codes` are its signs. Absent: hash codes are ranked. */
  readonly relaxedCodes?: NdArray<Float32Array>;
}

/** What ranks: Hamming distance of hash codes, or cosine of real values. */
export type RankedBy = "hamming" | "cosine";

export const RANKED_BY: readonly RankedBy[] = ["hamming", "cosine"];

/** How a file is ranked that says it itself: an embedding of `encode` by cosine, all else by Hamming distance. */
export async function usualRankingOf(file: string): Promise<RankedBy> {
  return (await readCodesSidecar(file))?.output === "embedding" ? "cosine" : "hamming";
}

/**
 * Reads real values, (n, dim), and what is known of them: an embedding, or relaxed codes.
 * @throws {InputError} when they are damaged, or not those that the file beside them describes
 */
export async function readKnownVectors(file: string): Promise<KnownCodes> {
  const sidecar = await readCodesSidecar(file);
  if (sidecar !== undefined && sidecar.form !== "relaxed") {
    throw new InputError("these are hash codes", { file, expected: "real values: `hashbook encode --relaxed`" });
  }
  const { features: relaxedCodes, converted } = await readStoredFeatures(file);
  const codes = packCodes(binarize(relaxedCodes));
  return { file, codes, relaxedCodes, converted, ...(sidecar === undefined ? {} : { sidecar }) };
}

/** What is ranked, as part of a side. */
export function rankedPart({ codes, relaxedCodes }: KnownCodes): Pick<SideWith<"codes">, "codes" | "relaxedCodes"> {
  return { codes, ...(relaxedCodes === undefined ? {} : { relaxedCodes }) };
}

/**
 * Reads codes and what is known of them.
 * @param bits bits of a code; needed for packed codes from elsewhere
 * @throws {InputError} when they are damaged, no hash codes, or not those that the file beside them describes
 */
export async function readKnownCodes(file: string, bits?: number): Promise<KnownCodes> {
  const sidecar = await hashCodesSidecar(file);
  const { codes, converted } = await readStoredCodes(file, { bits: bits ?? sidecar?.bits });
  return { file, codes, converted, ...(sidecar === undefined ? {} : { sidecar }) };
}

async function hashCodesSidecar(file: string): Promise<CodesSidecar | undefined> {
  const sidecar = await readCodesSidecar(file);
  if (sidecar?.form !== "relaxed") return sidecar;
  if (sidecar.output === "embedding") {
    throw new InputError("this is an embedding, no hash codes", {
      file,
      expected:
        "codes of a model that gives codes; an embedding is ranked by cosine, by `evaluate` and by `submit --ranking cosine`",
    });
  }
  throw new InputError("these are relaxed codes", {
    file,
    expected: "hash codes: `hashbook encode` without --relaxed",
  });
}

/**
 * What is known of a file of codes, without reading these.
 * @param bits as of {@link readKnownCodes}
 * @throws {InputError} when it is missing, holds no hash codes, or is not described by the file beside it
 */
export async function lookAtCodes(file: string, bits?: number): Promise<CodesFacts> {
  const sidecar = await hashCodesSidecar(file);
  const { converted, ...opened } = await openCodeBlocks(file, { bits: bits ?? sidecar?.bits });
  const codes = { count: opened.count, bits: opened.bits };
  return { file, codes, converted, ...(sidecar === undefined ? {} : { sidecar }) };
}

/** @throws {InputError} when two files of codes have codes of different lengths */
export function checkSameBits(one: KnownCodes, other: KnownCodes): void {
  if (one.codes.bits === other.codes.bits) return;
  throw new InputError("codes of queries and database differ in bits", {
    file: other.file,
    expected: `${one.codes.bits} bits as in ${one.file}`,
    actual: `${other.codes.bits}`,
  });
}

/**
 * Checks codes against the data folder they should be of.
 * @returns what could not be checked, a sentence each
 * @throws {InputError} when they are of other items, or of another number of items
 */
export function checkBelonging(known: CodesFacts, data: DataFolder): string[] {
  return checkItems(known, { folder: data.folder, items: itemsOf(data) });
}

/** {@link checkBelonging} of a data folder whose ids are left in their file. */
export function checkItems(
  { file, codes, sidecar }: CodesFacts,
  { folder, items }: Pick<LargeDataFolder, "folder" | "items">,
): string[] {
  if (codes.count !== items.rows) {
    throw new InputError("codes and data differ in number", {
      file,
      expected: `${items.rows} rows, one for each of ${folder}`,
      actual: `${codes.count}`,
    });
  }
  if (sidecar !== undefined) checkCodesOf(file, sidecar, items, folder);
  if (sidecar?.data !== undefined) return [];
  const orSeen = sidecar === undefined ? ", and of which items its model has learned" : "";
  return [`${file} does not say of which items its codes are${orSeen}: rows were taken to be those of ${folder}`];
}
