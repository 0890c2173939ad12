// Which images a challenge is of: DIGIX where it is, a folder that is given, or a drawn sample.
import { stat } from "node:fs/promises";
import { dataPath } from "../core/paths.js";
import type { ProgressListener } from "../core/progress.js";
import { digixFolder } from "../datasets/digix.js";
import { digixSampleFolder, makeDigixSample } from "../digix-sample/generate.js";
import type { SampleProducts } from "../digix-sample/plan.js";

/** Which images, and which part of them is answered. */
export interface WhichChallenge {
  /** Use a sample of few products in any case, to see that everything works. Default false. */
  readonly smoke?: boolean;
  /**
   * Use a sample of so many labelled products, 1 to 10,000 (DIGIX has 3,097), drawn in a folder of its own,
   * `data/digix-sample-N`. Default: DIGIX, where it is not here the sample of 216.
   */
  readonly products?: number;
  /** Folder of train_data and the test parts. Default: data/digix, where there is none the sample. */
  readonly root?: string;
  /** Which test part is answered. Default "a". */
  readonly part?: "a" | "b";
  readonly onProgress?: ProgressListener;
}

/** Products of a smoke run: drawn in seconds. */
const SMOKE_PRODUCTS = { train: 15, testA: 6, testB: 1 };

/** The labelled and the test dataset, and the folder that both are in. */
export interface ChallengeDatasets {
  readonly train: string;
  readonly test: string;
  readonly root: string;
}

/**
 * Names of the labelled and the test dataset, and their folder: the one given, else DIGIX where it is, else the synthetic
 * sample.
 */
export async function challengeDatasets(part: "a" | "b" = "a", root?: string): Promise<ChallengeDatasets> {
  const official = (await stat(digixFolder()).catch(() => undefined))?.isDirectory() === true;
  if (root !== undefined || official)
    return { train: "digix", test: `digix-test-${part}`, root: root ?? digixFolder() };
  return { train: "digix-sample", test: `digix-sample-test-${part}`, root: digixSampleFolder() };
}

/** A sample of other numbers of products in a folder of its own, made when missing. */
async function drawnDatasets(
  suffix: string,
  products: Partial<SampleProducts>,
  part: "a" | "b",
  onProgress: ProgressListener | undefined,
): Promise<ChallengeDatasets> {
  const root = dataPath(`digix-sample-${suffix}`);
  await makeDigixSample(root, { products, onProgress });
  return { train: "digix-sample", test: `digix-sample-test-${part}`, root };
}

/** What the options name: a sample of so many products, a folder, or what is there. */
export function namedDatasets({
  smoke,
  products,
  part = "a",
  root,
  onProgress,
}: WhichChallenge): Promise<ChallengeDatasets> {
  if (smoke === true) return drawnDatasets("smoke", SMOKE_PRODUCTS, part, onProgress);
  if (products !== undefined) return drawnDatasets(`${products}`, { train: products }, part, onProgress);
  return challengeDatasets(part, root);
}
