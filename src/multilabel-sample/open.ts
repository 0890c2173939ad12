import type { ProgressListener } from "../core/progress.js";
import type { Dataset } from "../datasets/dataset.js";
import { openLists } from "../datasets/lists.js";
import { foundOrMade } from "../datasets/made-dataset.js";
import { classesFile, makeMultilabelSample, multilabelSampleFolder, readMultilabelSampleInfo } from "./generate.js";

/** What the sample is called as a dataset, and the protocol it is measured by. */
const NAME = "fashion-mnist-multilabel";

/**
 * Opens the multi-label sample by its lists; at its usual place it is made first when it is missing.
 * @throws {InputError} when the folder holds no such sample
 */
export async function openMultilabelSample(
  options: {
    /** Default: {@link multilabelSampleFolder}. */
    root?: string;
    /** Told of the canvases when it is made. Default: nobody. */
    onProgress?: ProgressListener;
  } = {},
): Promise<Dataset> {
  const { root = multilabelSampleFolder(), onProgress } = options;
  const info = await foundOrMade(
    { root, name: NAME },
    {
      usual: multilabelSampleFolder(),
      read: readMultilabelSampleInfo,
      make: folder => makeMultilabelSample(folder, { onProgress }),
    },
  );
  const dataset = await openLists(root, { classNames: classesFile(root), onProgress });
  const { query, train, database } = dataset.roles!; // lists have roles
  const { description, seed, sizes } = info;
  const protocol = `the sample's own lists: ${sizes.query} query, ${sizes.train} train, database ${sizes.database}; train is part of it`;
  return {
    ...dataset,
    name: NAME,
    description,
    synthetic: true,
    roles: { protocol, name: NAME, seed, query, train, database },
  };
}
