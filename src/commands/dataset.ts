import { Command } from "commander";
import { HashbookError, UsageError } from "../core/errors.js";
import { writeAtomically } from "../core/files.js";
import { progressLine } from "../core/progress.js";
import { Random } from "../core/random.js";
import type { Dataset, DatasetSummary } from "../datasets/dataset.js";
import { datasetSummary, rowsByClass } from "../datasets/dataset.js";
import { datasetNames, openDataset } from "../datasets/open-dataset.js";
import type { Split } from "../datasets/split.js";
import { hashingSplit, officialSplit } from "../datasets/split.js";

interface DatasetFlags {
  root?: string;
  download?: boolean;
  json?: boolean;
  contactSheet?: string;
  check: string;
}

/** Sizes of the splits a dataset allows. */
interface SplitCounts {
  readonly protocol: string;
  readonly seed: number;
  readonly query: number;
  readonly train: number;
  readonly database: number;
}

/** What `hashbook dataset --json` prints. */
export interface DatasetReport extends DatasetSummary {
  /** How many images were decoded to check them, and the bounds of their sizes in pixels. */
  readonly checked: { readonly images: number; readonly width: readonly number[]; readonly height: readonly number[] };
  readonly splits: readonly SplitCounts[];
  /** Why the default split is not among them, when it is not. */
  readonly splitProblem?: string;
}

/** Columns of the contact sheet at most. */
const SHEET_COLUMNS = 10;
/** Classes on the contact sheet at most. */
const SHEET_ROWS = 30;

function countsOf({ protocol, seed, query, train, database }: Split): SplitCounts {
  return { protocol, seed, query: query.length, train: train.length, database: database.length };
}

function splitsOf(dataset: Dataset): Pick<DatasetReport, "splits" | "splitProblem"> {
  const splits: SplitCounts[] = [];
  if (dataset.name === "fashion-mnist") splits.push(countsOf(officialSplit(dataset)));
  try {
    return { splits: [...splits, countsOf(hashingSplit(dataset))] };
  } catch (error) {
    if (!(error instanceof HashbookError)) throw error;
    return { splits, splitProblem: error.message };
  }
}

/** Decodes a seeded sample of the images (all of them when `limit` is no smaller). */
async function checkImages(dataset: Dataset, limit: number): Promise<DatasetReport["checked"]> {
  const { decodePixels } = await import("../images/decode.js");
  const rows = new Random(0).permutation(dataset.ids.length).slice(0, limit).sort();
  const width = [Number.POSITIVE_INFINITY, 0];
  const height = [Number.POSITIVE_INFINITY, 0];
  for (const row of rows) {
    const image = await decodePixels(await dataset.image(row), { name: dataset.ids[row] });
    width[0] = Math.min(width[0], image.width);
    width[1] = Math.max(width[1], image.width);
    height[0] = Math.min(height[0], image.height);
    height[1] = Math.max(height[1], image.height);
  }
  return rows.length === 0 ? { images: 0, width: [], height: [] } : { images: rows.length, width, height };
}

/** A PNG with the first images of each class, a class a row: ten, or what the smallest class has. */
async function classSheet(dataset: Dataset): Promise<Uint8Array> {
  const { contactSheet } = await import("../images/contact-sheet.js");
  const classes = rowsByClass(dataset)
    .filter(rows => rows.length > 0)
    .slice(0, SHEET_ROWS);
  const columns = Math.min(SHEET_COLUMNS, ...classes.map(rows => rows.length));
  const shown = classes.flatMap(rows => rows.slice(0, columns));
  const images = await Promise.all(shown.map(row => dataset.image(row)));
  const captions = shown.map(row => dataset.classNames[dataset.labels[row]]);
  return contactSheet(images, { columns, captions });
}

function range([least, most]: readonly number[]): string {
  return least === most ? `${least}` : `${least}-${most}`;
}

function textOf(report: DatasetReport): string {
  const { checked } = report;
  const lines = [
    `${report.name}: ${report.images} images, ${report.classes} classes of ${range([report.smallestClass, report.largestClass])}`,
    report.description,
  ];
  if (checked.images > 0) {
    lines.push(`${checked.images} images decoded: ${range(checked.width)} × ${range(checked.height)} pixels`);
  }
  for (const one of report.perClass.slice(0, SHEET_ROWS)) {
    lines.push(`  ${String(one.label).padStart(4)}  ${one.name.padEnd(24)} ${String(one.images).padStart(6)}`);
  }
  if (report.classes > SHEET_ROWS) lines.push(`  … ${report.classes - SHEET_ROWS} more classes (--json lists all)`);
  for (const split of report.splits) {
    lines.push(`split (${split.protocol}): ${split.query} query, ${split.train} train, ${split.database} database`);
  }
  if (report.splitProblem !== undefined) lines.push(`no default split: ${report.splitProblem}`);
  lines.push(`content hash ${report.contentHash}`);
  return lines.join("\n");
}

async function run(name: string, flags: DatasetFlags): Promise<void> {
  const limit = flags.check === "all" ? Number.POSITIVE_INFINITY : Number(flags.check);
  if (!(limit >= 0)) throw new UsageError("--check wants a number of images or all", { actual: flags.check });
  const dataset = await openDataset(name, {
    ...flags,
    onProgress: progress => {
      const end = progress.done === progress.total ? "\n" : "";
      if (end !== "" || process.stderr.isTTY) process.stderr.write(`\r${progressLine(progress)}\x1b[K${end}`);
    },
  });
  const report: DatasetReport = {
    ...datasetSummary(dataset),
    checked: await checkImages(dataset, limit),
    ...splitsOf(dataset),
  };
  if (flags.contactSheet !== undefined) {
    await writeAtomically(flags.contactSheet, await classSheet(dataset));
    process.stderr.write(`wrote ${flags.contactSheet}\n`);
  }
  process.stdout.write(`${flags.json ? JSON.stringify(report, null, 2) : textOf(report)}\n`);
}

/** `hashbook dataset`: checks a dataset and prints its summary. */
export function datasetCommand(): Command {
  return new Command("dataset")
    .description("check a dataset and print its summary")
    .argument("<name>", `${datasetNames.join(", ")}, or the path of an image folder or a label file`)
    .option("--root <path>", "where the dataset is, when not at its usual place")
    .option("--download", "fetch what is missing and can be fetched")
    .option("--check <images>", "how many images to decode, or all", "100")
    .option("--contact-sheet <file.png>", "draw the first images of each class, ten at most")
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      `
Examples:
  hashbook dataset fashion-mnist-10k
  hashbook dataset fashion-mnist --download --json
  hashbook dataset pictures/ --check all --contact-sheet sheet.png
  hashbook dataset label-file --root train_data/label.txt`,
    )
    .action(run);
}
