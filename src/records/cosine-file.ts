import { join } from "node:path";
import { makeFolder } from "../core/files.js";
import type { SearchResult } from "../experiments/result.js";
import { readEvaluation, writeEvaluation } from "./evaluation-file.js";

/** Folder in a study's folder with the evaluation.json of exhaustive search on the features. */
const COSINE = "cosine";

/** Writes how exhaustive search on the features of a study does. */
export async function writeCosine(study: string, result: SearchResult): Promise<void> {
  await makeFolder(join(study, COSINE));
  await writeEvaluation(join(study, COSINE), result);
}

/** How exhaustive search on the features of a study does; undefined where it was not measured. @throws {InputError} when the file is damaged */
export async function readCosine(study: string): Promise<SearchResult | undefined> {
  return readEvaluation(join(study, COSINE));
}
