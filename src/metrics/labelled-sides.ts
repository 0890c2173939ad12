import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import { labelCount } from "../core/labels.js";
import type { Unlabelled } from "../core/unlabelled.js";
import { allLabelled, labelledRows, UNLABELLED } from "../core/unlabelled.js";
import type { ScoreBlock } from "../ranking/score-ranking.js";
import type { Side, Sides, SideWith } from "../ranking/side.js";
import { sidesWith, takeSide } from "../ranking/side.js";
import type { UnlabelledItems } from "./evaluation.js";

/** Rows of the sides as they were given that are left. */
export interface LeftRows {
  readonly queries: Int32Array;
  readonly database: Int32Array;
}

/** What is ranked once items of unknown class are treated as asked. */
export interface LabelledSides<Queries extends Side, Database extends Side> {
  readonly sides: Sides<Queries, Database>;
  /** Absent: all rows are left. */
  readonly left?: LeftRows;
  /** Absent: there are none. */
  readonly unlabelled?: UnlabelledItems;
}

/**
 * The sides without items of unknown class, or with them, counted.
 * @throws {InputError} when labels are missing, or the treatment is neither "drop" nor "keep"
 */
export function labelledSides<Queries extends Side, Database extends Side>(
  sides: Sides<Queries, Database>,
  treatment: Unlabelled = "drop",
): LabelledSides<Queries, Database> {
  if (!UNLABELLED.includes(treatment)) {
    throw new InputError("unlabelled cannot be this", { expected: UNLABELLED.join(" or "), actual: `${treatment}` });
  }
  const labelled = sidesWith(sides, "labels") as Sides<SideWith<"labels">>;
  if (allLabelled(labelled.queries.labels) && allLabelled(labelled.database.labels)) return { sides };
  const queries = knownRows(labelled.queries.labels);
  const database = knownRows(labelled.database.labels);
  const unknown = {
    queries: labelCount(labelled.queries.labels) - queries.length,
    database: labelCount(labelled.database.labels) - database.length,
  };
  const unlabelled = { ...unknown, treated: treatment };
  if (treatment === "keep") return { sides, unlabelled };
  const known = { queries: takeSide(sides.queries, queries), database: takeSide(sides.database, database) };
  return { sides: known, left: { queries, database }, unlabelled };
}

function knownRows(labels: Labels): Int32Array {
  return labelledRows(
    labels,
    Int32Array.from({ length: labelCount(labels) }, (_, row) => row),
  );
}

/** Scores among the rows that are left. @param database number of all items */
export function scoresOfRows(scores: ScoreBlock, database: number, left: LeftRows | undefined): ScoreBlock {
  if (left === undefined) return scores;
  return async (from, to) => {
    const some = new Float32Array((to - from) * left.database.length); // (to − from, database left)
    let at = 0;
    for (const [first, end] of runsOf(left.queries.subarray(from, to))) {
      const all = await scores(first, end); // (end − first, database)
      if (all.length !== (end - first) * database) return all; // of the wrong size, as the ranking will say
      for (let query = 0; query < end - first; query++) {
        for (const row of left.database) some[at++] = all[query * database + row];
      }
    }
    return some;
  };
}

/** Ascending rows as runs [first, end) without gaps. */
function runsOf(rows: Int32Array): [first: number, end: number][] {
  const runs: [number, number][] = [];
  for (const row of rows) {
    const last = runs[runs.length - 1];
    if (last?.[1] === row) last[1]++;
    else runs.push([row, row + 1]);
  }
  return runs;
}

/**
 * Where the queries that are left stand among the items that are.
 * @param self (queries,) where all of them stand in the whole database
 * @throws {InputError} when a query has a class and its own row of the database has none
 */
export function selfAmong(self: Int32Array, left: LeftRows | undefined): Int32Array {
  if (left === undefined) return self;
  const places = new Map(Array.from(left.database, (row, place) => [row, place]));
  return left.queries.map(query => {
    const place = places.get(self[query]);
    if (place !== undefined) return place;
    throw new InputError("a query has a class, and its own row of the database has none", {
      expected: "the same labels on both sides where a query is left out of its results",
      actual: `query ${query}, row ${self[query]}`,
    });
  });
}
