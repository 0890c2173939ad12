import { Command } from "commander";
import type { AllowedDifference } from "../comparison/compared-runs.js";
import { checkOverwritesNothing } from "../core/overwriting.js";
import { abortOnSignal } from "./abort-on-signal.js";
import type { ComparisonFlags } from "./comparison-outputs.js";
import {
  addComparisonOptions,
  comparisonOutputs,
  comparisonText,
  metricsOfFlags,
  writeComparison,
} from "./comparison-outputs.js";
import { oneOf } from "./numbers.js";
import type { Where } from "./where-option.js";
import { whereFlag } from "./where-option.js";

interface CompareFlags extends ComparisonFlags {
  differing: AllowedDifference[];
  dropQueriesFromDatabase: boolean;
  where?: Where;
  json: boolean;
}

const EXAMPLES = `
Examples:
  $ hashbook compare my-study
  $ hashbook compare my-study --metric mAP@5000 --metric 'P@H<=2' --latex table.tex --markdown table.md
  $ hashbook compare my-study --metric mAP@5000 --figures figures/ --columns 1 --fonts latex
  $ hashbook compare my-study --where method=hashnet,dch bits=48
  $ hashbook compare records/paper runs/studies/more --metric mAP@1000:thuml --metric ./mine.js --json

Studies are those of \`sweep\`: ids (\`hashbook runs\` lists them) or folders. Means ± standard deviations over seeds; the best
of each column and the second are marked. All pairs of a column are tested on the same queries, over queries and seeds,
corrected for the number of pairs. Everything is measured from the codes that are stored, so any measure and cutoff can be
asked for now; nothing is trained. Runs of other data, roles, train rows or treatment of unlabelled items do not stand in
one column: the message says what differs.`;

/** `hashbook compare`: the table of a paper, out of studies. */
export function compareCommand(): Command {
  const command = new Command("compare")
    .description("compare the runs of studies: means over seeds, tests, tables for LaTeX, Markdown, CSV")
    .argument("<studies...>", "ids or folders of studies");
  return addComparisonOptions(command)
    .option(
      "--differing <what>",
      "what may differ between runs, and is said: features (backbones), learned (train rows); may be repeated",
      (text: string, earlier: AllowedDifference[]) => [
        ...earlier,
        oneOf<AllowedDifference>(["features", "learned"])(text),
      ],
      [],
    )
    .option("--where <name=values...>", "only runs that were made so, as for runs", whereFlag)
    .option("--drop-queries-from-database", "leave queries that stand in the database out of it", false)
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(compareStudies);
}

async function compareStudies(names: readonly string[], flags: CompareFlags): Promise<void> {
  const { readStudy } = await import("../records/read-study.js");
  const { compare } = await import("../comparison/compare.js");
  const { progressLine } = await import("../core/progress.js");
  const studies = await Promise.all(names.map(name => readStudy(name)));
  const folders = studies.map(({ folder }) => folder);
  await checkOverwritesNothing(
    comparisonOutputs(flags),
    { "--metric": flags.metric },
    { folders: { studies: folders } },
  );
  const { differing, dropQueriesFromDatabase, json } = flags;
  const { runRows } = await import("../records/run-rows.js");
  const rows = runRows(studies, flags.where === undefined ? {} : { where: Object.fromEntries(flags.where) });
  const asked = new Set(rows.map(({ study, run }) => `${study}/${run}`));
  const { signal, forget } = abortOnSignal();
  try {
    const comparison = await compare(studies, {
      metrics: await metricsOfFlags(flags),
      where: ({ study, record }) => asked.has(`${study}/${record.name}`),
      ...{ differing, dropQueriesFromDatabase, signal },
      ...(process.stderr.isTTY ? { onProgress: state => process.stderr.write(`\r\x1b[2K${progressLine(state)}`) } : {}),
    });
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[2K");
    await writeComparison(comparison, studies, flags);
    process.stdout.write(`${json ? JSON.stringify(comparison) : await comparisonText(comparison)}\n`);
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stderr.write(`hashbook: ${(error as Error).message}; nothing is printed of a part of the runs\n`);
    process.exitCode = 130;
  } finally {
    forget();
  }
}
