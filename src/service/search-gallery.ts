import type { PackedCodes } from "../codes/packed-codes.js";
import { takeCodes, unpackCodes } from "../codes/packed-codes.js";
import type { Abortable } from "../core/abort.js";
import { scoresAmong } from "../ranking/scores-among.js";
import { cosinesOf } from "./cosines.js";
import type { SearchOrder } from "./search-order.js";
import type { ServedModel } from "./served-model.js";

/** What is searched for: a code, and what finer orders need. */
export interface SearchFor {
  /** One. */
  readonly code: PackedCodes;
  /** (bits,), of "asymmetric". */
  readonly relaxed?: Float32Array;
  /** (dim,), of "cosine". */
  readonly feature?: Float32Array;
}

/** How it is searched. */
export interface SearchSettings extends Abortable {
  readonly order: SearchOrder;
  /** Results at most. */
  readonly k: number;
  /** Only items within it, inclusive. Default: all. */
  readonly radius?: number;
}

/** An item that was found. */
export interface FoundItem {
  /** Of the gallery. */
  readonly row: number;
  /** Hamming distance, bits. */
  readonly distance: number;
  /** Of a finer order: larger is nearer. */
  readonly score?: number;
}

/** Items at one distance. */
export interface DistanceTies {
  /** Bits. */
  readonly distance: number;
  readonly count: number;
}

/** What was found, best first. */
export interface SearchFindings {
  readonly found: readonly FoundItem[];
  /** Items within the radius; null without one, and where an engine cannot say it. */
  readonly within: number | null;
  /** How far the last of a full list by Hamming distance is, and how many items are as far; null of another list, and where
   * an engine cannot say it. */
  readonly ties: DistanceTies | null;
  /** Sentences on how it was searched. */
  readonly notes: readonly string[];
}

/** Items that a finer order chooses from, for k results. */
const finerShortlist = (k: number): number => Math.max(200, 10 * k);

/** Items that are taken by Hamming distance, for k results. */
const SHORTLISTS: Readonly<Record<SearchOrder, (k: number) => number>> = {
  hamming: k => k,
  asymmetric: finerShortlist,
  cosine: finerShortlist,
};

/** Searches the gallery of a model: by Hamming distance, ties by ascending row; a finer order orders the nearest of these. */
export async function searchGallery(
  model: ServedModel,
  query: SearchFor,
  { order, k, radius, signal }: SearchSettings,
): Promise<SearchFindings> {
  const { gallery } = model;
  const shortlist = SHORTLISTS[order](k);
  const near = await nearest(model, query.code, shortlist, radius, signal);
  const within =
    radius === undefined
      ? null
      : await countWithin(model, query.code, radius, { listed: near.length, k: shortlist, signal });
  if (order === "hamming") {
    return {
      found: near,
      within,
      ties: near.length < k ? null : await countTies(model, query.code, near, signal),
      notes: [],
    };
  }
  const found = FINER[order](model, query, near).slice(0, k);
  const isWhole = near.length === (within ?? gallery.count);
  const note = isWhole
    ? `all ${near.length} were ordered`
    : `re-ranked among the ${near.length} nearest by Hamming distance`;
  return { found, within, ties: null, notes: [note] };
}

async function nearest(
  { gallery, missing }: ServedModel,
  code: PackedCodes,
  k: number,
  radius: number | undefined,
  signal?: AbortSignal,
): Promise<FoundItem[]> {
  const { indices, distances } = await gallery.nearest(code, { k: k + missing.size, signal });
  const all = Array.from(indices.data, (row, place) => ({ row, distance: distances.data[place] }));
  const found = missing.size === 0 ? all : all.filter(({ row }) => !missing.has(row)).slice(0, k);
  return radius === undefined ? found : found.filter(({ distance }) => distance <= radius);
}

/**
 * @param listed items within the radius among the k nearest
 * @returns null where all k are within it, and an engine cannot say how many more, or counts rows that are not to be found
 */
async function countWithin(
  { gallery, missing }: ServedModel,
  code: PackedCodes,
  radius: number,
  { listed, k, signal }: Abortable & { readonly listed: number; readonly k: number },
): Promise<number | null> {
  const counts = missing.size > 0 ? undefined : await gallery.distanceCounts?.(code, { signal });
  if (counts === undefined) return listed < k ? listed : null;
  return counts.data.subarray(0, radius + 1).reduce((sum, count) => sum + count, 0);
}

async function countTies(
  { gallery, missing }: ServedModel,
  code: PackedCodes,
  found: readonly FoundItem[],
  signal?: AbortSignal,
): Promise<DistanceTies | null> {
  const counts = missing.size > 0 ? undefined : await gallery.distanceCounts?.(code, { signal });
  const last = found.at(-1);
  return counts === undefined || last === undefined
    ? null
    : { distance: last.distance, count: counts.data[last.distance] };
}

/** Orders a short list by descending score, ties by ascending row. */
type Finer = (model: ServedModel, query: SearchFor, near: readonly FoundItem[]) => FoundItem[];

const FINER: Readonly<Record<Exclude<SearchOrder, "hamming">, Finer>> = {
  asymmetric({ codes }, { relaxed }, near) {
    const { data, shape } = unpackCodes(takeCodes(codes!, rowsOf(near)));
    const query = { data: relaxed!, shape: [1, relaxed!.length] };
    return byScore(near, scoresAmong(query, { data: Float32Array.from(data), shape }, "inner"));
  },
  cosine({ scaled }, { feature }, near) {
    return byScore(near, cosinesOf(scaled!, rowsOf(near), feature!));
  },
};

const rowsOf = (found: readonly FoundItem[]): Int32Array => Int32Array.from(found, ({ row }) => row);

function byScore(near: readonly FoundItem[], scores: Float32Array): FoundItem[] {
  return near.map((item, i) => ({ ...item, score: scores[i] })).sort((a, b) => b.score - a.score || a.row - b.row);
}
