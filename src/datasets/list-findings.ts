import { isLabelled, labelCount } from "../core/labels.js";
import type { Contradiction, ListPlace, RepeatedLine } from "./known-images.js";
import { labelsAnItem } from "./labels-an-item.js";
import type { ListCount, ListedImages } from "./listed-images.js";
import type { PassedOver } from "./passed-over.js";
import type { Role } from "./roles.js";
import { ROLES } from "./roles.js";
import type { SplitOverlaps } from "./split-overlaps.js";
import { overlapText, splitOverlaps } from "./split-overlaps.js";

/** An image that lists name and that is not there, or is nothing to be read. */
export interface MissingImage extends PassedOver, ListPlace {}

/** What is to be known of lists before anything is computed. Counts are of all that is listed, there or not. */
export interface ListFindings {
  /** How lines say of what classes an image is, in words: "80 columns of 0 and 1". */
  readonly form: string;
  readonly lists: readonly ListCount[];
  /** Images listed, each once. */
  readonly images: number;
  /** Taken from the beginning of paths, and of how many lines. */
  readonly prefixes: ListedImages["prefixes"];
  /** Queries in the database, train images outside of it, queries that are trained on. */
  readonly overlaps: SplitOverlaps;
  /** The same in words; absent where nothing overlaps. */
  readonly overlap?: string;
  /** How many images have how many labels: `[3, 20, 5]` are 3 without one, 20 with one, 5 with two. */
  readonly labelsAnItem: readonly number[];
  /** Where the names of the classes come from, in words. */
  readonly classNamesFrom: string;
  /** Images without a class, of each role. */
  readonly unlabelled: Readonly<Record<Role, number>>;
  /** Lines that name an image again, with the same label. */
  readonly repeated: readonly RepeatedLine[];
  /** Images that are given different labels. */
  readonly contradictions: readonly Contradiction[];
  /** Images that are not there, in the order in which they are listed. */
  readonly missing: readonly MissingImage[];
  /** A prefix without which the first missing image is there. Absent: none is known. */
  readonly prefixThatHelps?: string;
  /** Lines with tabs, several blanks or the like where lists have one blank. */
  readonly loose: number;
}

/** Which lists roles come from, in words: "the lists test.txt, train.txt, database.txt". */
export function listsText(lists: readonly ListCount[]): string {
  return `the lists ${lists.map(({ files }) => files[0]).join(", ")}`;
}

/**
 * Sums up what was read.
 * @param missing why images are not there, by their place
 * @param classNamesFrom where the names of the classes come from, in words
 */
export function listFindings(
  listed: ListedImages,
  missing: ReadonlyMap<number, string>,
  classNamesFrom: string,
): ListFindings {
  const { form, lists, ids, labels, members, prefixes, places, repeated, contradictions, loose } = listed;
  const [query, train, database] = ROLES.map(role => Int32Array.from(members[role]));
  const unlabelled = ROLES.map(role => [role, members[role].filter(image => !isLabelled(labels, image)).length]);
  const overlap = overlapText({ query, train, database, asPublished: listsText(lists) });
  return {
    form: form.text,
    lists,
    images: labelCount(labels),
    prefixes,
    overlaps: splitOverlaps({ query, train, database }),
    ...(overlap === undefined ? {} : { overlap }),
    labelsAnItem: labelsAnItem(labels),
    classNamesFrom,
    unlabelled: Object.fromEntries(unlabelled),
    repeated,
    contradictions,
    missing: Array.from(missing, ([image, reason]) => ({ path: ids[image], reason, ...places[image] })),
    loose,
  };
}
