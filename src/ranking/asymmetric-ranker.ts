import { asymmetricScores } from "./asymmetric-scan.js";
import type { Ranker } from "./ranker.js";
import { scoreRanker } from "./score-ranker.js";
import type { SideWith } from "./side.js";
import { neededOf } from "./side.js";

/** Relaxed codes of the queries against hash codes of the database, by inner product: see {@link asymmetricScores}. */
export const asymmetricRanker: Ranker<SideWith<"relaxedCodes" | "labels">, SideWith<"codes" | "labels">> = scoreRanker<
  SideWith<"relaxedCodes">,
  SideWith<"codes">
>({
  name: "asymmetric",
  description: "inner products of relaxed codes with hash codes",
  prepare({ queries, database }) {
    const { data, shape } = neededOf("relaxedCodes", queries, "queries");
    const codes = neededOf("codes", database, "database");
    const bits = shape[1];
    const scores = (from: number, to: number): Float32Array => {
      const block = new Float32Array((to - from) * codes.count);
      for (let query = from; query < to; query++) {
        const out = block.subarray((query - from) * codes.count, (query - from + 1) * codes.count);
        asymmetricScores(data.subarray(query * bits, (query + 1) * bits), codes, out);
      }
      return block;
    };
    return { scores };
  },
});
