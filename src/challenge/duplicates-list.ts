import type { ProgressListener } from "../core/progress.js";
import type { Dataset } from "../datasets/dataset.js";
import { mergeLine, writeProductMerges } from "../datasets/product-merges.js";
import type { DuplicateOptions, DuplicateProducts, ProductLink } from "./duplicate-products.js";
import { duplicateProducts } from "./duplicate-products.js";
import type { LeakPair } from "./leak-check.js";

/** What was found, with the names of the images. */
export interface FoundDuplicates extends DuplicateProducts {
  /** By the places in pairs. */
  readonly ids: readonly string[];
  /** Images that could not be read. */
  readonly unreadable: number;
}

/** Pairs listed, all of those that a dataset of photographs has; what is cut off is the least alike. */
const PAIRS = 200_000;
/** Pairs shown of two products. */
const SHOWN = 3;

/**
 * Reads all images of a dataset and looks for products that are one under different names, see {@link duplicateProducts}.
 * @throws {InputError} for images of several labels
 */
export async function findDuplicateProducts(
  dataset: Dataset,
  { onProgress, ...options }: DuplicateOptions & { readonly onProgress?: ProgressListener } = {},
): Promise<FoundDuplicates> {
  const { fingerprintImages } = await import("./fingerprints.js");
  const { findLeaks } = await import("./leak-check.js");
  const prints = await fingerprintImages(dataset, { task: `fingerprints of ${dataset.name}`, onProgress });
  const report = await findLeaks(prints, prints, { limit: PAIRS });
  const found = duplicateProducts(prints, report, dataset.classNames, options);
  return { ...found, ids: prints.ids, unreadable: prints.unreadable.length };
}

/**
 * Writes what was found as a list to edit and to merge by: groups as lines, what speaks for each above it; products that
 * share too little as lines that are commented out.
 * @throws {InputError} when a name has what the list separates by
 */
export async function writeDuplicates(file: string, found: FoundDuplicates, dataset: Dataset): Promise<void> {
  const { groups, links, doubtful, common, ids } = found;
  const inGroup = (group: readonly string[]) => links.filter(({ products: [one] }) => group.includes(one));
  await writeProductMerges(file, [
    { notes: headOf(found, dataset) },
    ...groups.map(group => ({ notes: ["", ...inGroup(group).flatMap(link => linkNotes(link, ids))], group })),
    ...(doubtful.length === 0
      ? []
      : [{ notes: ["", "Too little to say. Look at the pictures, and take the # away before those that are one:"] }]),
    ...doubtful.map(link => ({ notes: ["", ...linkNotes(link, ids), mergeLine(link.products)] })),
    ...(common.length === 0 ? [] : [{ notes: ["", "Pictures that many products have, which say nothing:"] }]),
    ...common.map(({ example, products }) => ({ notes: [`  ${ids[example]}, in ${products} products`] })),
  ]);
}

function headOf({ groups, doubtful, ids }: FoundDuplicates, { name, contentHash }: Dataset): string[] {
  return [
    `Products of ${name} that are one by the pictures they share (${ids.length} images, content hash ${contentHash.slice(0, 12)}).`,
    `${groups.length} groups; ${doubtful.length} pairs of products are doubtful. Lines that begin with # are not read.`,
    "Put # before a line that is wrong, take it away where two are one, and give this file as --merge-products.",
  ];
}

function linkNotes({ products: [one, other], pictures, pairs }: ProductLink, ids: readonly string[]): string[] {
  const count = pictures === 1 ? "1 picture" : `${pictures} pictures`;
  const rest = pairs.length > SHOWN ? [`    and ${pairs.length - SHOWN} pairs more`] : [];
  const shown = pairs.slice(0, SHOWN).map(pair => `    ${ids[pair.first]}  ${ids[pair.second]}  ${howAlike(pair)}`);
  return [`  ${one} and ${other} share ${count}:`, ...shown, ...rest];
}

/** How alike two images are, in words. */
export function howAlike({ sameFile, distance, agreement }: Omit<LeakPair, "first" | "second">): string {
  if (sameFile) return "equal files";
  return agreement === undefined ? `${distance} bits` : `${(100 * agreement).toFixed(0)} % of places agree`;
}

/** One sentence for people. */
export function duplicatesText({ groups, doubtful, unreadable }: FoundDuplicates): string {
  const products = groups.reduce((sum, group) => sum + group.length, 0);
  const merged =
    groups.length === 0 ? "no products seem to be one" : `${products} products seem to be ${groups.length}`;
  const failed = unreadable === 0 ? "" : `; ${unreadable} images could not be read`;
  return `duplicates: ${merged}; ${doubtful.length} pairs of products share too little to say${failed}`;
}
