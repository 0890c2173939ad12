import { statfs } from "node:fs/promises";
import { totalmem } from "node:os";
import { dirname } from "node:path";
import type { Candidate } from "../challenge/candidate.js";
import { fingerprintImages } from "../challenge/fingerprints.js";
import type { Engine } from "../compute/program.js";
import { makeTemporaryFolder } from "../core/temporary-folder.js";
import type { Dataset } from "../datasets/dataset.js";
import { datasetOfRows } from "../datasets/dataset-of-rows.js";
import { learningSpeeds } from "./measure-learning.js";
import { rankingSpeeds } from "./measure-ranking.js";
import type { MachineRoom, MachineSpeed } from "./run-estimate.js";

/** Makes one set of features of some images, into a folder of its own; gives the length of the vectors. */
export type MakeFeatures = (dataset: Dataset<Int32Array>, options: { readonly folder: string }) => Promise<number>;

/** What is measured, and with what. */
export interface SpeedOptions {
  readonly engine: Engine;
  /** By name. */
  readonly features: Readonly<Record<string, MakeFeatures>>;
  readonly candidates: readonly Candidate[];
  /** Trainings at a time. */
  readonly workers: number;
  /** Whether fingerprints are made. */
  readonly duplicates: boolean;
}

/** Images that features are made of: of a few and of more, so that what comes once (opening, compiling) falls out. */
const FEW = 4;
const MORE = 20;

/**
 * Measures on a few images of the dataset and on random vectors how fast this machine is: some seconds for each set of
 * features and for each thing that candidates learn, about one for each ranking.
 */
export async function measureSpeed(dataset: Dataset<Int32Array>, options: SpeedOptions): Promise<MachineSpeed> {
  const features: Record<string, { seconds: number; dim: number }> = {};
  for (const [name, make] of Object.entries(options.features)) features[name] = await featureSpeed(dataset, make);
  const [first] = Object.keys(features);
  const dimOf = ({ features: name = first }: Candidate): number => features[name].dim;
  const rankedDim = (one: Candidate): number => Math.min(one.whiten ?? dimOf(one), dimOf(one));
  const { candidates, engine, workers } = options;
  return {
    fingerprint: options.duplicates ? await fingerprintSeconds(dataset) : 0,
    features,
    learning: await learningSpeeds(candidates, dimOf, { engine, workers }),
    rankings: await rankingSpeeds(candidates, rankedDim, { engine }),
  };
}

/** Room on the disk of a folder that need not be there yet, and the machine's memory. */
export async function machineRoom(folder: string): Promise<MachineRoom> {
  const found = await statfs(folder).catch(() => undefined);
  if (found === undefined && dirname(folder) !== folder) return machineRoom(dirname(folder));
  return { disk: found === undefined ? 0 : found.bavail * found.bsize, memory: totalmem() };
}

/** Rows spread over the whole dataset, as sizes of pictures differ from product to product. */
function someRows(dataset: Dataset, count: number): Int32Array {
  const images = dataset.ids.length;
  const some = Math.min(count, images);
  return Int32Array.from({ length: some }, (_, i) => Math.floor((i * images) / some));
}

async function featureSpeed(
  dataset: Dataset<Int32Array>,
  make: MakeFeatures,
): Promise<{ seconds: number; dim: number }> {
  const { folder, remove } = await makeTemporaryFolder("measured");
  try {
    const timeOf = async (count: number): Promise<{ seconds: number; rows: number; dim: number }> => {
      const rows = someRows(dataset, count);
      const started = performance.now();
      const dim = await make(datasetOfRows(dataset, rows, `measured-${count}`), {
        folder: `${folder}/${count}`,
      });
      return { seconds: (performance.now() - started) / 1000, rows: rows.length, dim };
    };
    await timeOf(1); // weights come from the disk, code is compiled
    const few = await timeOf(FEW);
    const more = await timeOf(MORE);
    const images = Math.max(1, more.rows - few.rows);
    return { seconds: Math.max(more.seconds - few.seconds, more.seconds / 100) / images, dim: more.dim };
  } finally {
    await remove();
  }
}

async function fingerprintSeconds(dataset: Dataset<Int32Array>): Promise<number> {
  const rows = someRows(dataset, MORE);
  await fingerprintImages(dataset, { rows: rows.subarray(0, 1) });
  const started = performance.now();
  await fingerprintImages(dataset, { rows });
  return (performance.now() - started) / 1000 / rows.length;
}
