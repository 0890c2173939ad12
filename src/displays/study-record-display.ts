import type { Display } from "../core/display.js";
import { shownNumber } from "../core/shown-number.js";
import type { Candidate, StudyRecord } from "../records/study-record.js";
import { placeText } from "./place-text.js";

/** Failed runs that are named. */
const MOST_NAMED = 5;

/** A study that was run: the table of its runs, what failed or is missing, and what was chosen. */
export const studyRecordDisplay: Display<StudyRecord> = {
  name: "study-record",
  is: (value): value is StudyRecord => {
    const { id, folder, runs, failed, asked } = (value ?? {}) as StudyRecord;
    return typeof id === "string" && typeof folder === "string" && [runs, failed, asked].every(Array.isArray);
  },
  async mime(study) {
    const { resultRows } = await import("../experiments/result.js");
    const { rowsBundle } = await import("./rows-bundle.js");
    const { runs, cosine, folder } = study;
    const results = [...runs.flatMap(({ result }) => result ?? []), ...(cosine === undefined ? [] : [cosine])];
    const notes = [countText(study), ...failureNotes(study), ...selectionNotes(study), `In ${placeText(folder)}.`];
    return rowsBundle(
      results.length === 0 ? runs.map(({ record: { name } }) => ({ name })) : resultRows(results),
      notes,
    );
  },
};

function countText({ id, runs, failed, missing, protocol }: StudyRecord): string {
  const parts = [`${runs.length} ${runs.length === 1 ? "run" : "runs"}`];
  if (failed.length > 0) parts.push(`${failed.length} failed`);
  if (missing.length > 0) parts.push(`${missing.length} to be run`);
  return `Study **${id}**: ${parts.join(", ")}. ${protocol.words}.`;
}

function failureNotes({ failed }: StudyRecord): string[] {
  const named = failed.slice(0, MOST_NAMED).map(({ name, message }) => `**Failed**: ${name}: ${message}`);
  return failed.length > MOST_NAMED ? [...named, `and ${failed.length - MOST_NAMED} more.`] : named;
}

function selectionNotes({ selection }: StudyRecord): string[] {
  if (selection === undefined) return [];
  const chosen = Object.entries(selection.chosen).flatMap(([group, { candidates }]) => {
    if (candidates.length < 2) return [];
    const best = candidates.reduce((one, other) => (other.validationMAP > one.validationMAP ? other : one));
    return [`${group}: ${candidateText(best)}, of ${candidates.length} settings.`];
  });
  return [`Settings chosen by ${selection.by}.`, ...chosen];
}

function candidateText({ settings, validationMAP, seeds }: Candidate): string {
  const of = seeds === 1 ? "" : `, mean of ${seeds} seeds`;
  return `${settings === "" ? "the defaults" : settings} (validation mAP ${shownNumber(validationMAP)}${of})`;
}
