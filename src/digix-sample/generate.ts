import { access } from "node:fs/promises";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { checkAborted } from "../core/abort.js";
import { writeAtomically } from "../core/files.js";
import { COUNT, objectOf, TEXT } from "../core/json-schema.js";
import { removeLeftovers } from "../core/leftovers.js";
import { dataPath } from "../core/paths.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import { timeWork } from "../core/time-spent.js";
import type { MadeDataset, MadeInfo } from "../datasets/made-dataset.js";
import { makeDataset, readMadeInfo } from "../datasets/made-dataset.js";
import { photograph } from "./photograph.js";
import type { PlannedPhotograph, SampleProducts } from "./plan.js";
import { DEFAULT_PRODUCTS, samplePlan } from "./plan.js";

/** What a finished sample says about itself, in `sample.json`. */
export interface DigixSampleInfo extends MadeInfo {
  readonly synthetic: true;
  readonly description: string;
  readonly products: SampleProducts;
  readonly images: number;
}

const VERSION = 1;
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

/** Photographs taken at a time: while one is composed here, sharp draws, blurs and compresses others on its threads. */
const IN_FLIGHT = 4;

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
  /** Products of each part; see {@link DEFAULT_PRODUCTS}. */
  products?: SampleProducts;
  /** Told of the photographs. Default: nobody. */
  onProgress?: ProgressListener;
}

/**
 * Makes the synthetic sample, in the official layout of DIGIX, unless the folder holds the same one already. Nothing is
 * at `folder` before all is done: a run that was killed leaves `<folder>.partial`, where the next one goes on. The same
 * seed gives the same pixels, and with the same version of sharp the same files.
 * @throws {InputError} when the folder holds something else, or a sample with other settings
 */
export async function makeDigixSample(place: string, options: DigixSampleOptions = {}): Promise<DigixSampleInfo> {
  const { seed = 0, products = DEFAULT_PRODUCTS, onProgress } = options;
  const plan = samplePlan(seed, products);
  const description = `${DESCRIPTION} (seed ${seed})`;
  const info = { synthetic: true as const, description, seed, products, images: plan.length, version: VERSION };
  await makeDataset(place, DIGIX_SAMPLE, info, partial =>
    timeWork("photographs", () => drawSample(partial, plan, onProgress)),
  );
  return info;
}

/** Takes all photographs, and writes what they show. */
async function drawSample(
  folder: string,
  plan: readonly PlannedPhotograph[],
  onProgress: ProgressListener | undefined,
): Promise<void> {
  await takeAll(folder, plan, onProgress);
  for (const part of new Set(plan.map(one => one.part))) {
    const lines = plan.filter(one => one.part === part).map(one => `${one.path},${one.label}\n`);
    await writeAtomically(join(folder, part, "label.txt"), lines.join(""));
  }
  const folders = new Set(plan.flatMap(({ part, path }) => ["", part, join(part, dirname(path))]));
  for (const one of folders) await removeLeftovers(join(folder, one)); // of runs killed while they wrote a file
}

async function takeAll(
  folder: string,
  plan: readonly PlannedPhotograph[],
  onProgress: ProgressListener | undefined,
): Promise<void> {
  const missing: PlannedPhotograph[] = [];
  for (const one of plan) {
    await access(join(folder, one.part, one.path)).catch(() => missing.push(one));
  }
  const already = plan.length - missing.length;
  const meter = new ProgressMeter("digix-sample", plan.length, "images", onProgress, already);
  let next = 0;
  let done = already;
  const work = async (): Promise<void> => {
    while (next < missing.length) {
      checkAborted();
      const one = missing[next++];
      await take(join(folder, one.part, one.path), one);
      meter.report(++done);
      await new Promise(resolve => setImmediate(resolve)); // Signals and output get their turn.
    }
  };
  const stopAll = (cause: unknown): never => {
    next = missing.length;
    throw cause;
  };
  // Where one fails, all have stopped before that is told: nobody writes once the lock is let go.
  const ended = await Promise.allSettled(Array.from({ length: IN_FLIGHT }, () => work().catch(stopAll)));
  const failed = ended.find(end => end.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

async function take(file: string, { product, scene, number }: PlannedPhotograph): Promise<void> {
  const { image, quality } = await photograph(product, scene, number);
  const raw = { width: image.width, height: image.height, channels: 3 } as const;
  await writeAtomically(file, await sharp(image.data, { raw }).jpeg({ quality }).toBuffer());
}
