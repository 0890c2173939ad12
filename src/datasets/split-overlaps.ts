import { InputError } from "../core/errors.js";
import type { Split } from "./roles.js";

/** Rows whose roles overlap as no split drawn here lets them. */
export interface SplitOverlaps {
  /** Queries that stand in the database: each finds itself first. */
  readonly queriesInDatabase: number;
  /** Train rows that are not searched in. */
  readonly trainOutsideDatabase: number;
  /** Queries that are trained on. */
  readonly trainQueries: number;
}

/** The rows of a split, and whether it may overlap. */
export type SplitRows = Pick<Split, "query" | "train" | "database" | "asPublished">;

/** Counts what overlaps. All 0 for what `hashingSplit` draws. */
export function splitOverlaps({ query, train, database }: SplitRows): SplitOverlaps {
  const [searched, learned] = [new Set(database), new Set(train)];
  return {
    queriesInDatabase: query.filter(row => searched.has(row)).length,
    trainOutsideDatabase: train.filter(row => !searched.has(row)).length,
    trainQueries: query.filter(row => learned.has(row)).length,
  };
}

/**
 * What overlaps, as a sentence that every output about such data shows: "all 5000 queries stand in the database; as
 * published: lists of thuml/HashNet". Undefined where nothing does.
 */
export function overlapText(split: SplitRows): string | undefined {
  const { queriesInDatabase, trainOutsideDatabase, trainQueries } = splitOverlaps(split);
  const { query, train, asPublished } = split;
  const said = [
    ...share(queriesInDatabase, query.length, "queries", "in the database, each the nearest item to itself"),
    ...share(trainOutsideDatabase, train.length, "train rows", "outside the database"),
    ...share(trainQueries, query.length, "queries", "among the train rows"),
  ];
  if (said.length === 0) return undefined;
  return `${said.join("; ")}${asPublished === undefined ? "" : ` (${originText(asPublished)})`}`;
}

/** How an origin begins that is a way to draw, not lists that somebody published. */
export const DRAWN_BEGINNING = "drawn ";

function originText(asPublished: string): string {
  return asPublished.startsWith(DRAWN_BEGINNING) ? asPublished : `as published: ${asPublished}`;
}

function share(count: number, of: number, what: string, where: string): string[] {
  return count === 0 ? [] : [`${count === of ? "all" : `${count} of`} ${of} ${what} are ${where}`];
}

/** The clean variant: the database without the queries. The same split where none stands in it. */
export function withoutQueriesInDatabase(split: Split): Split {
  const searching = new Set(split.query);
  const database = split.database.filter(row => !searching.has(row));
  if (database.length === split.database.length) return split;
  return { ...split, protocol: `${split.protocol}; queries dropped from the database`, database };
}

/**
 * Checks what a split drawn here keeps: no query in the database, all train rows in it. Published lists may break it.
 * @param file named in the message. Default: none
 * @throws {InputError} when roles overlap and the split is not `asPublished`
 */
export function checkRolesApart({ query, train, database, asPublished }: SplitRows, file?: string): void {
  if (asPublished !== undefined) return;
  const searched = new Set(database);
  const both = query.find(row => searched.has(row));
  if (both !== undefined) {
    throw new InputError("a row is query and database", {
      file,
      expected: 'queries outside the database, or "asPublished": where such lists come from',
      actual: `row ${both}`,
    });
  }
  const outside = train.find(row => !searched.has(row));
  if (outside === undefined) return;
  throw new InputError("a train row is not in the database", {
    file,
    expected: 'train rows that are database rows, or "asPublished": where such lists come from',
    actual: `row ${outside}`,
  });
}
