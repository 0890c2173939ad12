import type { Split } from "../datasets/roles.js";
import { overlapText } from "../datasets/split-overlaps.js";
import type { StudyRecord } from "../records/study-record.js";
import type { ComparedColumns } from "./compared-column.js";
import type { EntryRuns } from "./compared-runs.js";
import type { Measure } from "./measure.js";
import type { ComparedBaseline } from "./run-comparison.js";
import { trainingNotes } from "./training-notes.js";

/** What notes are made of. */
export interface Noted {
  readonly entries: readonly EntryRuns[];
  readonly measures: readonly Measure[];
  readonly columns: ComparedColumns;
  readonly baselines: readonly ComparedBaseline[];
  readonly split: Split;
  readonly options: { readonly draws?: number; readonly differing?: readonly string[] };
}

/** What a reader of a comparison must know, a sentence each: the test first, then what is not as it should be. */
export function comparisonNotes(studies: readonly StudyRecord[], noted: Noted): string[] {
  const trainings = trainingNotes(noted.entries);
  const notes = [
    ...testNotes(noted),
    ...seedNotes(noted),
    ...trainings,
    ...columnNotes(noted),
    ...baselineNotes(noted),
  ];
  return [...new Set([...notes, ...studies.flatMap(studyNotes)])];
}

function testNotes({ columns: { tests }, options: { draws = 10_000 } }: Noted): string[] {
  const tested = tests.filter(({ pairs }) => pairs > 0);
  if (tested.length === 0) return ["Each column has one entry: there is nothing to test."];
  const over = tested.some(({ overSeeds }) => overSeeds);
  const pairs = [...new Set(tested.map(test => test.pairs))].join(" or ");
  const how = over
    ? "two-way random effects of queries and seeds, against tables drawn without differences"
    : "Fisher's randomisation test over queries";
  return [
    `All pairs of a column are tested on the same queries (${how}; ${draws} draws); p is corrected for the ${pairs} pairs of its column.`,
  ];
}

function seedNotes({ entries, columns: { tests } }: Noted): string[] {
  const counts = entries.map(({ runs }) => runs.length);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const fewest = entries.find(({ runs }) => runs.length === least)!;
  if (tests.every(({ overSeeds }) => !overSeeds)) {
    return most === 1
      ? ["One seed each: tests and intervals are over queries alone; how other seeds would do is not in them."]
      : ["The seeds give equal values: tests and intervals are over queries alone."];
  }
  if (least === most) {
    return least === 2 ? ["Two seeds tell little of how seeds vary: a difference just told may be none."] : [];
  }
  const taken = least === 1 ? "; where there is one seed, it is taken to vary as the others do" : "";
  return [`Between ${least} (${fewest.title}, ${fewest.bits} bits) and ${most} seeds an entry${taken}.`];
}

function columnNotes({ columns: { tests }, measures, entries, split, options }: Noted): string[] {
  const left = tests.filter(({ leftOut }) => leftOut > 0);
  const balls = measures.filter(({ radii }) => radii).map(({ name }) => name);
  const embeddings = entries.filter(({ runs }) => runs[0].record.output === "embedding").map(({ title }) => title);
  const overlaps = overlapText(split);
  return [
    ...left.map(
      ({ measure, bits, leftOut }) =>
        `${measure}, ${bits} bits: ${leftOut} queries that some runs leave out are in means, not in tests.`,
    ),
    ...measures.flatMap(measure => cutoffNote(measure, split)),
    ...(embeddings.length > 0
      ? [
          `${[...new Set(embeddings)].join(", ")}: real values ranked by cosine, as many as the others have bits${balls.length === 0 ? "" : `; they have no ${balls.join(", ")}`}.`,
        ]
      : []),
    ...(overlaps === undefined ? [] : [`Roles overlap: ${overlaps}.`]),
    ...(options.differing ?? []).map(what => `Runs may differ in ${what}, as was asked for.`),
  ];
}

/** A cutoff that cuts nothing: the number in the name would say what is not so. */
function cutoffNote({ name, cutoff = 0 }: Measure, { database }: Split): string[] {
  if (cutoff < database.length) return [];
  return [`${name}: the database has ${database.length} items, so the whole ranking counts.`];
}

function baselineNotes({ baselines, measures }: Noted): string[] {
  return baselines.flatMap(({ title, values }) => {
    const missing = measures.filter(({ name, radii }) => !radii && !(name in values)).map(({ name }) => name);
    const some = Object.keys(values).length > 0;
    return [
      ...(some ? [`${title}: exhaustive search by real values, measured when the study was run, not tested.`] : []),
      ...(missing.length > 0 ? [`${title} was not measured by ${missing.join(", ")} when the study was run.`] : []),
    ];
  });
}

function studyNotes({ id, failed, missing, selection }: StudyRecord): string[] {
  return [
    ...(failed.length === 0
      ? []
      : [`${id}: failed, and not in the table: ${failed.map(({ name }) => name).join(", ")}.`]),
    ...(missing.length === 0 ? [] : [`${id}: not finished, and not in the table: ${missing.join(", ")}.`]),
    ...(selection === undefined
      ? []
      : [`${id}: settings were chosen by ${selection.by}; the queries judged the chosen ones only.`]),
  ];
}
