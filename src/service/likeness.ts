// Whether a picture is of the kind that the gallery holds. A code alone does not tell it: every picture gets one, and most
// others lie within the distances of the gallery's own. Features do, so they are compared where they are there.
import type { PackedCodes } from "../codes/packed-codes.js";
import { takeCodes } from "../codes/packed-codes.js";
import type { Abortable } from "../core/abort.js";
import { takeRows } from "../core/arrays.js";
import { Random } from "../core/random.js";
import type { Gallery } from "../ranking/gallery.js";
import type { ScaledFeatures } from "./cosines.js";
import { cosinesOf } from "./cosines.js";

/** How like an item of the gallery a picture is, and how like each other the gallery's own are. */
export interface Likeness {
  /** Of the picture's features and those of the likest of the nearest by code. */
  readonly cosine: number;
  /** The same of items of the gallery, which do not count themselves: 99 in 100 have at least this. */
  readonly usual: number;
  /** Items of the gallery that this is known of, chosen at random. */
  readonly sample: number;
  /** How many of them have no more than the picture. */
  readonly below: number;
}

/** What likeness is judged by. */
export interface LikenessBase {
  readonly gallery: Gallery;
  readonly codes: PackedCodes;
  readonly scaled: ScaledFeatures;
  /** Cosines of sampled items with their likest others, ascending. */
  readonly own: Float32Array;
}

/** What a picture became. */
interface EmbeddedCode {
  /** One. */
  readonly code: PackedCodes;
  /** (dim,), where it is known. */
  readonly feature?: Float32Array;
}

/** Nearest by code among which the likest is looked for. */
const NEAREST = 200;
/** Items sampled: ten of them are the hundredth part. */
const SAMPLE = 1000;
/** Queries to the gallery at a time. */
const BATCH = 100;
/** The part of the gallery's own that `usual` leaves below. */
const RARE = 0.01;

/** @returns undefined for a gallery of fewer than two items: nothing is like another */
export async function likenessBase(
  parts: Omit<LikenessBase, "own">,
  options: Abortable = {},
): Promise<LikenessBase | undefined> {
  if (parts.codes.count < 2) return undefined;
  const rows = sampleRows(parts.codes.count);
  const own: number[] = [];
  for (let at = 0; at < rows.length; at += BATCH) {
    const some = rows.slice(at, at + BATCH);
    const near = await nearestRows(parts.gallery, takeCodes(parts.codes, some), NEAREST + 1, options);
    for (const [i, row] of some.entries()) {
      const others = near[i].filter(other => other !== row).slice(0, NEAREST);
      own.push(likest(parts.scaled, others, takeRows(parts.scaled.features, [row]).data));
    }
  }
  return { ...parts, own: Float32Array.from(own).sort() };
}

/** Judges a picture that is none of the gallery's. @returns null where there are no features to judge by */
export async function likenessOf(
  base: LikenessBase | undefined,
  { code, feature }: EmbeddedCode,
  options: Abortable = {},
): Promise<Likeness | null> {
  if (base === undefined || feature === undefined) return null;
  const [near] = await nearestRows(base.gallery, code, NEAREST, options);
  const { own } = base;
  const cosine = likest(base.scaled, near, feature);
  const below = own.findIndex(value => value > cosine);
  return {
    cosine,
    usual: own[Math.floor(RARE * own.length)],
    sample: own.length,
    below: below < 0 ? own.length : below,
  };
}

async function nearestRows(gallery: Gallery, queries: PackedCodes, k: number, options: Abortable): Promise<number[][]> {
  const { indices } = await gallery.nearest(queries, { k, signal: options.signal });
  const [count, width] = indices.shape;
  return Array.from({ length: count }, (_, i) => Array.from(indices.data.subarray(i * width, (i + 1) * width)));
}

const likest = (scaled: ScaledFeatures, rows: readonly number[], feature: Float32Array): number =>
  cosinesOf(scaled, Int32Array.from(rows), feature).reduce((most, value) => Math.max(most, value), -1);

/** Different rows, the same for galleries of one size. */
function sampleRows(count: number): number[] {
  if (count <= SAMPLE) return Array.from({ length: count }, (_, row) => row);
  const random = new Random(0);
  const rows = new Set<number>();
  while (rows.size < SAMPLE) rows.add(random.integer(count));
  return [...rows];
}
