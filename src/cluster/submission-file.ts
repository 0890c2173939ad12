import { writeAtomically } from "../core/files.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFileIfAny } from "../core/json-file.js";
import { COUNT, objectOf, TEXT } from "../core/json-schema.js";

/** What was submitted last: says whose the marks beside it are. */
export interface Submission {
  /** A digest of what the tasks are: of others the marks say nothing. */
  readonly tasks: string;
  /** The same of what comes after them. */
  readonly afterTasks: string;
  /** Slurm's number of the array. Undefined: no task was left to be done. */
  readonly array?: string;
  /** Slurm's number of what comes after. Undefined: it was not submitted yet. */
  readonly after?: string;
  /** Of what is counted while it goes on: so that who follows need not open what it is of. */
  readonly units?: number;
  /** ISO 8601, UTC. */
  readonly date: string;
}

const FORMAT = 1;

const SUBMITTED_JSON: JsonFileKind<Submission> = {
  what: "the submitted.json of work on a cluster",
  remedy: "remove it, and the same command goes on from what is done",
  schema: objectOf({ tasks: TEXT, afterTasks: TEXT, date: TEXT }, { array: TEXT, after: TEXT, units: COUNT }),
  format: { version: FORMAT, older: "one of this version: remove it" },
};

/** What was submitted last; undefined when nothing was. */
export async function readSubmission(file: string): Promise<Submission | undefined> {
  return readJsonFileIfAny(file, SUBMITTED_JSON);
}

/** Notes what was submitted. */
export async function writeSubmission(file: string, submission: Submission): Promise<void> {
  await writeAtomically(file, `${JSON.stringify({ format: FORMAT, ...submission }, null, 1)}\n`);
}
