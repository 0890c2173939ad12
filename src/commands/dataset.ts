import { realpath, stat } from "node:fs/promises";
import { basename } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { datasetNames, openDataset } from "../catalogue/open-dataset.js";
import { UsageError } from "../core/errors.js";
import { writeOutput } from "../core/output-files.js";
import { checkOverwritesNothing } from "../core/overwriting.js";
import type { ProgressListener } from "../core/progress.js";
import { progressLine } from "../core/progress.js";
import type { Dataset } from "../datasets/dataset.js";
import type { SampleProducts } from "../digix-sample/plan.js";
import type { Truncated } from "../images/preprocessing.js";
import { findProtocol } from "../protocols/known-protocols.js";
import type { NamedLeaks } from "./dataset-leaks.js";
import { datasetReport } from "./dataset-report.js";
import { datasetText } from "./dataset-text.js";
import type { DigixFlags } from "./digix-options.js";
import { addDigixOptions } from "./digix-options.js";
import type { ListFlags } from "./list-options.js";
import { addListOptions } from "./list-options.js";
import { madeSample } from "./made-sample.js";
import { wholeNumber } from "./numbers.js";
import { asFlags } from "./option-flag.js";
import { TRUNCATED } from "./truncated-option.js";

interface DatasetFlags extends ListFlags, DigixFlags {
  root?: string;
  download?: boolean;
  json?: boolean;
  contactSheet?: string;
  figure?: string;
  check: string;
  truncated: Truncated;
  leaks?: boolean;
  duplicates?: string;
  out?: string;
  seed?: number;
  products?: Partial<SampleProducts>;
  protocols?: boolean;
}

const onProgress: ProgressListener = progress => {
  const end = progress.done === progress.total ? "\n" : "";
  if (end !== "" || process.stderr.isTTY) process.stderr.write(`\r${progressLine(progress)}\x1b[K${end}`);
};

async function run(name: string | undefined, flags: DatasetFlags): Promise<void> {
  if (flags.protocols) {
    const { protocolTable } = await import("./protocol-table.js");
    process.stdout.write(`${await asFlags(() => protocolTable(name, flags.json === true))}\n`);
    return;
  }
  if (name === undefined)
    throw new UsageError("a dataset has no name", { expected: `one of ${datasetNames.join(", ")}; or --protocols` });
  await reportDataset(name, flags);
}

async function reportDataset(name: string, flags: DatasetFlags): Promise<void> {
  const limit = flags.check === "all" ? Number.POSITIVE_INFINITY : Number(flags.check);
  if (!(limit >= 0)) throw new UsageError("--check wants a number of images or all", { actual: flags.check });
  const { pathsOfDataset } = await import("./read-files.js");
  const { inputs, folders } = await pathsOfDataset(name, flags.root ?? flags.out, flags);
  const pictures = { "--contact-sheet": flags.contactSheet, "--figure": flags.figure };
  await checkOverwritesNothing(
    { ...pictures, "--duplicates": flags.duplicates },
    { ...inputs, "--merge-products": flags.mergeProducts },
    { folders },
  );
  if (flags.figure !== undefined) await checkedFigure(flags.figure);
  const ofSample = findProtocol(name)?.rule === undefined ? flags : { ...flags, seed: undefined };
  const root = await madeSample(name, ofSample, onProgress);
  const dataset = await openDataset(name, { ...flags, root, onProgress, tolerant: true });
  for (const [flag, file] of Object.entries(pictures)) if (file !== undefined) await checkNoImage(flag, file, dataset);
  const { truncated } = flags;
  const found = await datasetReport(dataset, { limit, truncated });
  const leaks = flags.leaks ? { leaks: await leaksOf(dataset, root) } : {};
  if (flags.contactSheet !== undefined) {
    const { classSheet } = await import("./dataset-sheet.js");
    const { png, broken } = await classSheet(dataset, { truncated });
    await writeOutput(flags.contactSheet, png);
    const crossed = broken === 0 ? "" : `; ${broken} images cannot be read and are crossed out`;
    process.stderr.write(`wrote ${flags.contactSheet}${crossed}\n`);
  }
  if (flags.figure !== undefined) {
    const { datasetFigure } = await import("../plots/dataset-figure.js");
    const { saveFigure } = await import("../plots/save-figure.js");
    await saveFigure(datasetFigure(dataset), flags.figure);
    process.stderr.write(`wrote ${flags.figure}\n`);
  }
  const duplicates = flags.duplicates === undefined ? undefined : await duplicatesIn(dataset, flags.duplicates);
  const whole = { ...found, ...leaks, ...(duplicates === undefined ? {} : { duplicates }) };
  const said = duplicates === undefined ? "" : `\n${duplicates.text}`;
  process.stdout.write(`${flags.json ? JSON.stringify(whole, null, 2) : `${datasetText(whole)}${said}`}\n`);
}

/** Products that are one under different names, written as a list. */
interface WrittenDuplicates {
  readonly file: string;
  readonly groups: readonly (readonly string[])[];
  readonly doubtful: number;
  readonly text: string;
}

