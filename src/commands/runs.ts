import { Command } from "commander";
import { shownNumber } from "../core/shown-number.js";
import type { RunRow } from "../records/run-rows.js";
import type { StudyRecord } from "../records/study-record.js";
import { runsKeepCommand } from "./runs-keep.js";
import { runsPackCommand } from "./runs-pack.js";
import { runsPruneCommand } from "./runs-prune.js";
import type { TextColumn } from "./text-table.js";
import { textTable } from "./text-table.js";
import type { Where } from "./where-option.js";
import { whereFlag } from "./where-option.js";

interface RunsFlags {
  where?: Where;
  sort?: string;
  reverse: boolean;
  folder?: string;
  json: boolean;
}

const EXAMPLES = `
Examples:
  $ hashbook runs                                        all studies
  $ hashbook runs gamma                                  the runs of one
  $ hashbook runs --where method=dch bits=48 --sort mAP  runs of all studies, the best first
  $ hashbook runs gamma --where gamma=5,20 --sort trainSeconds --json
  $ hashbook runs keep gamma --to records
  $ hashbook runs pack gamma --out gamma.tar.gz --with-data

Studies are those of runs/studies, then of records; an argument is the id of one, or a folder. --where takes what runs were
made with (method, bits, seed, gamma, epochs, optimizer.kind …), study or run; commas part values that will do. --sort takes
the same, date, trainSeconds, and measures that runs were judged by (mAP, mAP@1000, P@H≤2, top-1, val/mAP …), largest first.
\`hashbook compare\` puts runs side by side, with tests and any measure.`;

/** `hashbook runs`: what studies and runs there are. */
export function runsCommand(): Command {
  return new Command("runs")
    .description("list studies and their runs; keep, pack and prune them")
    .argument("[studies...]", "ids or folders of studies; default: all")
    .option("--where <name=values...>", "only runs that were made so", whereFlag)
    .option("--sort <name>", "by a measure, largest first, or by what runs were made with")
    .option("--reverse", "the other way round", false)
    .option("--folder <folder>", "of studies; default: runs/studies, then records")
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(listRuns)
    .addCommand(runsKeepCommand())
    .addCommand(runsPackCommand())
    .addCommand(runsPruneCommand());
}

async function listRuns(ids: readonly string[], { where, sort, reverse, folder, json }: RunsFlags): Promise<void> {
  const { knownStudies } = await import("../records/known-studies.js");
  const { readStudy } = await import("../records/read-study.js");
  const options = folder === undefined ? {} : { folder };
  const studies = await (ids.length === 0 ? knownStudies(options) : Promise.all(ids.map(id => readStudy(id, options))));
  if (ids.length === 0 && where === undefined && sort === undefined)
    return print(studyText(studies), json, { studies: studies.map(summaryOf) });
  const { runRows } = await import("../records/run-rows.js");
  const rows = runRows(studies, {
    ...(where === undefined ? {} : { where: Object.fromEntries(where) }),
    sort,
    reverse,
  });
  // Of a failed run nothing is known but its name: asked for by what runs were made with, it may be another's.
  const failed = where === undefined ? studies.flatMap(study => study.failed) : [];
  print(runText(rows, studies, failed), json, { runs: rows, failed });
}

function print(text: string, json: boolean, document: object): void {
  process.stdout.write(`${json ? JSON.stringify(document) : text}\n`);
}

/** A study in a list of all. */
interface StudySummary {
  readonly id: string;
  readonly folder: string;
  readonly date: string;
  readonly dataset: string;
  readonly protocol: string;
  readonly methods: readonly string[];
  readonly bits: readonly number[];
  readonly seeds: readonly number[];
  readonly finished: number;
  readonly failed: number;
  readonly missing: number;
}

function summaryOf({ id, folder, date, data, protocol, runs, failed, missing }: StudyRecord): StudySummary {
  const distinct = <T>(of: (run: StudyRecord["runs"][number]["record"]) => T): T[] => [
    ...new Set(runs.map(({ record }) => of(record))),
  ];
  return {
    ...{ id, folder, date, dataset: data.dataset, protocol: protocol.name ?? protocol.words },
    methods: distinct(({ config }) => config.method),
    bits: distinct(({ bits }) => bits),
    seeds: distinct(({ seed }) => seed),
    ...{ finished: runs.length, failed: failed.length, missing: missing.length },
  };
}

function studyText(studies: readonly StudyRecord[]): string {
  if (studies.length === 0) return "There are no studies yet: `hashbook sweep --help` says how to run one.";
  const state = ({ finished, failed, missing }: StudySummary): string =>
    [
      `${finished} finished`,
      ...(failed > 0 ? [`${failed} failed`] : []),
      ...(missing > 0 ? [`${missing} missing`] : []),
    ].join(", ");
  return textTable(studies.map(summaryOf), [
    { head: "study", cell: ({ id }) => id },
    { head: "begun", cell: ({ date }) => date.slice(0, 10) },
    { head: "dataset", cell: ({ dataset }) => dataset },
    { head: "methods", cell: ({ methods }) => methods.join(" ") },
    { head: "bits", cell: ({ bits }) => bits.join(" ") },
    { head: "seeds", cell: ({ seeds }) => seeds.join(" ") },
    { head: "runs", cell: state },
  ]);
}

/** Columns that runs have in any case; those of measures only where one has them. */
function runText(rows: readonly RunRow[], studies: readonly StudyRecord[], failed: StudyRecord["failed"]): string {
  const failures = failed.map(({ name, message }) => `failed: ${name}: ${message}`);
  if (rows.length === 0) return ["No run is finished that is so.", ...failures].join("\n");
  const measures = ["mAP", "P@H≤2", "top-1", "val/mAP"].filter(name => rows.some(({ metrics }) => name in metrics));
  const ofMeasure = (head: string): TextColumn<RunRow> => ({
    head,
    cell: ({ metrics }) => (metrics[head] === undefined ? "–" : shownNumber(metrics[head])),
    right: true,
  });
  const several = studies.length > 1 ? [{ head: "study", cell: ({ study }: RunRow) => study }] : [];
  const table = textTable<RunRow>(rows, [
    ...several,
    { head: "run", cell: ({ run }) => run },
    { head: "title", cell: ({ title }) => title },
    ...measures.map(ofMeasure),
    { head: "train s", cell: ({ trainSeconds }) => trainSeconds.toFixed(1), right: true },
    { head: "date", cell: ({ date }) => date.slice(0, 16).replace("T", " ") },
  ]);
  return [table, ...failures].join("\n");
}
