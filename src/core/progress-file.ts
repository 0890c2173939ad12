import { writeAtomically } from "./files.js";
import type { JsonFileKind } from "./json-file.js";
import { readJsonFile } from "./json-file.js";
import { COUNT, objectOf } from "./json-schema.js";
import type { ProgressListener } from "./progress.js";

/** How far a piece of work was when that was last written down. */
export interface ProgressMark {
  readonly done: number;
  readonly total: number;
}

const PROGRESS_JSON: JsonFileKind<ProgressMark> = {
  what: "how far a task is",
  schema: objectOf({ done: COUNT, total: COUNT }),
};

/** Milliseconds between two writes. */
const PAUSE = 1000;

/**
 * Writes down how far work is, for whoever watches it from another machine: in the file of `HASHBOOK_PROGRESS`.
 * @returns undefined where that is not set
 */
export function progressFile(file: string | undefined = process.env.HASHBOOK_PROGRESS): ProgressListener | undefined {
  if (file === undefined || file === "") return undefined;
  let due = 0;
  let writing: Promise<void> = Promise.resolve();
  return ({ done, total }) => {
    const now = performance.now();
    if (now < due && done < total) return;
    due = now + PAUSE;
    // One after the other; that it cannot be written ends no work.
    writing = writing.then(() => writeAtomically(file, `${JSON.stringify({ done, total })}\n`)).catch(() => undefined);
  };
}

/** How far a task is; undefined where it has not said. */
export async function readProgressFile(file: string): Promise<ProgressMark | undefined> {
  return readJsonFile(file, PROGRESS_JSON).catch(() => undefined);
}
