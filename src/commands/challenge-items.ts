import type { ChallengeItems } from "../challenge/challenge-set.js";
import { InputError, UsageError } from "../core/errors.js";
import type { Dataset } from "../datasets/dataset.js";
import type { NamedProducts, ProductMerges } from "../datasets/product-merges.js";
import { mergedLabels, mergeProducts, readProductMerges } from "../datasets/product-merges.js";
import type { CodesSidecar } from "../features/codes-sidecar.js";
import { checkCodesOf } from "../features/codes-sidecar.js";
import type { DataFolder } from "../features/data-folder.js";
import type { ItemsIdentity, RowsOrigin } from "../features/items-identity.js";
import type { DigixFlags } from "./digix-options.js";

/** What the command line says of the images of a challenge: a dataset, or a data folder made of it. */
export interface ChallengeFlags extends DigixFlags {
  readonly dataset?: string;
  readonly root?: string;
  readonly data?: string;
}

/** The images of a challenge, and which items they are. */
export interface KnownItems {
  readonly items: ChallengeItems & Pick<Dataset, "classNames">;
  readonly identity: ItemsIdentity;
  /** The data folder, where one was named. */
  readonly data?: DataFolder;
}

/**
 * Opens the dataset, the data folder, or both, which then have to be of the same items. Products that a list makes one are
 * one in labels; features and codes may have been made before or after.
 * @throws {UsageError} when neither is named
 * @throws {InputError} when they are of different items
 */
export async function readChallengeItems(flags: ChallengeFlags): Promise<KnownItems> {
  const { dataset: name, data: folder, mergeProducts: list } = flags;
  const { itemsOf, readDataFolder } = await import("../features/data-folder.js");
  const { itemsOfDataset } = await import("../features/items-identity.js");
  const data = folder === undefined ? undefined : await readDataFolder(folder);
  const merges = list === undefined ? undefined : await readProductMerges(list);
  if (name === undefined) {
    if (data === undefined) throw new UsageError("say which images these are", { expected: "--data or --dataset" });
    const { manifest, ids, labels, classNames } = data;
    const items = { name: manifest.dataset, ids, labels, classNames, synthetic: manifest.synthetic };
    return { items: mergedItems(items, merges, list), identity: itemsOf(data), data };
  }
  const opened = await openItems(name, flags);
  const items = merges === undefined ? opened : mergeProducts(opened, merges, list!);
  // What was extracted before the list was made is of the images as they are without it.
  const isUnmerged = data !== undefined && data.manifest.mergedProducts === undefined;
  const identity = itemsOfDataset(isUnmerged ? opened : items);
  if (data === undefined) return { items, identity };
  const found = itemsOf(data);
  if (found.contentHash === identity.contentHash && found.ids === identity.ids) return { items, identity, data };
  throw new InputError(`this data folder is not of ${name} as it is now`, {
    file: data.folder,
    expected: `content hash ${identity.contentHash}`,
    actual: found.contentHash,
  });
}

async function openItems(name: string, { root, partFolder }: ChallengeFlags): Promise<Dataset> {
  const { openDataset } = await import("../catalogue/open-dataset.js");
  const { terminalProgress } = await import("../notebook/progress.js");
  const dataset = await openDataset(name, { root, partFolder, onProgress: terminalProgress() });
  return { ...dataset, searchedAs: undefined }; // data folders do not have it, and a fold is to be the same by both
}

function mergedItems<I extends NamedProducts>(items: I, merges: ProductMerges | undefined, list = ""): I {
  return merges === undefined ? items : { ...items, ...mergedLabels(items, merges, list) };
}

/** Which rows of the dataset the rows of all files are. */
export function originOfItems({ identity, data }: KnownItems): RowsOrigin {
  return { items: identity, from: data?.manifest.shard?.rows[0] ?? 0 };
}

/**
 * Checks a file of codes against the images of a challenge, as far as it says what it is of.
 * @returns what could not be checked, a sentence each
 */
export function checkCodesOfItems(file: string, sidecar: CodesSidecar | undefined, known: KnownItems): string[] {
  const { items, identity } = known;
  if (sidecar !== undefined) checkCodesOf(file, sidecar, identity, items.name);
  if (sidecar?.data !== undefined) return [];
  const orSeen = sidecar === undefined ? ", and of which items its model has learned" : "";
  return [`${file} does not say of which items its codes are${orSeen}: rows were taken to be those of ${items.name}`];
}
