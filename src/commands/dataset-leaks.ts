import { howAlike } from "../challenge/duplicates-list.js";
import type { LeakReport } from "../challenge/leak-check.js";
import type { ProgressListener } from "../core/progress.js";
import type { Dataset } from "../datasets/dataset.js";

/** Leaks between two sets of images, with names. */
export interface NamedLeaks extends Omit<LeakReport, "pairs"> {
  /** What was compared with what. */
  readonly between: string;
  readonly pairs: readonly {
    first: string;
    second: string;
    sameFile: boolean;
    distance: number;
    agreement?: number;
  }[];
}

/** What a count of 0 does not say. The figures are those of photographs in bench/leak-check.md; a test compares them. */
export const LEAK_CHECK_LIMITS: string =
  "Of changed copies of photographs it finds 90 % with 10 % cropped off each side, 92 % of mirrored ones, 92 % turned by " +
  "90°, 88 % turned by 10°, but 67 % with 5 % cropped off one side, 50 % with 15 % off each side, 20 % with 10 % off two " +
  "sides; of plain pictures and more heavily changed ones none: 0 found is not none there.";

/** Pairs of each comparison that are reported. */
const REPORTED = 100;

/**
 * Looks for images that stand on two sides: in the labelled part between products (they would be between folds), and
 * between it and each other part; in test parts between query and gallery.
 * @param others the parts to compare with
 */
export async function datasetLeaks(
  dataset: Dataset,
  others: readonly Dataset[],
  onProgress: ProgressListener,
): Promise<NamedLeaks[]> {
  const { fingerprintImages } = await import("../challenge/fingerprints.js");
  const { findLeaks } = await import("../challenge/leak-check.js");
  const withNames = (between: string, report: LeakReport, [a, b]: readonly (readonly string[])[]): NamedLeaks => {
    const pairs = report.pairs.map(({ first, second, ...rest }) => ({ first: a[first], second: b[second], ...rest }));
    return { between, ...report, pairs };
  };
  const found: NamedLeaks[] = [];
  const isTest = dataset.ids.length > 0 && dataset.ids[0].startsWith("query/");
  const limit = REPORTED;
  if (isTest) {
    const { digixRoles } = await import("../datasets/digix.js");
    const { query, gallery } = digixRoles(dataset);
    // Query and gallery show the same products: only what is one image counts, whatever its product.
    const unlabelled = { ids: dataset.ids, labels: new Int32Array(dataset.ids.length).fill(-1), image: dataset.image };
    const asked = await fingerprintImages(unlabelled, { rows: query, task: `${dataset.name} query`, onProgress });
    const held = await fingerprintImages(unlabelled, { rows: gallery, task: `${dataset.name} gallery`, onProgress });
    const report = await findLeaks(asked, held, { limit });
    return [withNames(`${dataset.name}: query and gallery`, report, [asked.ids, held.ids])];
  }
  const own = await fingerprintImages(dataset, { task: `fingerprints of ${dataset.name}`, onProgress });
  const between = `${dataset.name}: different classes`;
  found.push(withNames(between, await findLeaks(own, own, { limit }), [own.ids, own.ids]));
  for (const other of others) {
    // Their products have other numbers: no label is comparable.
    const labels = new Int32Array(other.ids.length).fill(-1);
    const image = (row: number): ReturnType<Dataset["image"]> => other.image(row);
    const task = `fingerprints of ${other.name}`;
    const theirs = await fingerprintImages({ ids: other.ids, labels, image }, { task, onProgress });
    const report = await findLeaks(own, theirs, { limit });
    found.push(withNames(`${dataset.name} and ${other.name}`, report, [own.ids, theirs.ids]));
  }
  return found;
}

/** Lines for people. */
export function leakLines(leaks: readonly NamedLeaks[]): string[] {
  const found = leaks.flatMap(({ between, sameFile, near, transformed, pairs, radius, bits }) => [
    `leaks, ${between}: ${sameFile} pairs of equal files, ${near} of near-duplicates (at most ${radius} of ${bits} bits differ), ${transformed} of cropped, mirrored, turned or framed copies`,
    ...pairs.slice(0, 5).map(pair => `  ${pair.first}  ${pair.second}  ${howAlike(pair)}`),
  ]);
  return leaks.length === 0 ? [] : [...found, LEAK_CHECK_LIMITS];
}
