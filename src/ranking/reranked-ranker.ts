import { takeCodes, unpackCodes } from "../codes/packed-codes.js";
import { checkAborted } from "../core/abort.js";
import type { NdArray } from "../core/arrays.js";
import { takeRows } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { hammingScan } from "./hamming-distances.js";
import { rankByDistance } from "./hamming-ranking.js";
import { codesRelevance } from "./query-ranking.js";
import type { Ranker } from "./ranker.js";
import { rankingOfOrder } from "./score-ranking.js";
import { scoresAmong } from "./scores-among.js";
import type { Side, Sides, SideWith } from "./side.js";
import { neededOf } from "./side.js";

/** What orders a short list: relaxed codes of queries with hash codes, or cosine or Euclidean distance of vectors. */
export type FinerRanking = "asymmetric" | "cosine" | "euclidean";

type VectorsKind = "relaxedCodes" | "features";

export interface RerankedRankerOptions {
  /** Items on the short list, 1 or more. */
  shortlist: number;
  /** Default "asymmetric": inner products of relaxed codes with hash codes. */
  by?: FinerRanking;
  /** Vectors of "cosine" and "euclidean". Default "relaxedCodes". */
  of?: VectorsKind;
}

/**
 * A short list by Hamming distance, ties by ascending index, ordered by something finer; all other items follow by their
 * distance. For `evaluateRanker`: on one thread, in plain TypeScript.
 * @throws {InputError} when the short list is no integer of at least 1
 */
export function rerankedRanker(options: RerankedRankerOptions): Ranker<SideWith<"codes" | "labels">> {
  const { shortlist, by = "asymmetric", of = "relaxedCodes" } = options;
  if (!(Number.isInteger(shortlist) && shortlist >= 1)) {
    throw new InputError("length of the short list out of range", {
      expected: "an integer of at least 1",
      actual: `${shortlist}`,
    });
  }
  return {
    name: `hamming-${shortlist}-${by}`,
    description: `the nearest ${shortlist} by Hamming distance, ordered by ${FINER[by].inWords(of)}`,
    groups: "scores",
    async *rankings(sides, { self, gains = false, signal } = {}) {
      const relevance = codesRelevance(sides);
      const scan = hammingScan(sides.queries.codes, sides.database.codes);
      const finer = finerScores(sides, by, of);
      const distances = new Uint16Array(scan.database);
      const shared = new Uint16Array(scan.database);
      for (let query = 0; query < scan.queries; query++) {
        checkAborted(signal);
        scan.distances(query, distances);
        relevance.grade(query, shared);
        const order = rankByDistance(distances, scan.bits).filter(item => item !== self?.[query]);
        const keys = Float64Array.from(distances, distance => shortlist + distance);
        reorder(order.subarray(0, shortlist), keys, rows => finer(query, rows));
        const { gains: graded, ...ranking } = rankingOfOrder(order, keys, shared);
        yield gains ? { ...ranking, gains: graded } : ranking;
      }
    },
    close: () => {},
  };
}

/** Orders the list by descending score, ties by ascending index; its keys become 0, 1, …, equal where scores are. */
function reorder(list: Int32Array, keys: Float64Array, score: (rows: Int32Array) => Float32Array): void {
  const rows = list.slice().sort();
  const scores = score(rows);
  const places = Int32Array.from(rows.keys()).sort((a, b) => scores[b] - scores[a] || a - b);
  for (const [place, from] of places.entries()) {
    const ties = place > 0 && scores[from] === scores[places[place - 1]];
    keys[rows[from]] = ties ? keys[list[place - 1]] : place;
    list[place] = rows[from];
  }
}

/** Scores of a query with some rows of the database, larger for nearer. */
function finerScores(
  { queries, database }: Sides,
  by: FinerRanking,
  of: VectorsKind,
): (query: number, rows: Int32Array) => Float32Array {
  const { queriesOf, amongDatabase, measure } = FINER[by];
  const from = neededOf(queriesOf(of), queries, "queries");
  const among = amongDatabase(database, of);
  const dim = from.shape[1];
  return (query, rows) => {
    const vectors = among(rows);
    if (vectors.shape[1] !== dim) {
      throw new InputError("queries and database differ in length", {
        expected: `${dim}`,
        actual: `${vectors.shape[1]}`,
      });
    }
    const one = { data: from.data.subarray(query * dim, (query + 1) * dim), shape: [1, dim] };
    return scoresAmong(one, vectors, measure);
  };
}

/** How a finer ranking scores. */
interface FinerScoring {
  inWords(of: VectorsKind): string;
  queriesOf(of: VectorsKind): VectorsKind;
  amongDatabase(database: Side, of: VectorsKind): Vectors;
  readonly measure: "inner" | "euclidean";
}

const FINER: Readonly<Record<FinerRanking, FinerScoring>> = {
  asymmetric: {
    inWords: () => "asymmetric",
    queriesOf: () => "relaxedCodes",
    amongDatabase: signsOf,
    measure: "inner",
  },
  cosine: {
    inWords: of => `cosine of ${of}`,
    queriesOf: of => of,
    amongDatabase: (database, of) => unitVectorsOf(neededOf(of, database, "database")),
    measure: "inner",
  },
  euclidean: {
    inWords: of => `euclidean of ${of}`,
    queriesOf: of => of,
    amongDatabase: (database, of) => {
      const vectors = neededOf(of, database, "database");
      return rows => takeRows(vectors, rows);
    },
    measure: "euclidean",
  },
};

type Vectors = (rows: Int32Array) => NdArray<Float32Array>;

function signsOf(database: Side): Vectors {
  const codes = neededOf("codes", database, "database");
  return rows => {
    const { data, shape } = unpackCodes(takeCodes(codes, rows));
    return { data: Float32Array.from(data), shape };
  };
}

/** Some rows, of length 1; an all-zero row stays. */
function unitVectorsOf(vectors: NdArray<Float32Array>): Vectors {
  return rows => {
    const { data, shape } = takeRows(vectors, rows);
    const dim = shape[1];
    for (let start = 0; start < data.length; start += dim) {
      const length = Math.hypot(...data.subarray(start, start + dim));
      for (let i = start; i < start + dim && length > 0; i++) data[i] /= length;
    }
    return { data, shape };
  };
}
