import type { PackedCodes } from "../codes/packed-codes.js";
import { InputError } from "../core/errors.js";
import type { QueryRanking } from "./query-ranking.js";
import type { Sides, SideWith } from "./side.js";

/**
 * Rankings by Hamming distance without the query itself. It stands at distance 0, behind the items of the same code that
 * come before it, so a full ranking tells where it is: the kernels need not know of it.
 * @param self (queries,) the row of each query in the database
 * @throws {InputError} when a query and its row have different codes
 */
export async function* withoutSelf(
  rankings: AsyncIterable<QueryRanking>,
  { queries, database }: Sides<SideWith<"codes">>,
  self: Int32Array,
): AsyncGenerator<QueryRanking, void> {
  const earlier = earlierEqualCodes(database.codes);
  checkSelf(queries.codes, database.codes, self);
  let query = 0;
  for await (const ranking of rankings) {
    yield withoutRank(ranking, 1 + earlier[self[query]]);
    query++;
  }
}

/** A ranking without the item at a place of distance 0. */
function withoutRank({ groups, relevantRanks }: QueryRanking, rank: number): QueryRanking {
  const [sizes, relevant] = [groups.sizes.slice(), groups.relevant.slice()];
  const at = firstFrom(relevantRanks, rank);
  const isRelevant = relevantRanks[at] === rank;
  sizes[0]--;
  if (isRelevant) relevant[0]--;
  const ranks = new Int32Array(relevantRanks.length - (isRelevant ? 1 : 0));
  ranks.set(relevantRanks.subarray(0, at));
  const behind = relevantRanks.subarray(isRelevant ? at + 1 : at);
  for (let i = 0; i < behind.length; i++) ranks[at + i] = behind[i] - 1;
  return { groups: { sizes, relevant }, relevantRanks: ranks };
}

/** The place of the first rank of at least `rank`. */
function firstFrom(ranks: Int32Array, rank: number): number {
  let low = 0;
  let high = ranks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranks[middle] < rank) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** (count,) how many codes before each are equal to it. */
function earlierEqualCodes(codes: PackedCodes): Int32Array {
  const met = new Map<string, number>();
  return Int32Array.from({ length: codes.count }, (_, row) => {
    const code = textOf(codes, row);
    const before = met.get(code) ?? 0;
    met.set(code, before + 1);
    return before;
  });
}

function textOf({ data, bytesPerCode }: PackedCodes, row: number): string {
  return Buffer.from(data.buffer, data.byteOffset + row * bytesPerCode, bytesPerCode).toString("latin1");
}

function checkSelf(queries: PackedCodes, database: PackedCodes, self: Int32Array): void {
  const wrong = self.findIndex((row, query) => textOf(queries, query) !== textOf(database, row));
  if (wrong < 0) return;
  throw new InputError("a query and the same item of the database have different codes", {
    expected: "one set, encoded once",
    actual: `query ${wrong} and row ${self[wrong]} differ`,
  });
}
