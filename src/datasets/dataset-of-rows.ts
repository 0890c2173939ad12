import { createHash } from "node:crypto";
import type { Labels } from "../core/labels.js";
import { takeLabels } from "../core/take-labels.js";
import type { Dataset } from "./dataset.js";

/**
 * Some rows of a dataset as a dataset of its own, in the order given; class names stay, roles do not.
 * @param rows of the dataset, each once
 * @param part what they are, for its name: `fold-1-of-5`
 */
export function datasetOfRows<L extends Labels>(dataset: Dataset<L>, rows: Int32Array, part: string): Dataset<L> {
  const taken = rows.slice();
  const hash = createHash("sha256").update(dataset.contentHash).update(new Uint8Array(taken.buffer)).digest("hex");
  return {
    name: `${dataset.name}-${part}`,
    description: `${part} of: ${dataset.description}`,
    classNames: dataset.classNames,
    ids: Array.from(taken, row => dataset.ids[row]),
    labels: takeLabels(dataset.labels, taken),
    contentHash: hash,
    ...(dataset.searchedAs === undefined ? {} : { searchedAs: Array.from(taken, row => dataset.searchedAs![row]) }),
    synthetic: dataset.synthetic,
    ...(dataset.mergedProducts === undefined ? {} : { mergedProducts: dataset.mergedProducts }),
    image: row => dataset.image(taken[row]),
  };
}
