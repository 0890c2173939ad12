import type { PackedCodes } from "../codes/packed-codes.js";
import { takeCodes } from "../codes/packed-codes.js";
import { InputError } from "../core/errors.js";
import type { GallerySegment } from "./gallery-segment.js";
import { buildMultiIndex } from "./multi-index.js";
import { MultiIndexSearch } from "./multi-index-search.js";

/** What searches a gallery; `auto`: what is quicker for codes like those in it. */
export type GalleryIndexName = "scan" | "multi-index";
export type GalleryIndexRequest = GalleryIndexName | "auto";

/** Codes below which look-ups are not tried: the fewest for which bench/rank.md shows that they win. */
const WORTH_TRYING = 1e5;
/** Codes of the gallery that are searched for on the clock, and turns of which the quickest counts. */
const SAMPLE = 32;
const TURNS = 3;
/** Neighbours of these. */
const NEIGHBOURS = 10;
/** Look-ups are taken when they need no more than this part of a scan's time: what is gained must be worth their memory. */
const QUICKER = 0.8;

/** What a request asks for: an index at all, and whether only where it is measured to be quicker. */
const ASKED: Readonly<Record<GalleryIndexRequest, { readonly built: boolean; readonly measured: boolean }>> = {
  scan: { built: false, measured: false },
  "multi-index": { built: true, measured: false },
  auto: { built: true, measured: true },
};

/** Asks for the nearest of some queries. */
type NearestSearch = (queries: PackedCodes, k: number) => Promise<unknown>;

/**
 * The index of a gallery, where look-ups are asked for, or are quicker.
 * @param search by look-ups in that index, and by a scan
 * @throws {InputError} for an unknown name, or when an index is asked for over more than one memory
 */
export async function galleryIndex(
  request: GalleryIndexRequest,
  segments: readonly GallerySegment[],
  threads: number,
  search: { lookUps(index: MultiIndexSearch): NearestSearch; readonly scan: NearestSearch },
): Promise<MultiIndexSearch | undefined> {
  if (!Object.hasOwn(ASKED, request)) {
    throw new InputError(`unknown index "${request}"`, { expected: `one of ${Object.keys(ASKED).join(", ")}` });
  }
  const { built, measured } = ASKED[request];
  if (!built) return undefined;
  if (segments.length !== 1) {
    if (measured || segments.length === 0) return undefined;
    throw new InputError("multi-index hashing does not go over several memories", {
      expected: 'codes that fit into one, or index: "scan"',
      actual: `${segments.length} memories`,
    });
  }
  const { shape, codes: data } = segments[0];
  if (measured && shape.count < WORTH_TRYING) return undefined;
  const codes = { data, count: shape.count, bits: shape.bits, bytesPerCode: Math.ceil(shape.bits / 8) };
  const index = new MultiIndexSearch(buildMultiIndex(codes), codes.count / threads);
  if (!measured) return index;
  const rows = Array.from({ length: SAMPLE }, (_, i) => Math.floor((i * codes.count) / SAMPLE));
  const sample = rows.map(row => takeCodes(codes, [row]));
  const [lookUps, scan] = [await quickest(sample, search.lookUps(index)), await quickest(sample, search.scan)];
  return lookUps < QUICKER * scan ? index : undefined;
}

async function quickest(queries: readonly PackedCodes[], nearest: NearestSearch): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < TURNS; turn++) {
    const started = performance.now();
    for (const query of queries) await nearest(query, NEIGHBOURS);
    best = Math.min(best, performance.now() - started);
  }
  return best;
}
