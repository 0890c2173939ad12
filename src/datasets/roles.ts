/**
 * Which rows of a dataset do what. Always: no row comes twice in a list, each list is in ascending order. No query is in
 * the database, and train rows are part of the database, except where `asPublished` says where such lists come from.
 */
export interface Split {
  /** The rule in words, with its numbers. */
  readonly protocol: string;
  /** Of a named protocol: "coco". Default: none. */
  readonly name?: string;
  /**
   * Why roles may overlap, in words: where published lists come from, or "drawn as in …" of a rule that keeps train rows
   * out of the database. Default: they may not.
   */
  readonly asPublished?: string;
  readonly seed: number;
  /** Rows that are searched with. */
  readonly query: Int32Array;
  /** Rows whose labels training sees. */
  readonly train: Int32Array;
  /** Rows that are searched in. */
  readonly database: Int32Array;
}

/** All {@link Role}s. */
export const ROLES: readonly Role[] = ["query", "train", "database"];

/** What a row can do. */
export type Role = "query" | "train" | "database";

/** The split of rows [begin, end), as rows of that part. */
export function splitOfPart(split: Split, begin: number, end: number): Split {
  const part = (rows: Int32Array): Int32Array => rows.filter(row => row >= begin && row < end).map(row => row - begin);
  return { ...split, query: part(split.query), train: part(split.train), database: part(split.database) };
}