async function duplicatesIn(dataset: Dataset, file: string): Promise<WrittenDuplicates> {
  const { duplicatesText, findDuplicateProducts, writeDuplicates } = await import("../challenge/duplicates-list.js");
  const found = await findDuplicateProducts(dataset, { onProgress });
  await writeDuplicates(file, found, dataset);
  process.stderr.write(`wrote ${file}\n`);
  return { file, groups: found.groups, doubtful: found.doubtful.length, text: duplicatesText(found) };
}

/** @throws {UsageError} for a file that no figure is written to */
async function checkedFigure(file: string): Promise<void> {
  const { checkFigureFile } = await import("../plots/save-figure.js");
  await asFlags(() => checkFigureFile(file));
}

/** @throws {UsageError} when a picture would be drawn over an image */
async function checkNoImage(flag: string, picture: string, dataset: Dataset): Promise<void> {
  const found = await stat(picture).catch(() => undefined);
  if (found === undefined) return;
  const images: string[] = [];
  for (let row = 0; row < dataset.ids.length; row++) {
    const image = await dataset.image(row);
    if (typeof image !== "string") return; // in a file of many, which no picture is
    // A file of one name can be an image of that name alone.
    if (found.nlink > 1 || basename(image).toLowerCase() === basename(await realpath(picture)).toLowerCase())
      images.push(image);
  }
  await checkOverwritesNothing({ [flag]: picture }, { "images of the dataset": images });
}

/** Leaks inside the dataset, and for DIGIX's train part also into the test parts that are there. */
async function leaksOf(dataset: Dataset, root: string | undefined): Promise<NamedLeaks[]> {
  const { datasetLeaks } = await import("./dataset-leaks.js");
  const others: Dataset[] = [];
  if (dataset.name === "digix" || dataset.name === "digix-sample") {
    for (const part of ["test-a", "test-b"]) {
      const other = await openDataset(`${dataset.name}-${part}`, { root, onProgress }).catch((error: Error) => {
        process.stderr.write(`not compared with ${part}: ${error.message}\n`);
      });
      if (other !== undefined) others.push(other);
    }
  }
  return datasetLeaks(dataset, others, onProgress);
}

function productsOption(text: string): Partial<SampleProducts> {
  const [, train, testA, testB] = /^(\d+)(?:,(\d+),(\d+))?$/.exec(text) ?? [];
  if (train === undefined) {
    throw new InvalidArgumentError("Expected one number or three, for example 3097 or 72,24,12.");
  }
  if (testB === undefined) return { train: Number(train) };
  return { train: Number(train), testA: Number(testA), testB: Number(testB) };
}

/** `hashbook dataset`: checks a dataset and prints its summary. */
export function datasetCommand(): Command {
  return addDigixOptions(addListOptions(new Command("dataset")))
    .description("check a dataset and print its summary")
    .argument(
      "[name]",
      `${datasetNames.join(", ")}, or the path of an image folder, of published lists or of a label file`,
    )
    .option("--root <path>", "where the dataset is, when not at its usual place")
    .option("--download", "fetch what is missing and can be fetched")
    .option("--check <images>", "how many images to decode, or all", "100")
    .option(...TRUNCATED)
    .option("--contact-sheet <file.png>", "draw the first images of each class, ten at most")
    .option("--figure <file>", "draw roles, labels an image and class sizes; .svg, .png, or .json of plotly")
    .option(
      "--leaks",
      "look for equal files and for copies (rescaled, cropped, mirrored, turned) between classes and between parts (reads all images)",
    )
    .option(
      "--duplicates <file>",
      "look for products that are one under different names, by pictures they share, and write them as a list to edit and to give as --merge-products (reads all images)",
    )
    .option(
      "--out <folder>",
      "of digix-sample and fashion-mnist-multilabel: where to make it; default: data/ and its name",
    )
    .option("--seed <n>", "of these two, and of protocols whose roles are drawn by a rule; default 0", wholeNumber(0))
    .option(
      "--products <n|n,n,n>",
      "of digix-sample: in train_data (DIGIX has 3097), or in train_data, test_data_A and B; default 216,60,24",
      productsOption,
    )
    .option("--protocols", "list the named protocols: counts, R, convention, what to know of each")
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      `
Examples:
  hashbook dataset fashion-mnist-10k
  hashbook dataset fashion-mnist --download --json
  hashbook dataset pictures/ --check all --contact-sheet sheet.png
  hashbook dataset label-file --root train_data/label.txt
  hashbook dataset lists/coco --images /data/coco --figure coco.svg
  hashbook dataset --protocols
  hashbook dataset cifar10-1 --root ~/data/cifar-10-batches-py --seed 0
  hashbook dataset coco --lists HashNet/pytorch/data/coco --images /data/coco
  hashbook dataset digix --root /data/digix --leaks
  hashbook dataset digix --root /data/digix --duplicates merges.txt
  hashbook dataset digix --root /data/digix --merge-products merges.txt
  hashbook dataset digix-sample --out sample/ --contact-sheet sample.png
  hashbook dataset digix-sample --out sample-3097/ --products 3097
  hashbook dataset fashion-mnist-multilabel --out multilabel/ --seed 1`,
    )
    .action(run);
}
