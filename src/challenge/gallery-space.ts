import type { PackedCodes } from "../codes/packed-codes.js";
import { takeCodes, unpackCodes } from "../codes/packed-codes.js";
import type { Engine } from "../compute/program.js";
import type { Abortable } from "../core/abort.js";
import { checkAborted } from "../core/abort.js";
import type { NdArray } from "../core/arrays.js";
import { takeRows } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import { openNearestVectors } from "../features/nearest-vectors.js";
import { asymmetricScores } from "../ranking/asymmetric-scan.js";
import type { DenseMeasure } from "../ranking/scores-among.js";
import { scoresAmong, scoresOfRows } from "../ranking/scores-among.js";
import type { Sides } from "../ranking/side.js";
import { neededOf } from "../ranking/side.js";
import type { RankedList } from "./ranked-lists.js";
import { bestOf } from "./ranked-lists.js";
import type { GalleryRanking } from "./ranking-name.js";
import { RANKING_NAMES } from "./ranking-name.js";

/** Queries and gallery as vectors of one space, so that queries can be averaged with what they found. */
export interface GallerySpace {
  /** How vectors of {@link queryVectors} and {@link galleryVectors} compare. */
  readonly measure: DenseMeasure;
  /** The length that all vectors have: 1 for cosines, √bits (that of ±1 codes) with hash codes; null where they differ. */
  readonly length: number | null;
  readonly queries: number;
  readonly gallery: number;
  readonly dim: number;
  /** What the gallery keeps of an image. */
  readonly bytesPerImage: number;
  /** (to − from, dim), copied. */
  queryVectors(from: number, to: number): NdArray<Float32Array>;
  /** (rows, dim), copied. */
  galleryVectors(rows: ArrayLike<number>): NdArray<Float32Array>;
  /** How near a vector (1, dim) is to some of the gallery, (rows,): larger is nearer. */
  scoresOf(vector: NdArray<Float32Array>, rows: Int32Array): Float32Array;
  openSearch(engine: Engine): Promise<GallerySearch>;
}

/** Exhaustive search of the gallery with vectors that need not be those of the queries. */
export interface GallerySearch {
  /** @param vectors (n, dim) @returns n lists of k */
  nearest(vectors: NdArray<Float32Array>, k: number, options?: Abortable): Promise<RankedList[]>;
  dispose(): Promise<void>;
}

/**
 * The space of a ranking.
 * @throws {InputError} when what the ranking needs is missing, or queries and gallery differ in length
 */
export function gallerySpace(ranking: GalleryRanking, { queries, database }: Sides): GallerySpace {
  const dense = (what: "features" | "relaxedCodes", measure: "euclidean" | "cosine"): GallerySpace =>
    denseSpace(neededOf(what, queries, "queries"), neededOf(what, database, "database"), measure);
  const binary = (source: RowSource): GallerySpace => binarySpace(source, neededOf("codes", database, "database"));
  switch (ranking) {
    case "hamming":
      return binary(unpackedVectors(neededOf("codes", queries, "queries")));
    case "asymmetric": {
      const relaxed = neededOf("relaxedCodes", queries, "queries");
      return binary({ ...relaxed, rows: (from, to) => rowRange(relaxed, from, to) });
    }
    case "euclidean":
      return dense("relaxedCodes", "euclidean");
    case "cosine":
      return dense("relaxedCodes", "cosine");
    case "features":
      return dense("features", "cosine");
    default:
      throw unknownRanking(ranking);
  }
}

function unknownRanking(ranking: never): InputError {
  return new InputError(`there is no ranking "${ranking}"`, { expected: knownNames(ranking, RANKING_NAMES) });
}

/** Some rows, (to − from, dim), copied. */
function rowRange({ data, shape }: NdArray<Float32Array>, from: number, to: number): NdArray<Float32Array> {
  const dim = shape[1];
  return { data: data.slice(from * dim, to * dim), shape: [to - from, dim] };
}

interface RowSource {
  readonly shape: readonly number[];
  rows(from: number, to: number): NdArray<Float32Array>;
}

function unpackedVectors(codes: PackedCodes): RowSource {
  const { count, bits } = codes;
  const rows = (from: number, to: number): NdArray<Float32Array> => signsOf(codes, { length: to - from, first: from });
  return { shape: [count, bits], rows };
}

/** ±1 as numbers, (rows, bits). */
function signsOf(
  codes: PackedCodes,
  chosen: ArrayLike<number> | { length: number; first: number },
): NdArray<Float32Array> {
  const rows = "first" in chosen ? Array.from({ length: chosen.length }, (_, i) => chosen.first + i) : chosen;
  const { data, shape } = unpackCodes(takeCodes(codes, rows));
  return { data: Float32Array.from(data), shape };
}

