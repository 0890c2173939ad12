import { access } from "node:fs/promises";
import { dirname, join } from "node:path";
import { checkAborted } from "../core/abort.js";
import { availableCores } from "../core/cores.js";
import { writeAtomically } from "../core/files.js";
import { COUNT, objectOf, TEXT } from "../core/json-schema.js";
import { removeLeftovers } from "../core/leftovers.js";
import { dataPath } from "../core/paths.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import { timeWork } from "../core/time-spent.js";
import type { MadeDataset, MadeInfo } from "../datasets/made-dataset.js";
import { makeDataset, readMadeInfo } from "../datasets/made-dataset.js";
import { takePhotographs } from "./photograph-crew.js";
import type { PlannedPhotograph, SampleProducts } from "./plan.js";
import { DEFAULT_PRODUCTS, roleLines, samplePlan } from "./plan.js";

/** What a finished sample says about itself, in `sample.json`. */
export interface DigixSampleInfo extends MadeInfo {
  readonly synthetic: true;
  readonly description: string;
  readonly products: SampleProducts;
  readonly images: number;
}

/** Raised when what is drawn changes. */
export const SAMPLE_VERSION = 2;
const DESCRIPTION = "Synthetic drawings of devices that do not exist, in the layout of DIGIX 2020, made by hashbook";

const DIGIX_SAMPLE: MadeDataset<DigixSampleInfo> = {
  name: "digix-sample",
  file: {
    what: "what a synthetic sample is, as this program writes it",
    remedy: "remove the folder, or give another",
    schema: objectOf({
      synthetic: { enum: [true] },
      description: TEXT,
      seed: COUNT,
      products: objectOf({ train: COUNT, testA: COUNT, testB: COUNT }),
      images: COUNT,
      version: COUNT,
    }),
  },
};

/** Where the sample is made when no place is given. */
export function digixSampleFolder(): string {
  return dataPath("digix-sample");
}

/**
 * What the sample in a folder is; undefined when the folder is missing or empty.
 * @throws {InputError} when the folder holds something else
 */
export function readDigixSampleInfo(folder: string): Promise<DigixSampleInfo | undefined> {
  return readMadeInfo(folder, DIGIX_SAMPLE);
}

/** Settings of {@link makeDigixSample}. */
export interface DigixSampleOptions {
  /** Of all devices and photographs. Default 0. */
  seed?: number;
  /** Products of each part, 1 to 10,000; DIGIX has 3,097 to train on. Default: {@link DEFAULT_PRODUCTS}, where one is not given. */
  products?: Partial<SampleProducts>;
  /** Threads that draw, 1 or more. Default: as many as there are cores. */
  threads?: number;
  /** Told of the photographs. Default: nobody. */
  onProgress?: ProgressListener;
}

/** How it is drawn: all that does not shape it. */
type DrawingOptions = Pick<DigixSampleOptions, "onProgress"> & { readonly threads: number };

/**
 * Makes the synthetic sample, in the official layout of DIGIX, unless the folder holds the same one already. Nothing is
 * at `folder` before all is done: a run that was killed leaves `<folder>.partial`, where the next one goes on. The same
 * seed gives the same pixels, and with the same version of sharp the same files.
 * @throws {InputError} when the folder holds something else, or a sample with other settings
 */
export async function makeDigixSample(place: string, options: DigixSampleOptions = {}): Promise<DigixSampleInfo> {
  const { seed = 0, threads = availableCores(), onProgress } = options;
  const products = { ...DEFAULT_PRODUCTS, ...options.products };
  const plan = samplePlan(seed, products);
  const description = `${DESCRIPTION} (seed ${seed})`;
  const info = { synthetic: true as const, description, seed, products, images: plan.length, version: SAMPLE_VERSION };
  await makeDataset(place, DIGIX_SAMPLE, info, partial =>
    timeWork("photographs", () => drawSample(partial, plan, { threads, onProgress })),
  );
  return info;
}

/** Takes all photographs, and writes what they show. */
async function drawSample(folder: string, plan: readonly PlannedPhotograph[], options: DrawingOptions): Promise<void> {
  await takeMissing(folder, plan, options);
  for (const part of new Set(plan.map(one => one.part))) {
    const lines = plan.filter(one => one.part === part).map(one => `${one.path},${one.label}\n`);
    await writeAtomically(join(folder, part, "label.txt"), lines.join(""));
  }
  await writeAtomically(join(folder, "train_data", "roles.txt"), `${roleLines(plan).join("\n")}\n`);
  const folders = new Set(plan.flatMap(({ part, path }) => ["", part, join(part, dirname(path))]));
  for (const one of folders) await removeLeftovers(join(folder, one)); // of runs killed while they wrote a file
}

async function takeMissing(
  folder: string,
  plan: readonly PlannedPhotograph[],
  { threads, onProgress }: DrawingOptions,
): Promise<void> {
  const missing: PlannedPhotograph[] = [];
  for (const one of plan) {
    await access(join(folder, one.part, one.path)).catch(() => missing.push(one));
  }
  let done = plan.length - missing.length;
  const meter = new ProgressMeter("digix-sample", plan.length, "images", onProgress, done);
  await takePhotographs(albumsOf(missing), threads, async ({ part, path }, jpeg) => {
    checkAborted();
    await writeAtomically(join(folder, part, path), jpeg);
    meter.report(++done);
  });
}

/** Photographs by product, in the order in which products come first. */
function albumsOf(plan: readonly PlannedPhotograph[]): PlannedPhotograph[][] {
  const albums = new Map<number, PlannedPhotograph[]>();
  for (const one of plan) {
    const album = albums.get(one.product.number);
    if (album === undefined) albums.set(one.product.number, [one]);
    else album.push(one);
  }
  return [...albums.values()];
}
