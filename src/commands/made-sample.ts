import { UsageError } from "../core/errors.js";
import type { ProgressListener } from "../core/progress.js";
import type { SampleProducts } from "../digix-sample/plan.js";

/** What the command line says of a dataset that is made here. */
export interface SampleFlags {
  readonly root?: string;
  readonly out?: string;
  readonly seed?: number;
  readonly products?: Partial<SampleProducts>;
}

/** Makes a sample, unless it is there already, and says where. */
type Maker = (flags: SampleFlags, onProgress: ProgressListener) => Promise<string>;

const digixSample: Maker = async ({ root, out, seed, products }, onProgress) => {
  const { digixSampleFolder, makeDigixSample } = await import("../digix-sample/generate.js");
  const folder = out ?? root ?? digixSampleFolder();
  await makeDigixSample(folder, { seed, products, onProgress });
  return folder;
};

const multilabelSample: Maker = async ({ root, out, seed, products }, onProgress) => {
  if (products !== undefined) throw new UsageError("--products is of digix-sample", { actual: "another sample" });
  const { makeMultilabelSample, multilabelSampleFolder } = await import("../multilabel-sample/generate.js");
  const folder = out ?? root ?? multilabelSampleFolder();
  await makeMultilabelSample(folder, { seed, onProgress });
  return folder;
};

const MAKERS: Readonly<Record<string, Maker>> = {
  "digix-sample": digixSample,
  "digix-sample-test-a": digixSample,
  "digix-sample-test-b": digixSample,
  "fashion-mnist-multilabel": multilabelSample,
};

/**
 * Makes the sample of a name where the flags ask for it, and says where the dataset is.
 * @returns the folder; undefined where nothing is asked for and the usual place will do
 * @throws {UsageError} when the dataset is not made here, or both `out` and `root` are given
 */
export async function madeSample(
  name: string,
  flags: SampleFlags,
  onProgress: ProgressListener,
): Promise<string | undefined> {
  const { root, out, seed, products } = flags;
  if (out === undefined && seed === undefined && products === undefined) return root;
  if (!Object.hasOwn(MAKERS, name) || (out !== undefined && root !== undefined)) {
    throw new UsageError("--out, --seed and --products are for datasets that are made here", {
      expected:
        "digix-sample or fashion-mnist-multilabel, and --out or --root but not both; --seed also goes with protocols that are drawn by a rule, as cifar10",
      actual: name,
    });
  }
  return MAKERS[name](flags, onProgress);
}
