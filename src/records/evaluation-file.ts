import { join } from "node:path";
import { writeAtomically } from "../core/files.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFileIfAny } from "../core/json-file.js";
import { listOf, NUMBER, objectOf, TEXT } from "../core/json-schema.js";
import type { SearchResult } from "../experiments/result.js";

/** Of evaluation.json. Raised when a reader of the version before would misread it. */
const FORMAT = 1;

const EVALUATION_JSON: JsonFileKind<{ readonly result: SearchResult }> = {
  what: "the evaluation.json of a run",
  remedy: "run the study again after its run's folder is deleted",
  schema: objectOf({
    result: objectOf({
      method: TEXT,
      title: TEXT,
      bits: { type: ["integer", "null"] },
      evaluation: objectOf({ mAP: { type: "object" } }),
      byRank: listOf(objectOf({ rank: NUMBER, precision: NUMBER, recall: NUMBER })),
      bytesPerItem: NUMBER,
      trainSeconds: NUMBER,
      evaluateSeconds: NUMBER,
    }),
  }),
  format: { version: FORMAT, older: "a study of this version: run it again" },
};

/** Writes evaluation.json: how a run does by the queries. */
export async function writeEvaluation(folder: string, result: SearchResult): Promise<void> {
  await writeAtomically(join(folder, "evaluation.json"), `${JSON.stringify({ format: FORMAT, result }, null, 1)}\n`);
}

/** How a run does; undefined where it was not judged by the queries. @throws {InputError} when the file is damaged */
export async function readEvaluation(folder: string): Promise<SearchResult | undefined> {
  return (await readJsonFileIfAny(join(folder, "evaluation.json"), EVALUATION_JSON))?.result;
}
