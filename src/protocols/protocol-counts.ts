import type { SplitOverlaps } from "../datasets/split-overlaps.js";
import type { Protocol } from "./protocol.js";

/** Something that was counted, and what the protocol expects. */
export interface ProtocolCount {
  /** "query", "train", "database", "classes", or what it is in words. */
  readonly what: string;
  readonly found: number;
  /** Absent: not known of the published lists. */
  readonly expected?: number;
}

/** How roles overlap, beside how those of a protocol do. */
export function overlapCounts(
  {
    expected,
    queriesInDatabase,
    trainInDatabase,
  }: Pick<Protocol, "expected" | "queriesInDatabase" | "trainInDatabase">,
  overlaps: SplitOverlaps,
): ProtocolCount[] {
  return [
    {
      what: "queries in the database",
      found: overlaps.queriesInDatabase,
      expected: queriesInDatabase === undefined ? undefined : queriesInDatabase ? expected.query : 0,
    },
    {
      what: "train images outside the database",
      found: overlaps.trainOutsideDatabase,
      expected: trainInDatabase === undefined ? undefined : trainInDatabase ? 0 : expected.train,
    },
  ];
}

/** The counts that are known of the protocol and are others here. */
export function otherCounts(counts: readonly ProtocolCount[]): ProtocolCount[] {
  return counts.filter(({ found, expected }) => expected !== undefined && found !== expected);
}
