import { join } from "node:path";
import { writeAtomically } from "../core/files.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFileIfAny } from "../core/json-file.js";
import { objectOf, TEXT } from "../core/json-schema.js";
import type { FailedRun } from "./study-record.js";

/** In the folder of a run that failed, until it is finished. */
export const FAILURE_FILE = "failed.json";

const FAILURE_JSON: JsonFileKind<FailedRun> = {
  what: "why a run of a study failed",
  remedy: "delete it: the run is tried again",
  schema: objectOf({ name: TEXT, message: TEXT, date: TEXT }),
};

/** Notes why a run failed. */
export async function writeFailure(folder: string, failure: FailedRun): Promise<void> {
  await writeAtomically(join(folder, FAILURE_FILE), `${JSON.stringify(failure, null, 1)}\n`);
}

/** Why a run failed; undefined where it did not. */
export async function readFailure(folder: string): Promise<FailedRun | undefined> {
  return readJsonFileIfAny(join(folder, FAILURE_FILE), FAILURE_JSON);
}
