// What `compare` and `sweep` have in common: which measures, and where tables and figures go.
import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { MEASURE_FORMS, measuresOf } from "../comparison/measure.js";
import type { RunComparison } from "../comparison/run-comparison.js";
import { writeOutput } from "../core/output-files.js";
import type { NamedPaths } from "../core/overwriting.js";
import { metricNames } from "../metrics/known-metrics.js";
import type { Metric } from "../metrics/metric.js";
import { isMetricFile, metricOfFile } from "../metrics/metric-file.js";
import type { StudyRecord } from "../records/study-record.js";
import { addFigureOptions, type FigureFlags, writeFigures } from "./figure-options.js";

/** Flags of {@link addComparisonOptions}. */
export interface ComparisonFlags extends FigureFlags {
  metric: string[];
  latex?: string;
  markdown?: string;
  csv?: string;
}

/** Adds the flags of a comparison. */
export function addComparisonOptions(command: Command): Command {
  const tables = command
    .option(
      "--metric <name>",
      `what is compared, from the codes that are stored; may be repeated: ${[...MEASURE_FORMS, ...metricNames].join(", ")}, or FILE.js with one of your own; default: mAP, P@H≤2`,
      collectMeasure,
      [],
    )
    .option("--latex <file>", "write the table for LaTeX with booktabs, best in bold, second underlined")
    .option("--markdown <file>", "write it as Markdown")
    .option("--csv <file>", "write all values with all digits, a line each, with intervals and corrected p");
  return addFigureOptions(tables);
}

/** A name is checked at once; a file is loaded when the work begins. */
function collectMeasure(text: string, earlier: string[]): string[] {
  try {
    if (!isMetricFile(text)) measuresOf([text]);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
  return earlier.includes(text) ? earlier : [...earlier, text];
}

/** The metrics that the flags name; undefined where they name none. */
export async function metricsOfFlags({ metric }: ComparisonFlags): Promise<(string | Metric)[] | undefined> {
  if (metric.length === 0) return undefined;
  return Promise.all(metric.map(async name => (isMetricFile(name) ? metricOfFile(name) : name)));
}

/** What the flags name to be written, for `checkOverwritesNothing`. */
export function comparisonOutputs({ latex, markdown, csv, figures }: ComparisonFlags): NamedPaths {
  return { "--latex": latex, "--markdown": markdown, "--csv": csv, "--figures": figures };
}

/**
 * Writes the tables and figures that the flags name.
 * @param studies that were compared
 */
export async function writeComparison(
  comparison: RunComparison,
  studies: StudyRecord | readonly StudyRecord[],
  flags: ComparisonFlags,
): Promise<void> {
  const { latex, markdown, csv } = flags;
  if (latex !== undefined) {
    await writeOutput(latex, (await import("../comparison/latex-table.js")).latexTable(comparison));
  }
  if (markdown !== undefined) {
    await writeOutput(markdown, (await import("../comparison/markdown-table.js")).markdownTable(comparison));
  }
  if (csv !== undefined) await writeOutput(csv, (await import("../comparison/csv-table.js")).csvTable(comparison));
  await writeFigures(flags, async () => {
    const { studyFigures } = await import("../comparison/study-figures.js");
    return studyFigures(studies, comparison);
  });
}

/** A comparison for a terminal: the table, what it is of, and what to know. */
export async function comparisonText(comparison: RunComparison): Promise<string> {
  const { tablePlain } = await import("../notebook/table.js");
  const { comparisonRows, ROW_MARKS } = await import("../comparison/comparison-rows.js");
  const several = comparison.entries.some(({ seeds }) => seeds.length > 1);
  return [
    tablePlain(comparisonRows(comparison)),
    "",
    `${comparison.about}.`,
    ...Object.entries(comparison.measures).map(([name, definition]) => `${name}: ${definition}.`),
    `${several ? "Means ± standard deviations over seeds; " : ""}${ROW_MARKS}.`,
    ...comparison.notes,
  ].join("\n");
}
