import { createHash } from "node:crypto";
import type { Dataset } from "./dataset.js";

/**
 * Some rows of a dataset as a dataset of its own, in the order given; class names stay.
 * @param rows of the dataset, each once
 * @param part what they are, for its name: `fold-1-of-5`
 */
export function datasetOfRows(dataset: Dataset, rows: Int32Array, part: string): Dataset {
  const taken = rows.slice();
  const hash = createHash("sha256").update(dataset.contentHash).update(new Uint8Array(taken.buffer)).digest("hex");
  return {
    name: `${dataset.name}-${part}`,
    description: `${part} of: ${dataset.description}`,
    classNames: dataset.classNames,
    ids: Array.from(taken, row => dataset.ids[row]),
    labels: taken.map(row => dataset.labels[row]),
    contentHash: hash,
    synthetic: dataset.synthetic,
    image: row => dataset.image(taken[row]),
  };
}
