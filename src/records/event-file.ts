import { join } from "node:path";
import { writeAtomically } from "../core/files.js";
import { openAppendOnly } from "./append-only-file.js";
import type { CourseRow } from "./course-rows.js";
import { scalarEvent, versionEvent } from "./tensorboard-event.js";
import { recordEnds, tfRecord } from "./tf-record.js";

// TensorBoard looks for "tfevents" in names, and reads the files of a folder in the order of their names.

/** The steps of a run, one file however often it was gone on with. */
export const COURSE_EVENTS = "events.out.tfevents.0.hashbook";

/** How the finished run does. */
export const FINAL_EVENTS = "events.out.tfevents.1.hashbook";

/** The events of the steps of a run: one for the version, then one a step. */
export interface EventFile {
  /** Appends the steps that are not in it yet. @param rows all so far */
  follow(rows: readonly CourseRow[]): Promise<void>;
  /** Begins anew with some steps. */
  restart(rows: readonly CourseRow[]): Promise<void>;
}

/** Opens the event file in the folder of a run, to go on with what is there; an event that a kill has torn is cut off. */
export async function openEventFile(folder: string): Promise<EventFile> {
  const file = await openAppendOnly(join(folder, COURSE_EVENTS), bytes => recordEnds(bytes).at(-1) ?? 0);
  let events = recordEnds(file.content).length;
  const eventsFrom = (first: number, rows: readonly CourseRow[]): Buffer => {
    const now = Date.now() / 1000;
    const missing = rows.slice(Math.max(0, first - 1)).map(({ step, values }) => scalarEvent(now, step, values));
    return Buffer.concat([...(first === 0 ? [versionEvent(now)] : []), ...missing].map(tfRecord));
  };
  return {
    async follow(rows) {
      if (events >= 1 + rows.length) return;
      await file.append(eventsFrom(events, rows));
      events = 1 + rows.length;
    },
    async restart(rows) {
      await file.replace(eventsFrom(0, rows));
      events = 1 + rows.length;
    },
  };
}

/** Writes how a finished run does, at its last step. @param values by tag */
export async function writeFinalEvents(
  folder: string,
  step: number,
  values: Readonly<Record<string, number>>,
): Promise<void> {
  const now = Date.now() / 1000;
  const events = [versionEvent(now), scalarEvent(now, step, values)];
  await writeAtomically(join(folder, FINAL_EVENTS), Buffer.concat(events.map(tfRecord)));
}