/**
 * Real-valued queries, a gallery of hash codes: inner products, the gallery stays packed. Queries are scaled to the
 * length of codes, which changes no ranking, so that relaxed codes, whose numbers are small, can be averaged and compared
 * with codes of ±1.
 */
function binarySpace(query: RowSource, codes: PackedCodes): GallerySpace {
  checkLength(query.shape[1], codes.bits, "bits");
  const length = Math.sqrt(codes.bits);
  return {
    measure: "inner",
    length,
    queries: query.shape[0],
    gallery: codes.count,
    dim: codes.bits,
    bytesPerImage: codes.bytesPerCode,
    queryVectors: (from, to) => scaledTo(query.rows(from, to), length),
    galleryVectors: rows => signsOf(codes, rows),
    scoresOf: (vector, rows) => scoresAmong(vector, signsOf(codes, rows), "inner"),
    openSearch: async () => ({
      async nearest({ data, shape: [n, bits] }, k, { signal } = {}) {
        const scores = new Float32Array(codes.count);
        return Array.from({ length: n }, (_, i) => {
          checkAborted(signal);
          asymmetricScores(data.subarray(i * bits, (i + 1) * bits), codes, scores);
          return bestOf(scores, k);
        });
      },
      dispose: async () => {},
    }),
  };
}

function denseSpace(
  query: NdArray<Float32Array>,
  gallery: NdArray<Float32Array>,
  measure: "euclidean" | "cosine",
): GallerySpace {
  checkLength(query.shape[1], gallery.shape[1], "numbers");
  const ready = (vectors: NdArray<Float32Array>): NdArray<Float32Array> =>
    measure === "cosine" ? scaledTo(vectors, 1) : vectors;
  return {
    measure: measure === "cosine" ? "inner" : "euclidean",
    length: measure === "cosine" ? 1 : null,
    queries: query.shape[0],
    gallery: gallery.shape[0],
    dim: gallery.shape[1],
    bytesPerImage: gallery.shape[1] * Float32Array.BYTES_PER_ELEMENT,
    queryVectors: (from, to) => ready(rowRange(query, from, to)),
    galleryVectors: rows => ready(takeRows(gallery, rows)),
    scoresOf: scoresIn(gallery, measure),
    async openSearch(engine) {
      const search = await openNearestVectors(gallery, { measure, engine, queries: query.shape[0] });
      return {
        async nearest(vectors, k, options) {
          const lists = await search.nearest(vectors, k, options);
          return Array.from({ length: vectors.shape[0] }, (_, i) => lists.list(i));
        },
        dispose: search.dispose,
      };
    },
  };
}

/** Scores of the gallery's rows in place; their lengths are measured when they are first met. */
function scoresIn(gallery: NdArray<Float32Array>, measure: "euclidean" | "cosine"): GallerySpace["scoresOf"] {
  if (measure === "euclidean") return (vector, rows) => scoresOfRows(vector, gallery, rows, { measure });
  const [count, dim] = gallery.shape;
  const scales = new Float64Array(count).fill(-1);
  const scale = (row: number): number => {
    if (scales[row] >= 0) return scales[row];
    let square = 0;
    for (let i = row * dim; i < (row + 1) * dim; i++) square += gallery.data[i] ** 2;
    scales[row] = square > 0 ? 1 / Math.sqrt(square) : 0;
    return scales[row];
  };
  return (vector, rows) => scoresOfRows(vector, gallery, rows, { measure: "inner", scale });
}

/** Scales each row of a fresh array to a length, unless it has it; an all-zero row stays. */
export function scaledTo(vectors: NdArray<Float32Array>, length: number): NdArray<Float32Array> {
  const { data, shape } = vectors;
  const dim = shape[1];
  for (let start = 0; start < data.length; start += dim) {
    let square = 0;
    for (let i = start; i < start + dim; i++) square += data[i] * data[i];
    const scale = square > 0 ? Math.sqrt((length * length) / square) : 0;
    if (Math.abs(scale - 1) < 1e-9) continue; // codes of ±1 stay what they are: their distances tie, and are to tie
    for (let i = start; i < start + dim; i++) data[i] *= scale;
  }
  return vectors;
}

function checkLength(query: number, gallery: number, unit: string): void {
  if (query === gallery) return;
  throw new InputError("vectors of queries and gallery differ in length", {
    expected: `${query} ${unit} as for the queries`,
    actual: `${gallery} for the gallery`,
  });
}
