import { resolve } from "node:path";
import { InputError } from "../core/errors.js";
import type { ProgressListener } from "../core/progress.js";
import type { Dataset } from "../datasets/dataset.js";
import { openDigix } from "../datasets/digix.js";
import type { DigixPart } from "../datasets/digix-layout.js";
import { foundOrMade } from "../datasets/made-dataset.js";
import { digixSampleFolder, makeDigixSample, readDigixSampleInfo, SAMPLE_VERSION } from "./generate.js";

const NAMES: Readonly<Record<DigixPart, string>> = {
  train_data: "digix-sample",
  test_data_A: "digix-sample-test-a",
  test_data_B: "digix-sample-test-b",
};

/**
 * Opens a part of the synthetic sample, see `openDigix`; at its usual place the sample is made first when it is missing.
 * @throws {InputError} when the folder holds no sample, or is the usual one and an earlier version drew it
 */
export async function openDigixSample(
  part: DigixPart,
  options: {
    /** Default: {@link digixSampleFolder}. */
    root?: string;
    /** Told of the photographs when it is made. Default: nobody. */
    onProgress?: ProgressListener;
  } = {},
): Promise<Dataset<Int32Array>> {
  const { root = digixSampleFolder(), onProgress } = options;
  const { description, version } = await foundOrMade(
    { root, name: "digix-sample" },
    {
      usual: digixSampleFolder(),
      read: readDigixSampleInfo,
      make: folder => makeDigixSample(folder, { onProgress }),
    },
  );
  if (version !== SAMPLE_VERSION && resolve(root) === resolve(digixSampleFolder())) {
    throw new InputError("this sample was drawn by another version of this program", {
      file: root,
      expected: `version ${SAMPLE_VERSION}; remove the folder, and it is drawn anew, or move it, to take it as it is`,
      actual: `version ${version}`,
    });
  }
  return openDigix(root, part, { name: NAMES[part], origin: description });
}
