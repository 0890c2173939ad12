import { InputError } from "../core/errors.js";
import { labelCount } from "../core/labels.js";
import { Random } from "../core/random.js";
import { labelledRows } from "../core/unlabelled.js";
import type { Split } from "./roles.js";
import type { Labelled } from "./split.js";
import { wholeNumber } from "./split.js";

/**
 * Queries and training images drawn from all labelled images at random, as the lists of papers on data of several labels
 * were; the database is everything labelled but the queries. With one seed, the training images of `train: 100` are
 * among those of `train: 1000`.
 * @throws {InputError} when there are too few labelled images, or a number is out of bounds
 */
export function randomSplit(
  dataset: Labelled,
  options: {
    /** 1 or more. */
    queries: number;
    /** Images to train on, 0 or more; part of the database. */
    train: number;
    /** Default 0. */
    seed?: number;
  },
): Split {
  const { queries, train, seed = 0 } = options;
  wholeNumber("queries", queries, 1);
  wholeNumber("train", train, 0);
  const every = Int32Array.from({ length: labelCount(dataset.labels) }, (_, row) => row);
  const known = labelledRows(dataset.labels, every);
  const needed = queries + Math.max(train, 1);
  if (known.length < needed) {
    throw new InputError(`${dataset.name} is too small for this split`, {
      expected: `${needed} labelled images: ${queries} queries, ${train} train, at least one database image`,
      actual: `${known.length}`,
    });
  }
  const order = new Random(seed)
    .stream("random split")
    .permutation(known.length)
    .map(at => known[at]);
  return {
    protocol: `at random: ${queries} query, ${train} train of ${known.length} labelled images, database everything but the queries; train is part of it`,
    seed,
    query: order.slice(0, queries).sort(),
    train: order.slice(queries, queries + train).sort(),
    database: order.slice(queries).sort(),
  };
}
