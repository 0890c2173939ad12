import { join } from "node:path";
import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import { takeLabels } from "../core/take-labels.js";
import type { HashFilesOptions } from "./content-hash.js";
import { hashFiles } from "./content-hash.js";
import type { Dataset } from "./dataset.js";
import type { PassedOver } from "./passed-over.js";

/** Items that are files. */
export interface ItemsOfFiles<L extends Labels> {
  readonly classNames: readonly string[];
  /** Paths relative to the dataset's folder. */
  readonly ids: readonly string[];
  readonly labels: L;
  /** What was passed over before. Default: nothing. */
  readonly passedOver?: readonly PassedOver[];
}

/** Items whose files can be read, those that cannot among the passed over, and the hash of what is there. */
export async function readableItems<L extends Labels>(
  kind: string,
  root: string,
  { classNames, ids, labels, passedOver = [] }: ItemsOfFiles<L>,
  options: HashFilesOptions,
): Promise<Required<ItemsOfFiles<L>> & { readonly contentHash: string }> {
  const { contentHash, rows, unreadable } = await hashFiles(kind, root, { classNames, ids, labels }, options);
  if (unreadable.length === 0) return { classNames, ids, labels, passedOver, contentHash };
  return {
    classNames,
    ids: Array.from(rows, row => ids[row]),
    labels: takeLabels(labels, rows),
    passedOver: [...passedOver, ...unreadable],
    contentHash,
  };
}

/**
 * A dataset out of image files below a folder. Shared by the datasets that are made of files. Files that cannot be read
 * are no items of it.
 * @throws {InputError} when no file can be read
 */
export async function datasetOfFiles<L extends Labels>(
  root: string,
  kind: string,
  description: string,
  items: ItemsOfFiles<L>,
  options: HashFilesOptions = {},
): Promise<Dataset<L>> {
  const { classNames, ids, labels, passedOver, contentHash } = await readableItems(kind, root, items, options);
  return {
    name: kind,
    description,
    classNames,
    ids,
    labels,
    passedOver,
    contentHash,
    async image(row) {
      if (!(row >= 0 && row < ids.length)) {
        throw new InputError(`${root} has no row ${row}`, { expected: `0..${ids.length - 1}` });
      }
      return join(root, ids[row]);
    },
  };
}
