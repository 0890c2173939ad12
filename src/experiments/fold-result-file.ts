import { join } from "node:path";
import type { FoldQueries } from "../challenge/fold-scores.js";
import { writeAtomically } from "../core/files.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFileIfAny } from "../core/json-file.js";
import { COUNT, listOf, NUMBER, objectOf, TEXT } from "../core/json-schema.js";

/** Of these files; raised when what is computed changes with nothing in the key that says so. */
export const FOLD_RESULT_FORMAT = 1;

/** What is kept of a candidate on a fold: enough to compare it, no model. */
export interface StoredFoldResult {
  /** For who looks into the folder: the candidate's name, and the fold. */
  readonly name: string;
  readonly fold: string;
  readonly products: readonly number[];
  readonly scores: readonly number[];
  /** Seconds of learning. */
  readonly seconds: number;
  /** What a ranking costs, where it was timed. */
  readonly cost?: { readonly bytesPerImage: number; readonly msPerQuery: number };
}

const FOLD_RESULT_JSON: JsonFileKind<StoredFoldResult> = {
  what: "how a candidate did on a fold, as `hashbook challenge choose` keeps it",
  remedy: "delete it: it is computed again",
  schema: objectOf(
    {
      name: TEXT,
      fold: TEXT,
      products: listOf(COUNT, { minItems: 1 }),
      scores: listOf({ type: "number", minimum: 0, maximum: 1 }, { minItems: 1 }),
      seconds: NUMBER,
    },
    { cost: objectOf({ bytesPerImage: NUMBER, msPerQuery: NUMBER }) },
  ),
  format: { version: FOLD_RESULT_FORMAT, older: "what this version keeps: delete it, and it is computed again" },
};

function fileOf(folder: string, key: string): string {
  return join(folder, `${key}.json`);
}

/** What is kept under a key. @returns undefined when nothing is @throws {InputError} when it is damaged */
export async function readFoldResult(folder: string, key: string): Promise<StoredFoldResult | undefined> {
  return readJsonFileIfAny(fileOf(folder, key), FOLD_RESULT_JSON);
}

/** Keeps what a candidate did on a fold, whole or not at all. */
export async function writeFoldResult(folder: string, key: string, result: StoredFoldResult): Promise<void> {
  await writeAtomically(fileOf(folder, key), `${JSON.stringify({ format: FOLD_RESULT_FORMAT, ...result })}\n`);
}

/** Queries of what is kept. */
export function queriesOfResult({ products, scores }: StoredFoldResult): FoldQueries {
  return { products: Int32Array.from(products), scores: Float64Array.from(scores) };
}
