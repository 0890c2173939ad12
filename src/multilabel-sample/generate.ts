import { join } from "node:path";
import sharp from "sharp";
import { InputError } from "../core/errors.js";
import { writeAtomically } from "../core/files.js";
import { COUNT, objectOf, TEXT } from "../core/json-schema.js";
import { removeLeftovers } from "../core/leftovers.js";
import { dataPath } from "../core/paths.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import type { Dataset } from "../datasets/dataset.js";
import { openFashionMnist10k } from "../datasets/fashion-mnist.js";
import type { MadeDataset, MadeInfo } from "../datasets/made-dataset.js";
import { makeDataset, readMadeInfo } from "../datasets/made-dataset.js";
import type { Role } from "../datasets/roles.js";
import { drawCanvas } from "./draw-canvas.js";
import type { PlannedCanvas, SampleSizes } from "./plan.js";
import { DEFAULT_SIZES, samplePlan } from "./plan.js";

/** What a finished sample says about itself, in `sample.json`. */
export interface MultilabelSampleInfo extends MadeInfo {
  readonly synthetic: true;
  readonly description: string;
  readonly sizes: SampleSizes;
}

const VERSION = 1;
const DESCRIPTION =
  "Synthetic: two to four garments of Fashion-MNIST (Zalando, MIT licence) on a black canvas, labels their set, put together by hashbook";

const MULTILABEL_SAMPLE: MadeDataset<MultilabelSampleInfo> = {
  name: "fashion-mnist-multilabel",
  file: {
    what: "what a synthetic multi-label sample is, as this program writes it",
    remedy: "remove the folder, or give another",
    schema: objectOf({
      synthetic: { enum: [true] },
      description: TEXT,
      seed: COUNT,
      sizes: objectOf({ query: COUNT, train: COUNT, database: COUNT }),
      version: COUNT,
    }),
  },
};

/** The lists as thuml names them, by role. */
const LISTS: Readonly<Record<Role, string>> = { query: "test.txt", train: "train.txt", database: "database.txt" };

/** Canvases drawn at a time: sharp compresses on its threads, and the disk confirms, meanwhile. */
const IN_FLIGHT = 16;

/** Where the sample is made when no place is given. */
export function multilabelSampleFolder(): string {
  return dataPath("fashion-mnist-multilabel");
}

/** Where the names of the classes stand, a line each in the order of the columns. */
export function classesFile(folder: string): string {
  return join(folder, "classes.txt");
}

/**
 * What the sample in a folder is; undefined when the folder is missing or empty.
 * @throws {InputError} when the folder holds something else
 */
export function readMultilabelSampleInfo(folder: string): Promise<MultilabelSampleInfo | undefined> {
  return readMadeInfo(folder, MULTILABEL_SAMPLE);
}

/** Settings of {@link makeMultilabelSample}. */
export interface MultilabelSampleOptions {
  /** Of all canvases. Default 0. */
  seed?: number;
  /** Canvases of each role; see {@link DEFAULT_SIZES}. */
  sizes?: SampleSizes;
  /** Told of the canvases. Default: nobody. */
  onProgress?: ProgressListener;
}

/**
 * Makes the multi-label sample of the shipped Fashion-MNIST images, unless the folder holds the same one already: lists as
 * thuml's (`images/00042.png 0 1 0 …`), images as PNG, names of the columns in `classes.txt`. Nothing is at the place
 * before all is done. The same seed gives the same pixels and lists.
 * @throws {InputError} when the folder holds something else, or a sample with other settings; as `samplePlan`
 */
export async function makeMultilabelSample(
  place: string,
  options: MultilabelSampleOptions = {},
): Promise<MultilabelSampleInfo> {
  const { seed = 0, sizes = DEFAULT_SIZES, onProgress } = options;
  if (!(Number.isSafeInteger(seed) && seed >= 0)) {
    throw new InputError("this seed is no seed", { expected: "a whole number from 0", actual: `${seed}` });
  }
  const description = `${DESCRIPTION} (seed ${seed})`;
  const info = { synthetic: true as const, description, seed, sizes, version: VERSION };
  await makeDataset(place, MULTILABEL_SAMPLE, info, async partial => {
    const garments = await openFashionMnist10k();
    await drawSample(partial, garments, samplePlan(garments, seed, sizes), onProgress);
  });
  return info;
}

async function drawSample(
  folder: string,
  garments: Dataset<Int32Array>,
  plan: readonly PlannedCanvas[],
  onProgress: ProgressListener | undefined,
): Promise<void> {
  const meter = new ProgressMeter("fashion-mnist-multilabel", plan.length, "images", onProgress);
  for (let begin = 0; begin < plan.length; begin += IN_FLIGHT) {
    const some = plan.slice(begin, begin + IN_FLIGHT);
    await Promise.all(some.map(canvas => writeCanvas(folder, garments, canvas)));
    meter.report(begin + some.length);
  }
  for (const [role, name] of Object.entries(LISTS) as [Role, string][]) {
    const lines = plan.filter(({ roles }) => roles.includes(role)).map(canvas => `${listLine(canvas, garments)}\n`);
    await writeAtomically(join(folder, name), lines.join(""));
  }
  await writeAtomically(classesFile(folder), garments.classNames.map(name => `${name}\n`).join(""));
  for (const one of [folder, join(folder, "images")]) await removeLeftovers(one); // of runs killed while they wrote
}

async function writeCanvas(folder: string, garments: Dataset<Int32Array>, canvas: PlannedCanvas): Promise<void> {
  const { data, width, height } = await drawCanvas(garments, canvas.garments);
  const png = await sharp(data, { raw: { width, height, channels: 1 } })
    .toColourspace("b-w")
    .png()
    .toBuffer();
  await writeAtomically(join(folder, canvas.path), png);
}

/** `images/00042.png 0 1 0 …`, a column a class. */
function listLine(
  { path, garments: placed }: PlannedCanvas,
  garments: Pick<Dataset<Int32Array>, "classNames" | "labels">,
): string {
  const worn = new Set(placed.map(({ row }) => garments.labels[row]));
  return [path, ...garments.classNames.map((_, label) => (worn.has(label) ? 1 : 0))].join(" ");
}
