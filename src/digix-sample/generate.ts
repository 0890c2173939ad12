import { access, readdir, readFile, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import sharp from "sharp";
import { InputError } from "../core/errors.js";
import { makeFolder, renameDurably, writeAtomically } from "../core/files.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFileIfAny } from "../core/json-file.js";
import { COUNT, objectOf, TEXT } from "../core/json-schema.js";
import { removeLeftovers } from "../core/leftovers.js";
import { lockBeside, withLock } from "../core/lock.js";
import { dataPath } from "../core/paths.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import { writing } from "../core/write-fault.js";
import { photograph } from "./photograph.js";
import type { PlannedPhotograph, SampleProducts } from "./plan.js";
import { DEFAULT_PRODUCTS, samplePlan } from "./plan.js";

/** What a finished sample says about itself, in `sample.json`. */
export interface DigixSampleInfo {
  readonly synthetic: true;
  readonly description: string;
  readonly seed: number;
  readonly products: SampleProducts;
  readonly images: number;
  /** Raised when the drawings change: an older sample is then made again. */
  readonly version: number;
}

const VERSION = 1;
const DESCRIPTION = "Synthetic drawings of devices that do not exist, in the layout of DIGIX 2020, made by hashbook";

const SAMPLE_JSON: JsonFileKind<DigixSampleInfo> = {
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
export async function readDigixSampleInfo(folder: string): Promise<DigixSampleInfo | undefined> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return [];
    throw new InputError("this folder cannot be read", { file: folder, actual: cause.message, cause });
  });
  if (names.length === 0) return undefined;
  const info = await readJsonFileIfAny(join(folder, "sample.json"), SAMPLE_JSON);
  if (info !== undefined) return info;
  throw new InputError("this folder holds no digix-sample", {
    file: folder,
    expected: "a folder that this program made, or one that is empty or not there",
    actual: `${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""}, and no sample.json of it`,
  });
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
  const { seed = 0, products = DEFAULT_PRODUCTS } = options;
  const folder = resolve(place); // without a slash at its end: other folders are named after it
  const plan = samplePlan(seed, products);
  const description = `${DESCRIPTION} (seed ${seed})`;
  const info = { synthetic: true as const, description, seed, products, images: plan.length, version: VERSION };
  if (await holdsSample(folder, info)) return info;
  const draw = async (): Promise<void> => {
    if (!(await holdsSample(folder, info))) await drawSample(folder, { info, plan, onProgress: options.onProgress });
  };
  await withLock(lockBeside(folder), draw, { task: "drawing the sample" });
  return info;
}

/** Whether a folder holds this sample. @throws {InputError} when it holds something else */
async function holdsSample(folder: string, info: DigixSampleInfo): Promise<boolean> {
  const found = await readDigixSampleInfo(folder);
  if (found === undefined || JSON.stringify(found) === JSON.stringify(info)) return found !== undefined;
  throw new InputError("this folder holds a digix-sample with other settings", {
    file: folder,
    expected: `seed ${info.seed}, version ${VERSION}; remove the folder, or give another`,
    actual: `seed ${found.seed}, version ${found.version}`,
  });
}

interface SampleJob {
  readonly info: DigixSampleInfo;
  readonly plan: readonly PlannedPhotograph[];
  readonly onProgress?: ProgressListener;
}

/** Draws a sample beside its place and moves it there. */
async function drawSample(folder: string, { info, plan, onProgress }: SampleJob): Promise<void> {
  const text = `${JSON.stringify(info, null, 2)}\n`;
  const partial = `${folder}.partial`;
  const left = await readFile(join(partial, "sample.json"), "utf8").catch(() => "");
  if (left !== text) await writing(partial, () => rm(partial, { recursive: true, force: true }));
  await makeFolder(partial);
  await writeAtomically(join(partial, "sample.json"), text);
  await takeAll(partial, plan, onProgress);
  for (const part of new Set(plan.map(one => one.part))) {
    const lines = plan.filter(one => one.part === part).map(one => `${one.path},${one.label}\n`);
    await writeAtomically(join(partial, part, "label.txt"), lines.join(""));
  }
  const folders = new Set(plan.flatMap(({ part, path }) => ["", part, join(part, dirname(path))]));
  for (const one of folders) await removeLeftovers(join(partial, one)); // of runs killed while they wrote a file
  await renameDurably(partial, folder);
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
