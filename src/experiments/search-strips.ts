import type { PackedCodes } from "../codes/packed-codes.js";
import { takeCodes } from "../codes/packed-codes.js";
import type { Engine } from "../compute/program.js";
import { takeRows } from "../core/arrays.js";
import { classesOf, sharedClasses } from "../core/classes-of-items.js";
import { shownNumber } from "../core/shown-number.js";
import { takeLabels } from "../core/take-labels.js";
import type { Dataset } from "../datasets/dataset.js";
import { rowsByClass } from "../datasets/dataset.js";
import type { Split } from "../datasets/split.js";
import { cosineScores } from "../features/cosine.js";
import type { FeatureSet } from "../features/extract.js";
import type { ResultStrip } from "../images/result-strips.js";
import { hammingTopK } from "../ranking/hamming-ranking.js";
import { rankByScore } from "../ranking/score-ranking.js";

/** What was found for one query, best first: rows of the dataset, each with a short text. */
export type FoundRows = readonly { readonly row: number; readonly caption: string }[];

/** Features of all rows of a dataset and which of them are searched. */
export interface SearchedFeatures {
  readonly featureSet: Pick<FeatureSet, "features">;
  readonly split: Pick<Split, "database">;
  readonly engine?: Engine;
}

/**
 * The first query of each of the first classes; one of several classes stands for the first of them.
 * @param split of the dataset
 * @returns rows of the dataset
 */
export function exampleQueries(
  dataset: Dataset,
  split: Split,
  options: {
    /** Classes, at most. Default 6. */
    readonly count?: number;
  } = {},
): Int32Array {
  const { count = 6 } = options;
  const labels = takeLabels(dataset.labels, split.query);
  const places = new Set<number>();
  for (const members of rowsByClass({ classNames: dataset.classNames, labels })) {
    const first = members.find(place => !places.has(place));
    if (first !== undefined) places.add(first);
  }
  return Int32Array.from([...places].slice(0, count), place => split.query[place]);
}

/**
 * The pictures of queries with what was found for them; for `resultStrips`. A result that shares a class with the query
 * is right, and of several classes those shared are named.
 * @param queries rows of the dataset
 * @param found for each query, as `findByCodes` and `findByCosine` give it
 * @throws {InputError} when an image cannot be read
 */
export async function searchStrips(
  dataset: Dataset,
  queries: Int32Array,
  found: readonly FoundRows[],
): Promise<ResultStrip[]> {
  const { labels } = dataset;
  return Promise.all(
    Array.from(queries, async (query, i) => {
      const results = found[i].map(async ({ row, caption }) => {
        const shared = sharedClasses(labels, query, row);
        const result = { image: await dataset.image(row), relevant: shared.length > 0, caption };
        const name = namesOf(dataset, classesOf(labels, row));
        // Where items have one class, what is shared is the query's.
        if (labels instanceof Int32Array || shared.length === 0) return { ...result, name };
        return { ...result, name, shared: namesOf(dataset, shared) };
      });
      const caption = namesOf(dataset, classesOf(labels, query));
      return { query: await dataset.image(query), caption, results: await Promise.all(results) };
    }),
  );
}

/** Classes in words; where none is known, nothing. */
function namesOf({ classNames }: Dataset, classes: readonly number[]): string | undefined {
  return classes.length === 0 ? undefined : classes.map(label => classNames[label]).join(", ");
}

/**
 * Searches the database by Hamming distance; captions are distances in bits, ties stand in the order of the database.
 * @param codes of all rows of the dataset
 * @param split of the dataset
 * @param queries rows to search with
 * @param options results a query
 * @throws {InputError} when k is no whole number of 0 or more
 */
export function findByCodes(
  codes: PackedCodes,
  split: Split,
  queries: Int32Array,
  { k = 10 }: { k?: number } = {},
): FoundRows[] {
  const of = (rows: Int32Array) => ({ codes: takeCodes(codes, rows) });
  const { indices, distances } = hammingTopK({ queries: of(queries), database: of(split.database) }, { k });
  const width = indices.shape[1]; // k, or fewer in a small database
  return Array.from(queries, (_, i) =>
    Array.from(indices.data.subarray(i * width, (i + 1) * width), (item, j) => ({
      row: split.database[item],
      caption: `d ${distances.data[i * width + j]}`,
    })),
  );
}

/**
 * Searches the database by cosine similarity of features; captions are cosine distances, 1 − cos, 0..2.
 * @param study a study, or features of all rows of a dataset and its split
 * @param queries rows to search with
 * @param options results a query, and what computes
 */
export async function findByCosine(
  study: SearchedFeatures,
  queries: Int32Array,
  { k = 10, engine = study.engine }: { readonly k?: number; readonly engine?: Engine } = {},
): Promise<FoundRows[]> {
  const { features } = study.featureSet;
  const { database } = study.split;
  const cosine = await cosineScores(takeRows(features, queries), takeRows(features, database), { engine });
  try {
    return await Promise.all(
      Array.from(queries, async (query, i) => {
        const scores = await cosine.scores(i, i + 1);
        const length = Math.hypot(...takeRows(features, [query]).data);
        return Array.from(rankByScore(scores).subarray(0, k), item => ({
          row: database[item],
          caption: shownNumber(1 - scores[item] / length, 2),
        }));
      }),
    );
  } finally {
    await cosine.dispose();
  }
}
